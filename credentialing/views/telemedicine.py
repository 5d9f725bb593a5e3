"""Distant sites: the agreements, whom each site lists, and loading its lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from config.accounts.policies import may, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    Tab,
    answer_form,
    build_table,
    download,
    render_list,
    render_page,
)
from config.kernel.pages.deliveries import Looked, answer_delivery
from credentialing import links
from credentialing import telemedicine_lists as lists
from credentialing.choices import DistantSiteKind
from credentialing.forms import telemedicine as forms
from credentialing.models import ProxyAgreement
from credentialing.selectors import telemedicine as selectors
from credentialing.selectors.telemedicine import MANAGE, READ
from credentialing.services import telemedicine as services
from credentialing.views.work import working_at
from practitioners import store
from practitioners.models import Practitioner

LAST = 12  # lists and files on the page of an agreement
SHOWN = 100  # names in a preview; the rest is counted
LOAD = "credentialing/distant_load.html"


def agreement_or_404(viewer, uid) -> ProxyAgreement:
    """The agreement of that uid, if the person may see the facility's files."""
    require(viewer, READ)
    found = selectors.visible_agreements(viewer).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def url_of(name: str, agreement: ProxyAgreement) -> str:
    """The address of one of an agreement's pages."""
    return reverse(f"credentialing:{name}", args=[agreement.uid])


def crumbs_of(agreement: ProxyAgreement, *more: str) -> list[Crumb]:
    """The path to an agreement, and on to what is below it."""
    first = [Crumb("Distant sites", reverse("credentialing:distant_agreements"))]
    if not more:
        return [*first, Crumb(agreement.site.name)]
    return [*first, Crumb(agreement.site.name, links.distant_agreement(agreement)), *map(Crumb, more)]


def _tabs(request: HttpRequest, agreement: ProxyAgreement, here: str) -> list[Tab]:
    tabs = [
        Tab("Agreement", links.distant_agreement(agreement), active=here == "agreement", icon="file-text"),
        Tab("Practitioners", lists.list_url(agreement), active=here == "people", icon="users"),
    ]
    if may(request.user, "privileging.manage_oppe", agreement.site.facility):
        tabs.append(
            Tab("Feedback", f"{reverse('privileging:feedback')}?agreement={agreement.uid}", icon="send")
        )
    return tabs


@login_required
@require_GET
def agreement_list(request: HttpRequest) -> HttpResponseBase:
    """The facility's agreements with distant sites."""
    facility = working_at(request, READ)
    today = clock.today(facility)
    rows = selectors.agreements_for_list(request.user, facility, today)
    filterset = lists.AgreementFilter(request.GET, queryset=rows, on=today)
    actions = [
        Action(
            f"New agreement: {kind.label.lower()}",
            url=reverse("credentialing:distant_add", args=[kind.value]),
            icon="plus",
            kind="primary" if kind == DistantSiteKind.HOSPITAL else "secondary",
        )
        for kind in DistantSiteKind
        if may(request.user, MANAGE, facility)
    ]
    return render_list(
        request,
        lists.agreements_table(today),
        filterset.qs,
        title="Distant sites",
        subtitle=f"{facility.name}: agreements to rely on a distant site's credentialing for telemedicine.",
        noun="agreement",
        filterset=filterset,
        actions=actions,
        empty=Empty(
            "No agreement here.",
            "Privileges by proxy are granted only under a written agreement with the distant site.",
            actions[0] if actions else None,
        ),
    )


@login_required
@require_http_methods(["GET", "POST"])
def agreement_add(request: HttpRequest, kind: str) -> HttpResponse:
    """A written agreement with a distant site of that kind."""
    facility = working_at(request, MANAGE)
    if kind not in DistantSiteKind.values:
        raise Http404
    back = reverse("credentialing:distant_agreements")
    form = forms.AgreementForm(request.POST or None, request.FILES or None, kind=kind)
    page = {
        "title": f"New agreement with a {DistantSiteKind(kind).label.lower()}",
        "crumbs": [Crumb("Distant sites", back), Crumb("New agreement")],
        "form": form,
        "upload": True,
        "submit": "Record the agreement",
        "cancel_url": back,
    }

    def add(given: dict[str, Any]) -> Done:
        made = services.add_agreement(actor=request.user, facility=facility, kind=kind, **form.said)
        return Done(
            "Recorded. Load the list of the site's practitioners next.", links.distant_agreement(made)
        )

    return answer_form(request, page, add)


@login_required
@require_GET
def agreement_page(request: HttpRequest, uid) -> HttpResponse:
    """One agreement: what it says, what it lacks, its lists, and the files that rely on it."""
    agreement = agreement_or_404(request.user, uid)
    facility = agreement.site.facility
    today = clock.today(facility)
    held = selectors.agreed(agreement, today)
    hands = may(request.user, MANAGE, facility)
    told = list(agreement.lists.select_related("recorded_by")[:LAST])
    files = list(selectors.applications_on(agreement, request.user)[:LAST])
    listed = selectors.listed_on(agreement, today)
    gone = selectors.holding_unlisted(agreement, request.user, today, listed)
    page = {
        "title": agreement.site.name,
        "subtitle": f"{agreement.title}, {agreement.site.get_kind_display().lower()}",
        "crumbs": crumbs_of(agreement),
        "tabs": _tabs(request, agreement, "agreement"),
        "agreement": agreement,
        "held": held,
        "lacks": _lacks(held, listed, gone),
        "paper_url": url_of("distant_paper", agreement) if held.period and held.period.store_key else "",
        "lists": build_table(
            lists.LISTS, told, empty=Empty("No list is loaded yet.", "Ask the distant site for it.")
        ),
        "files": build_table(
            lists.FILES,
            files,
            empty=Empty("No file relies on it yet.", "A telemedicine application names the agreement."),
        ),
        "actions": _actions(agreement, held) if hands else [],
    }
    return render_page(request, "credentialing/distant_agreement.html", page)


def _actions(agreement: ProxyAgreement, held: selectors.Agreed) -> list[Action]:
    acts = [
        Action("Load a list", url=url_of("distant_load", agreement), icon="upload", kind="primary"),
        Action("Change the agreement", url=url_of("distant_edit", agreement), icon="edit"),
    ]
    if held.in_force:
        acts.append(Action("End the agreement", url=url_of("distant_end", agreement), icon="x"))
    return acts


def _lacks(held: selectors.Agreed, listed: dict[str, Any], gone: Sequence[Practitioner]) -> list[str]:
    """What a surveyor would miss, in sentences."""
    found = []
    state = held.agreement.site.facility.state
    if not held.in_force:
        found.append("The agreement is not in force today: nothing is granted by proxy.")
    if held.lacks:
        places = ", ".join(each.place(held.agreement.site.kind) for each in held.lacks)
        found.append(f"The agreement does not contain everything it must: {places}.")
    if held.period is not None and not held.period.store_key:
        found.append("No copy of the signed agreement is on file here.")
    if held.newest_list is None:
        found.append("The distant site has given no list of its practitioners and their privileges.")
    without = [row for row in listed.values() if not lists.licensed_in(row.licences, state)]
    if without:
        number = f"{len(without)} practitioner{'s' if len(without) > 1 else ''}"
        found.append(f"The list names no license of {state} for {number}.")
    if gone:
        names = "; ".join(str(each) for each in gone)
        found.append(f"Not on the list, and holding privileges by proxy: {names}.")
    return found


@login_required
@require_http_methods(["GET", "POST"])
def agreement_edit(request: HttpRequest, uid) -> HttpResponse:
    """What the agreement says from a day on, and its site by another name or contact."""
    agreement = agreement_or_404(request.user, uid)
    require(request.user, MANAGE, agreement.site.facility)
    held = selectors.agreed(agreement, clock.today(agreement.site.facility)).period
    initial: dict[str, Any] = {"name": agreement.site.name, "contact": agreement.site.contact}
    if held is not None:
        initial |= {
            "start": held.start,
            "last_day": held.end,
            "signed_on": held.signed_on,
            "filed_at": held.filed_at,
        }
    form = forms.AgreementForm(
        request.POST or None,
        request.FILES or None,
        kind=agreement.site.kind,
        new=False,
        terms=held.terms if held is not None else None,
        initial=initial,
    )
    here = links.distant_agreement(agreement)
    page = {
        "title": f"Change the agreement with {agreement.site}",
        "subtitle": agreement.title,
        "crumbs": crumbs_of(agreement, "Change"),
        "intro": "What it says holds from the first day you give through the last; what was so before stays.",
        "form": form,
        "upload": True,
        "submit": "Save",
        "cancel_url": here,
    }

    def change(given: dict[str, Any]) -> Done:
        services.change_agreement(actor=request.user, agreement=agreement, **form.said)
        return Done("Saved.", here)

    return answer_form(request, page, change)


@login_required
@require_http_methods(["GET", "POST"])
def agreement_end(request: HttpRequest, uid) -> HttpResponse:
    """The agreement holds no longer."""
    agreement = agreement_or_404(request.user, uid)
    require(request.user, MANAGE, agreement.site.facility)
    here = links.distant_agreement(agreement)
    page = {
        "title": f"End the agreement with {agreement.site}",
        "subtitle": agreement.title,
        "crumbs": crumbs_of(agreement, "End the agreement"),
        "intro": "Nothing is granted by proxy after that day. What was granted does not end by itself: "
        "whoever holds it stands on Today then.",
        "form": forms.EndForm(request.POST or None),
        "submit": "End it",
        "cancel_url": here,
    }

    def end(given: dict[str, Any]) -> Done:
        services.end_agreement(actor=request.user, agreement=agreement, **given)
        return Done("Recorded.", here)

    return answer_form(request, page, end)


@login_required
@require_GET
def agreement_paper(request: HttpRequest, uid) -> HttpResponse:
    """The signed agreement, to keep."""
    agreement = agreement_or_404(request.user, uid)
    held = selectors.agreed(agreement, clock.today(agreement.site.facility)).period
    if held is None or not held.store_key:
        raise Http404
    content = store.get(held.store_key, encrypted=True)
    return download(content, held.media_type, file_name=held.file_name)


# --- the list ---------------------------------------------------------------------------------------------


@login_required
@require_GET
def people(request: HttpRequest, uid) -> HttpResponseBase:
    """Whom the distant site lists or listed."""
    agreement = agreement_or_404(request.user, uid)
    facility = agreement.site.facility
    today = clock.today(facility)
    filterset = lists.ListedFilter(
        request.GET, queryset=selectors.listed_rows(agreement), on=today, state_code=facility.state
    )
    newest = selectors.newest_list(agreement)
    load = Action("Load a list", url=url_of("distant_load", agreement), icon="upload", kind="primary")
    hands = may(request.user, MANAGE, facility)

    def taken(form: str, rows: Any) -> None:
        record_event(
            actor=request.user,
            verb="distant_list.exported",
            subject=agreement,
            facility=facility,
            data={"format": form},
        )

    return render_list(
        request,
        lists.listed_table(today),
        filterset.qs,
        title=agreement.site.name,
        subtitle=f"{agreement.title}: list of {day_text(newest.as_of)}" if newest else agreement.title,
        crumbs=crumbs_of(agreement, "Practitioners"),
        tabs=_tabs(request, agreement, "people"),
        actions=[load] if hands else [],
        noun="practitioner",
        filterset=filterset,
        on_export=taken,
        empty=Empty(
            "Nobody is on the list.",
            "Load the list the distant site gives you." if hands else "",
            load if hands else None,
        ),
    )


@login_required
@require_http_methods(["GET", "POST"])
def load(request: HttpRequest, uid) -> HttpResponse:
    """A delivered list: first what it would change, then, sent again, the act."""
    agreement = agreement_or_404(request.user, uid)
    facility = agreement.site.facility
    require(request.user, MANAGE, facility)
    page: dict[str, Any] = {
        "title": f"Load a list of {agreement.site}",
        "subtitle": agreement.title,
        "crumbs": crumbs_of(agreement, "Load a list"),
        "columns": forms.COLUMNS,
        "submit": "Look at it",
        "cancel_url": lists.list_url(agreement),
    }

    def look(sent: dict[str, Any]) -> Looked:
        looked = services.look_at_list(
            actor=request.user, agreement=agreement, as_of=sent["as_of"], content=sent["text"].encode()
        )
        told = {
            "looked": looked,
            "day": sent["as_of"],
            "added": looked.added[:SHOWN],
            "dropped": looked.dropped[:SHOWN],
        }
        return Looked(looked.mistakes, told)

    def load_it(sent: dict[str, Any]) -> Done:
        told = services.load_list(
            actor=request.user,
            agreement=agreement,
            as_of=sent["as_of"],
            name=sent["name"],
            content=sent["text"].encode(),
        )
        return Done(
            f"Loaded: {told.added} new, {told.changed} changed, {told.dropped} not on the list any more, "
            f"{told.unchanged} as they stood.",
            lists.list_url(agreement),
        )

    return answer_delivery(
        request,
        page,
        LOAD,
        form=partial(forms.ListForm, initial={"as_of": clock.today(facility)}),
        look=look,
        load=load_it,
        sure=forms.SureListForm,
    )
