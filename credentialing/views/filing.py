"""Filing an incoming paper: pages for one person, the same pages for many, and taking a part out again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import data_classes, may
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    answer_form,
    go_to,
    is_part,
    render_invalid,
    render_page,
    render_refused,
)
from credentialing import links, policies
from credentialing.choices import PaperStatus
from credentialing.forms.intake import FileForm, ManyForm
from credentialing.models import FiledPart, IncomingPaper
from credentialing.rules.pages import in_words, words
from credentialing.selectors import intake as selectors
from credentialing.services import filing
from credentialing.services.intake import REDACT
from credentialing.views.intake import CONFIRM, crumbs, facility_of
from practitioners.forms.people import ReasonForm
from practitioners.models import Credential, Practitioner
from practitioners.rules.uploads import PDF
from practitioners.selectors.meant import (
    people_choices,
    people_named_in,
    people_of_lines,
    typed_so_far,
    which_person,
)

VIEWER = "page-viewer"
PAPER, MANY = "credentialing/paper.html", "credentialing/paper_many.html"


# --- one person -----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def paper(request: HttpRequest, uid) -> HttpResponse:
    """One paper: its pages to look at, the form that files some of them, and where its parts went."""
    found = policies.paper_or_404(request.user, uid)
    person, doubt = (None, None) if request.method == "GET" else _person(request, request.POST.get("person"))
    parts = selectors.parts_of(found)
    marks = selectors.page_marks(found, parts, data_classes(request.user))
    left = [mark.number for mark in marks if not mark.people]
    form = FileForm(
        request.POST or None,
        paper=found,
        kinds=selectors.kinds_for(person, found.facility),
        classes=data_classes(request.user),
        initial={"pages": left[0] if left else 1},
    )
    page = _paper_page(request, found, form, parts, marks)

    def file(given: dict) -> Done:
        if doubt is not None:
            raise doubt
        return _file(request, found, person, given)

    if request.method == "GET" and is_part(request, VIEWER):
        return render_page(request, "credentialing/parts/paper_page.html", page)
    return answer_form(request, page, file, template=PAPER)


def _file(request: HttpRequest, paper: IncomingPaper, person, given: dict[str, Any]) -> Done:
    first, last = given["pages"]
    item, credential = selectors.thing_chosen(given["what"], person, paper.facility)
    part = filing.file_pages(
        actor=request.user,
        paper=paper,
        practitioner=person,
        first_page=first,
        last_page=last,
        title=given["title"],
        item=item,
        credential=credential,
        data_class=given["data_class"],
    )
    verb = "is" if first == last else "are"
    pages = in_words(first, last).capitalize()
    return Done(f"{pages} {verb} in the file of {person}: “{part.document}”.", links.paper(paper))


def _person(request: HttpRequest, text: str | None) -> tuple[Practitioner | None, Refused | None]:
    """The person the words mean, or what to say about them."""
    typed = " ".join((text or "").replace("\x00", "").split())[:160]
    if not typed:
        return None, None  # the form says that it is needed
    try:
        person, several = which_person(request.user, typed)
    except Refused as refused:
        return None, refused
    if person is None:
        named = "; ".join(choice.text for choice in several)
        return None, Refused(f"“{typed}” may be several people. Enter one of: {named}.", field="person")
    return person, None


def _paper_page(
    request: HttpRequest,
    paper: IncomingPaper,
    form: FileForm,
    parts: Sequence[FiledPart],
    marks: Sequence[selectors.PageMark],
) -> dict[str, Any]:
    left = [mark.number for mark in marks if not mark.people]
    shown = _page_asked(request, paper, left)
    waits = paper.status == PaperStatus.TO_FILE
    after = selectors.next_to_file(_papers_beside(request, paper), paper) if not waits else None
    return {
        "title": paper.title,
        "subtitle": f"{paper.get_channel_display()}, {paper.page_count} pages"
        if paper.page_count > 1
        else f"{paper.get_channel_display()}, one page",
        "crumbs": crumbs(paper.title),
        "badges": [PaperStatus(paper.status)],
        "today": clock.today(paper.facility),
        "actions": _actions(request.user, paper, parts),
        "paper": paper,
        "marks": marks,
        "shown": marks[shown - 1],
        "before": shown - 1 if shown > 1 else None,
        "behind": shown + 1 if shown < paper.page_count else None,
        "left": left,
        "may_file": paper.status != PaperStatus.DISCARDED,
        "form": form,
        "parts": [_shown_part(each) for each in parts],
        "next_paper": after,
        "next_url": links.paper(after) if after else "",
    }


def _papers_beside(request: HttpRequest, paper: IncomingPaper):
    return policies.visible_papers(request.user).filter(facility=paper.facility)


def _page_asked(request: HttpRequest, paper: IncomingPaper, left: Sequence[int]) -> int:
    asked = request.GET.get("page", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 6 and 1 <= int(asked) <= paper.page_count:
        return int(asked)
    return left[0] if left else 1


def _actions(user, paper: IncomingPaper, parts: Sequence[FiledPart]) -> list[Action]:
    if paper.erased_at is not None:
        return []
    actions = [
        Action("Download", url=reverse("credentialing:paper_original", args=[paper.uid]), icon="download")
    ]
    if paper.status != PaperStatus.TO_FILE:
        actions.append(
            Action(
                "Take back" if paper.status == PaperStatus.DISCARDED else "Take up again",
                url=reverse("credentialing:paper_reopen", args=[paper.uid]),
                method="post",
                icon="arrow-back-up",
            )
        )
        if paper.status == PaperStatus.DISCARDED and may(user, REDACT):
            url = reverse("credentialing:paper_erase", args=[paper.uid])
            actions.append(Action("Erase the content", url=url, icon="eye-off", kind="danger"))
    elif any(part.undone_at is None for part in parts):
        actions.append(
            Action(
                "Nothing more to file",
                url=reverse("credentialing:paper_finish", args=[paper.uid]),
                icon="check",
            )
        )
    else:
        actions.append(
            Action(
                "Discard",
                url=reverse("credentialing:paper_discard", args=[paper.uid]),
                icon="trash",
                kind="danger",
            )
        )
    return actions


def _shown_part(part: FiledPart) -> dict[str, Any]:
    """A part of the list, with what can be done with it next."""
    act = None
    if part.undone_at is None and not part.rested_on:
        if part.item_id and selectors.may_answer(part.item):
            act = Action("Record the answer", url=links.item(part.item), icon="file-certificate")
        elif part.credential_id and part.credential.credential_type.expires:
            act = Action(
                "Verify the renewal",
                url=links.verify(part.credential, back=links.paper(part.paper)),
                icon="certificate",
            )
    return {
        "part": part,
        "pages": in_words(part.first_page, part.last_page).capitalize(),
        "act": act,
        "what": part.item or part.credential,
        "file_url": reverse("practitioners:papers", args=[part.practitioner.uid]),
    }


@login_required
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """People offered while one types."""
    facility_of(request)
    typed = typed_so_far(request.GET.get("person", ""))
    choices = people_choices(request.user, typed) if len(typed) > 1 else []
    return render(request, "partials/options.html", {"choices": choices})


@login_required
@require_GET
def kinds(request: HttpRequest) -> HttpResponse:
    """What a part may be, once it is known whose it is."""
    facility = facility_of(request)
    person, _ = _person(request, request.GET.get("person"))
    (_, kept), *groups = selectors.kinds_for(person, facility)
    return render(request, "credentialing/parts/kinds.html", {"kept": kept, "groups": groups})


# --- many people ----------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def many(request: HttpRequest, uid) -> HttpResponse:
    """The same pages for many people: shown first, done when that was looked at."""
    found = policies.paper_or_404(request.user, uid)
    form = ManyForm(
        request.POST or None,
        paper=found,
        today=clock.today(found.facility),
        initial=_begin_with(request, found) if request.method == "GET" else {},
    )
    page = {
        "title": "File for many people",
        "subtitle": found.title,
        "crumbs": [*crumbs(), Crumb(found.title, links.paper(found)), Crumb("For many people")],
        "paper": found,
        "form": form,
        "cancel_url": links.paper(found),
    }
    if request.method != "POST":
        return render_page(request, MANY, page)
    if not form.is_valid():
        return render_invalid(request, MANY, page)
    given = form.cleaned_data
    lines = page["preview"] = _lines(request, found, given)
    page["in_order"] = in_order = not any(line.problem for line in lines)
    page["seen"] = seen = _fingerprint(request)
    try:
        if not in_order:
            sentence = "Not every line can be filed. Correct or take out those marked in the preview."
            raise Refused(sentence, field="people")
        if "file" not in request.POST:
            return render_page(request, MANY, page)
        if request.POST.get("seen") != seen:
            raise Refused("Something was changed after the preview. Look at it again, then file.")
        _file_for_many(request, found, given, lines)
    except Refused as refused:
        return render_refused(request, refused, MANY, page, form=form)
    return go_to(request, links.paper(found))


def _fingerprint(request: HttpRequest) -> str:
    """What was typed, in short: only what was looked at in the preview is filed."""
    typed = {name: request.POST.getlist(name) for name in ManyForm.base_fields}
    return bytes_digest(canonical_bytes(typed))


def _begin_with(request: HttpRequest, paper: IncomingPaper) -> dict[str, Any]:
    """All of the paper, and the people whose NPI stands in it where it can be read."""
    readable = paper.media_type == PDF and paper.erased_at is None
    content = selectors.content_of(paper) if readable else b""
    named = people_named_in(request.user, words(content)) if content else []
    return {
        "pages": f"1-{paper.page_count}" if paper.page_count > 1 else "1",
        "source": paper.sender,
        "people": "\n".join(f"{each.npi} {each}" for each in named),
    }


@dataclass(frozen=True)
class Line:
    """One line of the preview: whose file, which credential, until when it is confirmed, or the problem."""

    text: str
    practitioner: Practitioner | None
    credential: Credential | None
    problem: str


def _lines(request: HttpRequest, paper: IncomingPaper, given: dict[str, Any]) -> list[Line]:
    """What each line means; a person who stands there twice is filed for once."""
    texts = list(dict.fromkeys(line for each in given["people"].splitlines() if (line := each.strip())))
    meant = people_of_lines(request.user, texts[: filing.MOST_PEOPLE + 1])
    people = [each.practitioner for each in meant if each.practitioner]
    kind = given["kind"]
    held = selectors.credentials_of_kind(people, kind.code) if kind else {}
    lines, seen = [], set()
    for each in meant:
        person, problem = each.practitioner, each.problem
        if person and person.pk in seen:
            continue
        credential = None
        if person:
            seen.add(person.pk)
            credential, problem = _which_credential(person, kind, held, renewing=bool(given["valid_through"]))
            if person.user_id == request.user.pk:
                problem = "This is your own file: a colleague has to file this."
        lines.append(Line(each.text, person, credential, problem))
    return lines


def _which_credential(person, kind, held, *, renewing: bool) -> tuple[Credential | None, str]:
    theirs = held.get(person.pk, [])
    if kind is None or len(theirs) == 1:
        return (theirs[0], "") if theirs else (None, "")
    if not theirs:
        return None, f"No credential of the kind “{kind}” is on file." if renewing else ""
    if renewing:
        return None, f"{len(theirs)} credentials of this kind are on file: verify the renewal from the file."
    return None, ""


def _file_for_many(request: HttpRequest, paper: IncomingPaper, given: dict[str, Any], lines) -> None:
    first, last = given["pages"]
    renewal = None
    if given["valid_through"]:
        names = ("source", "source_kind", "method", "verified_on", "valid_from", "valid_through")
        renewal = filing.Renewal(**{name: given[name] for name in names})
    parts = filing.file_for_many(
        actor=request.user,
        paper=paper,
        recipients=[filing.Recipient(line.practitioner, line.credential) for line in lines],
        first_page=first,
        last_page=last,
        title=given["title"],
        renewal=renewal,
    )
    files = "the file of one person" if len(parts) == 1 else f"the files of {len(parts)} people"
    renewed = "" if renewal is None else ", and the renewals are confirmed"
    messages.success(request, f"{in_words(first, last).capitalize()}: in {files}{renewed}.")


# --- taking out again -----------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, uid) -> HttpResponse:
    """Take a part out of the file it went into."""
    part = policies.part_or_404(request.user, uid)
    rested = part.document.evidence.exists()
    director = may(request.user, REDACT)
    consequence = (
        f"“{part.document}” loses its content in that file; its name and your reason stay there. "
        "The pages stay in this paper and wait to be filed again."
    )
    if rested and director:
        consequence += " An answer rests on it: what was confirmed on it has to be verified again."
    page = {
        "title": "Take out of the file",
        "crumbs": [*crumbs(), Crumb(part.paper.title, links.paper(part.paper)), Crumb("Take out")],
        "question": (
            f"Do {in_words(part.first_page, part.last_page)} not belong into the file of {part.practitioner}?"
        ),
        "consequence": consequence,
        "form": ReasonForm(request.POST or None),
        "submit": "Take out of the file",
        "danger": True,
        "cancel_url": links.paper(part.paper),
    }
    if rested and not director:
        page["refusal"] = "An answer rests on this document, so the director has to take it out of the file."

    def take_out(given: dict) -> Done:
        filing.undo_part(actor=request.user, part=part, **given)
        return Done(
            f"It is out of the file of {part.practitioner}, and waits again.", links.paper(part.paper)
        )

    return answer_form(request, page, take_out, template=CONFIRM)
