"""The crosswalk from a datum to its rule, its standard and its evidence; and the evidence of one element."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from bylaws.forms.policies import OnForm
from config.accounts.policies import permissions
from config.kernel import clock
from config.kernel.pages import (
    Action,
    Column,
    Crumb,
    Empty,
    Table,
    address,
    render_invalid,
    render_list,
    render_page,
    stream_csv,
)
from credentialing import links, policies
from credentialing.choices import Element, ItemStatus
from credentialing.elements import data_class
from credentialing.selectors.crosswalk import CrosswalkRow, crosswalk
from credentialing.views.work import working_at

ROWS = Table(
    caption="Crosswalk",
    columns=(
        Column("group", "Part"),
        Column("datum", "Datum"),
        Column("code", "Code"),
        Column("rule", "Rule or number"),
        Column("says", "Says"),
        Column("standards", "Standard", value=lambda row: [each.label for each in row.standards]),
        Column(
            "confidence",
            "How sure",
            value=lambda row: [each.confidence.label for each in row.standards if each.confidence],
        ),
        Column("place", "Evidence", value="place.label"),
        Column(
            "policies",
            "Policy",
            value=lambda row: [f"{one.number}, {part.number}. {part.heading}" for one, part in row.policies],
        ),
    ),
)


@login_required
@require_GET
def crosswalk_page(request: HttpRequest) -> HttpResponseBase:
    """Every datum with its rule, whose standard asks for it, where it is shown and which policy says it; with
    ``?on=`` as it stood on that day.
    """
    facility = working_at(request, policies.VIEW)
    today = clock.today(facility)
    form = OnForm({"on": request.GET.get("on", "")})
    on = (form.cleaned_data["on"] if form.is_valid() else None) or today
    page: dict[str, Any] = {
        "title": "Crosswalk",
        "subtitle": f"{facility.name}: from the datum to the rule, the standard and the evidence",
        "form": form,
        "on": on,
        "actions": [
            Action("Policies", url=reverse("bylaws:policies"), icon="book"),
            Action(
                "Export CSV", url=address(request.path, format="csv", on=None if on == today else on),
                icon="download",
            ),
        ],
    }  # fmt: skip
    if not form.is_valid():
        return render_invalid(request, "credentialing/crosswalk.html", page)
    rows = crosswalk(request.user, facility, on=on)
    if request.GET.get("format") == "csv":
        return stream_csv(ROWS, rows, name="Crosswalk" if on == today else f"Crosswalk of {on}")
    held = permissions(request.user, facility)
    groups: dict[str, list[tuple[CrosswalkRow, str]]] = {}
    for row in rows:
        url = row.place.url if row.place.permission in held else ""
        groups.setdefault(row.group, []).append((row, url))
    return render_page(request, "credentialing/crosswalk.html", page | {"groups": groups})


EVIDENCE = Table(
    caption="What was verified",
    order="-verified",
    row_url=links.item,
    columns=(
        Column(
            "practitioner", "Practitioner", value="application.practitioner.display_name", kind="strong",
            sort="application__practitioner__sort_name",
        ),
        Column("label", "What", sort="label"),
        Column("status", "Status", kind="status", sort="status"),
        Column("verified", "Verified on", value="verified_on", kind="plain_day", sort="verified_on"),
        Column("source", "Source", narrow=False),
        Column("method", "Method", value="get_method_display", narrow=False),
        Column("by", "Reviewed by", value=lambda row: str(row.reviewed_by or ""), narrow=False),
        Column("bound", "Limit set by", value="bound_by", page=False),
        Column("citation", "Citation", page=False),
    ),
)  # fmt: skip
PROTECTED_EVIDENCE = Table(
    caption="What was verified",
    order="-verified",
    row_url=links.item,
    columns=[each for each in EVIDENCE.columns if each.name not in ("label", "source")],
)


@login_required
@require_GET
def crosswalk_evidence(request: HttpRequest, element: str) -> HttpResponseBase:
    """What was found out of one element at the facility, the newest first; of a protected one not who said
    it.
    """
    facility = working_at(request, policies.VIEW)
    if element not in Element.values:
        raise Http404
    rows: Any = (
        policies.visible_items(request.user)
        .filter(
            application__facility=facility,
            element=element,
            status__in=(ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE),
        )
        .select_related("application__practitioner", "reviewed_by")
    )
    label = Element(element).label
    return render_list(
        request,
        EVIDENCE if data_class(element) == "general" else PROTECTED_EVIDENCE,
        rows,
        title=label,
        subtitle=f"What was verified at {facility.name}; each line opens its evidence",
        crumbs=[Crumb("Crosswalk", reverse("credentialing:crosswalk")), Crumb(label)],
        noun="verification",
        empty=Empty("Nothing was verified yet.", "It stands here once an answer is reviewed."),
    )
