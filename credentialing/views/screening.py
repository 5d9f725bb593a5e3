"""Pages of exclusion screening: lists as loaded, matches to review, one match side by side."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class, require
from config.audit.choices import JobStatus
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import (
    Action,
    Crumb,
    Done,
    Empty,
    answer_form,
    go_to,
    render_invalid,
    render_list,
    render_page,
    render_refused,
)
from credentialing import links, policies, tables
from credentialing.choices import ClearReason, MatchClass, MatchStatus
from credentialing.filters import MatchFilter
from credentialing.forms.screening import ClearForm, ConfirmForm, ListForm, ReopenForm
from credentialing.importing.publications import LEIE, SAM
from credentialing.models import ScreeningMatch
from credentialing.selectors import screening as selectors
from credentialing.selectors import screening_lists as lists
from credentialing.selectors.staff_screening import open_screening
from credentialing.services import list_uploads, matches, screening, staff_screening
from credentialing.services.screening_answers import loads_in_words
from practitioners.importing.mappings import UnusableMapping
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.tables import refuse_oversize
from practitioners.models import Practitioner

SCREEN = "credentialing.screen"
LOADS_SHOWN = 8


@login_required
@require_GET
def screening_page(request: HttpRequest) -> HttpResponse:
    """The lists as they were loaded, and the matches of people known here."""
    require(request.user, SCREEN)
    visible = policies.visible_matches(request.user)
    data = request.GET.copy()
    if "status" not in data:
        data["status"] = MatchStatus.NEW
    filterset = MatchFilter(data, queryset=visible)
    loads = lists.all_loads()
    current = selectors.current_snapshots(loads)
    today = clock.today()
    return render_list(
        request,
        tables.MATCHES,
        filterset.qs,
        title="Exclusion screening",
        noun="match,matches",
        filterset=filterset,
        empty=Empty(
            "No match waits for review.",
            "Everybody is screened again whenever a list is loaded.",
            icon="shield-check",
        ),
        actions=[
            Action("Load a list", url=reverse("credentialing:list_load"), icon="file-import"),
            Action("Runs", url=reverse("credentialing:screening_runs"), icon="progress-check"),
            Action("Certificates", url=reverse("credentialing:certificates"), icon="certificate"),
            Action(
                "Screen everyone now",
                url=reverse("credentialing:screen_everyone"),
                method="post",
                icon="user-shield",
                confirm="Screen everyone with an appointment or an open application?",
                confirm_label="Screen everyone",
            ),
        ],
        template="credentialing/screening.html",
        context={
            "snapshots": loads[:LOADS_SHOWN],
            "waiting": selectors.waiting_counts(visible),
            "last": lists.last_screening(current),
            "current": current,
            "not_in_use": [
                each.described["name"]
                for each in (LEIE, SAM)
                if each.code not in {load.exclusion_list.code for load in current}
            ],
            "stale": lists.too_old(current, lists.list_age_days(request.facility, today), today),
        },
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def load_page(request: HttpRequest) -> HttpResponse:
    """Upload a list; a worker loads it."""
    require(request.user, SCREEN)
    form = ListForm(request.POST or None, request.FILES or None)
    page = {
        "title": "Load an exclusion list",
        "crumbs": [Crumb("Exclusion screening", reverse("credentialing:screening")), Crumb("Load a list")],
        "intro": "The file replaces the list as it stands. Rows that cannot be read are told, and never take "
        "anybody off the list; rows that are gone stay on file with the load they left in. Everybody is "
        "screened again afterwards.",
        "form": form,
        "submit": "Load the list",
        "cancel_url": reverse("credentialing:screening"),
        "upload": True,
    }

    def load(given: dict) -> Done:
        upload, mapping = given["file"], given["mapping"]
        try:
            refuse_oversize(upload.size, settings.STANDING_IMPORT_LIMIT)
            run = list_uploads.ask_to_load(
                actor=request.user,
                kind=given["kind"],
                content=upload.read(),
                file_name=upload.name,
                mapping=mapping,
                mapping_name=request.FILES["mapping"].name if mapping else "",
                data_date=given["data_date"],
                accept_shrinking=given["accept_shrinking"],
                put_back=given["put_back"],
            )
        except UnusableFile as problem:
            field = "mapping" if isinstance(problem, UnusableMapping) else "file"
            raise Refused(problem.sentence, field=field) from None
        return Done("", reverse("credentialing:list_upload", args=[run.uid]))

    return answer_form(request, page, load)


@login_required
@require_GET
def upload_page(request: HttpRequest, uid) -> HttpResponse:
    """How far an uploaded list is, and what came of it."""
    require(request.user, SCREEN)
    run = get_object_or_404(lists.uploads(), uid=uid)
    page = {
        "title": f"Loading {run.counts['list']}",
        "crumbs": [Crumb("Exclusion screening", reverse("credentialing:screening")), Crumb("Load a list")],
        "run": run,
        "working": run.status == JobStatus.RUNNING,
        "failed": run.status == JobStatus.FAILED,
        "rejected": run.counts.get("rejected", []),
        "again_url": reverse("credentialing:list_load"),
        "back_url": reverse("credentialing:screening"),
    }
    return render_page(
        request,
        "credentialing/list_upload.html",
        page,
        part="list-upload",
        part_template="credentialing/parts/list_upload.html",
    )


@login_required
@require_POST
def screen_person(request: HttpRequest, uid) -> HttpResponse:
    """Screen one person under every name and go back."""
    require(request.user, SCREEN)
    practitioner = get_object_or_404(Practitioner, uid=uid)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = links.practitioner(practitioner)
    screened = screening.screen(actor=request.user, practitioner=practitioner)
    found = screened.matches.exclude(selectors.INFORMATION).filter(status=MatchStatus.NEW).count()
    names = f"{len(screened.names)} name{'s' if len(screened.names) != 1 else ''}"
    if found:
        messages.warning(request, f"Screened under {names}: {found} possible match(es) to review.")
    else:
        loads = loads_in_words(screened.runs)
        messages.success(request, f"Screened under {names} against {loads}: nothing new.")
    return go_to(request, back)


@login_required
@require_POST
def screen_everyone(request: HttpRequest) -> HttpResponse:
    """Let a worker screen everyone, and show how far that is."""
    require(request.user, SCREEN)
    under_way = open_screening()
    if under_way is not None:
        messages.info(request, "The staff is being screened already.")
        return go_to(request, links.staff_screening(under_way))
    run = staff_screening.start_screening(actor=request.user)
    if run is None:
        messages.info(request, "Nobody has an appointment or an open application: there is nobody to screen.")
        return go_to(request, reverse("credentialing:screening"))
    return go_to(request, links.staff_screening(run))


# --- one match ------------------------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def match_page(request: HttpRequest, uid) -> HttpResponse:
    """Our person beside the listed one, the parts of the score, and the decision."""
    match = policies.match_or_404(request.user, uid)
    if request.method == "GET":
        _log_identity_read(request, match)
        return render_page(request, "credentialing/match.html", _context(request, match))
    if request.POST.get("do") == "reopen":
        return _reopen(request, match)
    confirming = request.POST.get("do") == "confirm"
    form = ConfirmForm(request.POST) if confirming else _clear_form(match, request.POST)
    form.auto_id = f"{'confirm' if confirming else 'clear'}_%s"
    bound = {"confirm_form" if confirming else "clear_form": form}
    if not form.is_valid():
        return render_invalid(request, "credentialing/match.html", _context(request, match) | bound)
    try:
        if confirming:
            matches.confirm_match(actor=request.user, match=match, **form.cleaned_data)
        else:
            match = matches.clear_match(actor=request.user, match=match, **form.cleaned_data)
    except Refused as refused:
        context = _context(request, match) | bound
        if refused.field in form.fields:
            return render_refused(request, refused, "credentialing/match.html", context, form=form)
        return render_refused(request, refused, "credentialing/match.html", context)
    if confirming:
        messages.warning(request, "Confirmed as excluded. Privileges are stopped where they were held.")
    elif match.status == MatchStatus.NEW:
        messages.info(request, "Proposed for clearing. A second person has to agree.")
    else:
        messages.success(request, f"Cleared: {match.get_clear_reason_display().lower()}.")
    return go_to(request, reverse("credentialing:screening"))


def _reopen(request: HttpRequest, match: ScreeningMatch) -> HttpResponse:
    """A match that was cleared by mistake waits for review again."""
    form = ReopenForm(request.POST, auto_id="reopen_%s")
    context = _context(request, match) | {"reopen_form": form}

    def reopen(given: dict) -> Done:
        matches.reopen_match(actor=request.user, match=match, **given)
        return Done("It waits for review again.", links.match(match))

    return answer_form(request, context, reopen, template="credentialing/match.html", form=form)


def _clear_form(match: ScreeningMatch, data=None) -> ClearForm:
    return ClearForm(
        data,
        auto_id="clear_%s",
        reasons=matches.reasons_of(match),
        agreeing=match.proposed_by_id is not None,
    )


def _sees_birth_date(request: HttpRequest) -> bool:
    return may_see_class(request.user, DataClass.IDENTITY)


def _log_identity_read(request: HttpRequest, match: ScreeningMatch) -> None:
    if _sees_birth_date(request) and match.practitioner.birth_date:
        record_protected_read(
            actor=request.user,
            data_class=DataClass.IDENTITY,
            subject_kind="credentialing.screeningmatch",
            subject_uid=match.uid,
            practitioner=match.practitioner,
        )


def _context(request: HttpRequest, match: ScreeningMatch) -> dict[str, Any]:
    shows = _sees_birth_date(request)
    person = selectors.screened_people([match.practitioner_id])[match.practitioner_id]
    clear, confirm = _clear_form(match), ConfirmForm(auto_id="confirm_%s")
    proposed_by_me = match.proposed_by_id == request.user.pk
    original = selectors.original_of(match)
    return {
        "title": f"{match.practitioner} and {tables.listed_name(match)}",
        "subtitle": "Is this the same person?" if match.status == MatchStatus.NEW else "Reviewed",
        "crumbs": [
            Crumb("Exclusion screening", reverse("credentialing:screening")),
            Crumb(str(match.practitioner)),
        ],
        "badges": [MatchClass(match.match_class), MatchStatus(match.status)],
        "match": match,
        "practitioner_url": links.practitioner(match.practitioner),
        "rows": _side_by_side(match, person, shows),
        "parts": match.score.get("parts", []),
        "score": round(match.score.get("score", 0)),
        "strong": match.match_class == MatchClass.CONFIRMED_CANDIDATE,
        "open": match.status == MatchStatus.NEW,
        "waits_for_second": match.status == MatchStatus.NEW and match.proposed_by_id is not None,
        "proposed_by_me": proposed_by_me,
        "clear_form": clear,
        "confirm_form": confirm,
        "may_reopen": match.status != MatchStatus.NEW,
        "confirmed": match.status == MatchStatus.CONFIRMED,
        "over": ClearReason.REINSTATED in matches.reasons_of(match),
        "gone": selectors.left_the_list(match) if match.status == MatchStatus.NEW else "",
        "corrected": match.row.removed_in_id is not None and match.row.replaced_by.exists(),
        "reopen_form": ReopenForm(auto_id="reopen_%s"),
        "echoes": list(selectors.echoes_of(match)),
        "original_url": links.match(original) if original else "",
    }


def _side_by_side(match: ScreeningMatch, person, shows: bool) -> list[dict[str, Any]]:
    row = match.row
    outcome = {part["name"]: part["outcome"] for part in match.score.get("parts", [])}
    names = "; ".join(f"{name.text} ({name.label})" for name in person.names)
    ours_born = person.birth_date if shows else "protected"
    listed_born = row.birth_date if shows else "protected"
    address = ", ".join(part for part in (row.address, row.city, row.state, row.postal_code) if part)
    waiver = f"{row.waiver_state} since {row.waiver_on:%d %b %Y}" if row.waiver_on else ""
    lines = [
        ("Name", names, tables.listed_name(match), outcome.get("last", "")),
        ("Birth date", ours_born, listed_born, outcome.get("birth_date", "")),
        ("NPI", person.npi, row.npi, outcome.get("npi", "")),
        ("UPIN", person.upin, row.upin, outcome.get("upin", "")),
        ("State", ", ".join(sorted(person.states)), row.state, outcome.get("state", "")),
        ("Address", "; ".join(person.addresses), address, outcome.get("postal_code", "")),
        (
            "Field", ", ".join(person.specialties), " / ".join(x for x in (row.general, row.specialty) if x),
            outcome.get("specialty", ""),
        ),
        ("Also listed as", "", row.also, ""),
        ("Exclusion", "", " / ".join(x for x in (row.exclusion_type, row.programme) if x), ""),
        ("Excluded by", "", row.agency, ""),
        ("Record", "", row.number, ""),
        ("Excluded on", "", row.excluded_on, ""),
        ("Over on", "", row.ends_on, ""),
        ("Reinstated on", "", row.reinstated_on, ""),
        ("Waiver for one state", "", waiver, ""),
    ]  # fmt: skip
    return [
        {"label": label, "ours": ours, "listed": listed, "outcome": said}
        for label, ours, listed, said in lines
        if ours or listed
    ]
