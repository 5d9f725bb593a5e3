"""Pages of the tray: what arrived, one paper with its pages, and what becomes of it as a whole."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.accounts.selectors.facilities import current_facility
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.pages import Action, Crumb, Done, Empty, answer_form, download, go_to, render_list, stored
from config.organization.models import Facility
from credentialing import links, policies, tables
from credentialing.choices import PaperStatus
from credentialing.filters import PaperFilter
from credentialing.forms.intake import ReceiveForm
from credentialing.models import IncomingPaper
from credentialing.rules.pages import picture
from credentialing.selectors import intake as selectors
from credentialing.services import intake
from practitioners.forms.people import ReasonForm
from practitioners.rules.uploads import PDF

VERIFY = intake.VERIFY
#: Dots across: a page to be read, and one to be recognised.
LARGE, SMALL = 1100, 150
#: Files of one turn, in files of the largest size.
MOST_AT_ONCE = 4
CONFIRM = "pages/confirm.html"


def facility_of(request: HttpRequest) -> Facility:
    """The facility whose office the reader files for."""
    require(request.user, VERIFY)
    facility = current_facility(request)
    if facility is None:
        raise Forbidden("You hold no role at a facility.")
    require(request.user, VERIFY, facility)
    return facility


def crumbs(*more: str) -> list[Crumb]:
    """The path to a page of the tray."""
    return [Crumb("Incoming paper", reverse("credentialing:papers")), *map(Crumb, more)]


@login_required
@require_GET
def papers(request: HttpRequest) -> HttpResponse:
    """What arrived and waits to be filed, the oldest first; what was filed or discarded by filter."""
    facility = facility_of(request)
    data = request.GET.copy()
    if "status" not in data:
        data["status"] = PaperStatus.TO_FILE
    visible = policies.visible_papers(request.user).filter(facility=facility)
    filterset = PaperFilter(data, queryset=visible)
    return render_list(
        request,
        tables.PAPERS,
        filterset.qs,
        title="Incoming paper",
        subtitle=facility.name,
        noun="paper",
        filterset=filterset,
        empty=Empty(
            "No paper waits to be filed.",
            "Scan what came by mail or fax and add it here; one scan may hold papers of many people.",
            action=Action("Add paper", url=reverse("credentialing:paper_add"), icon="upload"),
            icon="inbox",
        ),
        actions=[
            Action("Add paper", url=reverse("credentialing:paper_add"), icon="upload", kind="primary"),
        ],
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Put scans into the tray."""
    facility = facility_of(request)
    form = ReceiveForm(request.POST or None, request.FILES or None, today=clock.today(facility))
    page = {
        "title": "Add incoming paper",
        "crumbs": crumbs("Add"),
        "intro": f"It goes into the tray of {facility}, encrypted, until its pages are filed.",
        "form": form,
        "submit": "Add to the tray",
        "cancel_url": reverse("credentialing:papers"),
        "upload": True,
    }

    def receive(given: dict) -> Done:
        uploads = given.pop("papers")
        together = sum(each.size for each in uploads)
        if together > MOST_AT_ONCE * settings.STANDING_UPLOAD_LIMIT:
            raise Refused("These files are too much for once. Add them in several turns.", field="papers")
        for each in uploads:
            if each.size > settings.STANDING_UPLOAD_LIMIT:
                limit = settings.STANDING_UPLOAD_LIMIT // (1024 * 1024)
                raise Refused(
                    f"{each.name}: The file is larger than {limit} MB. Scan it with a lower resolution.",
                    field="papers",
                )
        received = intake.receive_papers(
            actor=request.user,
            facility=facility,
            files=[(each.name, each.read()) for each in uploads],
            **given,
        )
        if len(received) == 1:
            return Done("In the tray. File its pages next.", links.paper(received[0]))
        return Done(f"{len(received)} papers are in the tray.", reverse("credentialing:papers"))

    return answer_form(request, page, receive)


# --- its pages ------------------------------------------------------------------------------------------


@login_required
@require_GET
def page_picture(request: HttpRequest, uid, number: int) -> HttpResponse:
    """One page as a picture. What was filed of it decides who may look, and looking at it is logged."""
    paper = policies.paper_or_404(request.user, uid)
    if not 1 <= number <= paper.page_count:
        raise Http404
    small = "small" in request.GET
    _may_look(request, paper, range(number, number + 1), log=not small)
    content = selectors.content_of(paper)
    if paper.media_type != PDF:
        return stored(content, paper.media_type)
    return stored(picture(content, number, width=SMALL if small else LARGE), "image/png")


@login_required
@require_GET
def original(request: HttpRequest, uid) -> HttpResponse:
    """The whole paper as it arrived, as a download."""
    paper = policies.paper_or_404(request.user, uid)
    _may_look(request, paper, range(1, paper.page_count + 1), log=True)
    return download(selectors.content_of(paper), paper.media_type, file_name=paper.file_name)


def _may_look(request: HttpRequest, paper: IncomingPaper, pages: range, *, log: bool) -> None:
    """Refuse pages that became something of a class the reader's roles do not open; log the others."""
    parts = [
        part
        for part in selectors.parts_on_pages(paper, pages.start, pages.stop - 1)
        if part.document.data_class != DataClass.GENERAL
    ]
    for part in parts:
        require_class(request.user, part.document.data_class)
    for part in parts if log else ():
        record_protected_read(
            actor=request.user,
            data_class=DataClass(part.document.data_class),
            subject_kind="credentialing.incomingpaper",
            subject_uid=paper.uid,
            practitioner=part.practitioner,
        )


# --- what becomes of it ---------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, uid) -> HttpResponse:
    """Nothing of it is filed; it is kept with the reason."""
    paper = policies.paper_or_404(request.user, uid)
    page = _reason_page(
        request, paper, "Discard", f"Is nothing of “{paper}” to be filed?",
        "It leaves the tray. It is kept with your reason, and can be taken back.", danger=True,
    )  # fmt: skip

    def act(given: dict) -> Done:
        intake.discard_paper(actor=request.user, paper=paper, **given)
        return Done(f"“{paper}” is discarded.", reverse("credentialing:papers"))

    return answer_form(request, page, act, template=CONFIRM)


@login_required
@require_http_methods(["GET", "POST"])
def finish(request: HttpRequest, uid) -> HttpResponse:
    """The pages that are left need no filing."""
    paper = policies.paper_or_404(request.user, uid)
    selectors.attach_filed([paper])
    left = paper.page_count - paper.filed_pages
    page = _reason_page(
        request, paper, "Nothing more to file", f"Is there nothing more to file of “{paper}”?",
        f"{left} of its {paper.page_count} pages are in nobody's file, like a cover sheet or an empty page.",
    )  # fmt: skip
    page["form"].fields["reason"].required = False

    def act(given: dict) -> Done:
        intake.finish_paper(actor=request.user, paper=paper, **given)
        return Done(f"“{paper}” is done with.", reverse("credentialing:papers"))

    return answer_form(request, page, act, template=CONFIRM)


@login_required
@require_http_methods(["GET", "POST"])
def erase(request: HttpRequest, uid) -> HttpResponse:
    """Erase the content of a discarded paper for good."""
    require(request.user, intake.REDACT)
    paper = policies.paper_or_404(request.user, uid)
    page = _reason_page(
        request, paper, "Erase the content", f"Should the office not have “{paper}” at all?",
        "Its content is erased and cannot be brought back. That it came and your reason stay.", danger=True,
    )  # fmt: skip

    def act(given: dict) -> Done:
        intake.erase_paper(actor=request.user, paper=paper, **given)
        return Done(f"The content of “{paper}” is erased.", links.paper(paper))

    return answer_form(request, page, act, template=CONFIRM)


@login_required
@require_POST
def reopen(request: HttpRequest, uid) -> HttpResponse:
    """It is to be filed after all."""
    paper = policies.paper_or_404(request.user, uid)
    intake.reopen_paper(actor=request.user, paper=paper)
    messages.success(request, "It is in the tray again.")
    return go_to(request, links.paper(paper))


def _reason_page(
    request: HttpRequest, paper: IncomingPaper, verb: str, question: str, consequence: str, *,
    danger: bool = False,
) -> dict[str, Any]:  # fmt: skip
    return {
        "title": verb,
        "crumbs": [*crumbs(), Crumb(str(paper), links.paper(paper)), Crumb(verb)],
        "question": question,
        "consequence": consequence,
        "form": ReasonForm(request.POST or None),
        "submit": verb,
        "danger": danger,
        "cancel_url": links.paper(paper),
    }
