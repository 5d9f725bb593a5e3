"""A file on one page, for a chair who reads it on a telephone and for whoever prints it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bylaws.selectors.peer_review import statement_of
from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.periods import last_day
from config.rulebook.selectors.parameters import Bound, resolve_many
from credentialing import parameters
from credentialing.asked_for import AskedFor, asked_for
from credentialing.choices import ApplicationStatus, Element, FlagStatus, ItemStatus
from credentialing.models import Application, CategoryRaise, FileSnapshot, RedFlag, VerificationItem
from credentialing.rules.changes import CLAIM, PRIVILEGE, State, changes
from credentialing.rules.file_category import Category
from credentialing.selectors.assessment import (
    Delta,
    category_of,
    delta_of,
    log_confidential,
    raise_of,
    readable,
    state_of,
)
from credentialing.selectors.flag_facts import label_of, periods_of
from credentialing.selectors.gaps import CODES as GAP_CODES
from credentialing.selectors.gaps import limits_of
from credentialing.selectors.items import shown_status
from credentialing.selectors.requirements import decision_day
from practitioners.choices import CredentialStatus, Standing
from practitioners.models import CredentialPeriod
from practitioners.selectors.photos import photo_urls
from practitioners.selectors.timeline import account_for, explanations_of, stated_of

#: Parts made of credentials: heading, kinds, what an empty one says.
PARTS = (
    ("Licenses and registrations", ("LICENSE", "DEA", "CDS"), "None is stated."),
    ("Board certification", ("BOARD_CERT",), "None is stated."),
    ("Training", ("MEDICAL_SCHOOL", "ECFMG", "RESIDENCY"), "None is stated."),
    ("Work and other hospitals", ("WORK_HISTORY", "AFFILIATION"), "Nothing is stated."),
    ("Cover and claims", ("MALPRACTICE", "CLAIM"), "No claim is stated."),
)
#: What is asked of registers and of people, not of a claim.
SCREENS = (
    Element.LICENSE_SANCTIONS,
    Element.MALPRACTICE_HISTORY,
    Element.IDENTITY,
    Element.EXCLUSION,
    Element.NPDB,
    Element.BACKGROUND,
    Element.HEALTH_STATUS,
    Element.CME,
    Element.CASE_LOG,
)
DECIDED = (ApplicationStatus.APPROVED, ApplicationStatus.APPROVED_MODIFIED)
#: How many lines of a part are shown; a page has an end.
MOST = 12


@dataclass(frozen=True)
class Line:
    """One line of a part: what, in words, what is said of it, and a status word."""

    label: str
    text: str = ""
    badge: Any = None


@dataclass(frozen=True)
class Part:
    """Lines under a heading, or the sentence that stands in their place."""

    heading: str
    lines: tuple[Line, ...]
    empty: str
    more: int = 0


@dataclass(frozen=True)
class Since:
    """What is new since the last appointment here. ``before`` None: there is nothing to compare with."""

    before: dt.date | None
    lines: tuple[str, ...]


@dataclass(frozen=True)
class FileSummary:
    """The whole page."""

    application: Application
    on: dt.date
    photo: str
    identity: tuple[tuple[str, str], ...]
    category: Category
    category_on_paper: Category
    raised: CategoryRaise | None
    flags: Sequence[RedFlag]
    delta: Delta | None
    asked: AskedFor
    parts: tuple[Part, ...]
    gaps: tuple[Line, ...]
    gaps_told: str
    references: Part
    screens: Part
    since: Since | None


def read_summary(viewer, application: Application) -> FileSummary:
    """The file for this viewer, in at most fifteen queries; protected classes only for those they open to."""
    on = decision_day(application)
    items = _items(application)
    flags = list(application.red_flags.select_related("disposed_by"))
    periods = periods_of(application)
    asked = asked_for(application, on, periods)
    bounds = resolve_many((*GAP_CODES, parameters.CATEGORY_KEPT_BY), facility=application.facility, on=on)
    now = state_of(application, flags=flags, items=items, periods=periods, asked=asked)
    log_confidential(viewer, application, flags)
    shown = readable(viewer, application.facility, flags)
    told, gaps = _gaps(application, periods, bounds, on)
    kept_by = bounds.get((parameters.CATEGORY_KEPT_BY, ""), Bound(parameters.CATEGORY_KEPT_BY, "", None))

    def category(weighed: Sequence[RedFlag]) -> Category:
        return category_of(application, viewer=viewer, flags=weighed, asked=asked, kept_by=kept_by)

    return FileSummary(
        application=application,
        on=on,
        photo=photo_urls(viewer, [application.practitioner.uid]).get(str(application.practitioner.uid), ""),
        identity=identity_of(viewer, application),
        category=category(flags),
        # On paper a matter leaves the room: what is of health is neither told nor counted there.
        category_on_paper=category([flag for flag in flags if flag.data_class != DataClass.HEALTH]),
        raised=raise_of(application),
        flags=sorted(shown, key=lambda flag: flag.status == FlagStatus.NO_LONGER),
        delta=delta_of(application, viewer=viewer, now=now),
        asked=asked,
        parts=tuple(part_of(periods, *part) for part in PARTS),
        gaps=gaps,
        gaps_told=told,
        references=references_of(viewer, application, items),
        screens=screens_of(items),
        since=_since(application, now),
    )


def _items(application: Application) -> list[VerificationItem]:
    return list(
        application.items.exclude(status=ItemStatus.SUPERSEDED)
        .select_related("credential", "evidence")
        .order_by("id")
    )


def identity_of(viewer, application: Application) -> tuple[tuple[str, str], ...]:
    """Who applies, for what, and how far the file is; the birth date where the viewer's roles open it."""
    person = application.practitioner
    facts = [
        ("Profession", person.get_provider_type_display()),
        ("NPI", person.npi or "none stated"),
        ("Applies for", application.applied_for),
        ("Department", f"{application.department}, {application.facility}"),
        ("Received", day_text(application.received_on) if application.received_on else "not yet"),
        ("Complete", day_text(application.complete_on) if application.complete_on else "not yet"),
        ("Coordinator", str(application.coordinator)),
    ]
    if person.birth_date and may_see_class(viewer, DataClass.IDENTITY, application.facility):
        facts.insert(2, ("Born", day_text(person.birth_date)))
    if person.languages:
        facts.append(("Languages", person.languages))
    return tuple(facts)


# --- parts ----------------------------------------------------------------------------------------------


def part_of(periods: Sequence[CredentialPeriod], heading: str, kinds: tuple[str, ...], empty: str) -> Part:
    """The newest of what is stated of these kinds of credentials; at most :data:`MOST` lines."""
    newest: dict[int, CredentialPeriod] = {}
    for row in periods:
        if row.identity.credential_type.code in kinds:
            newest[row.identity_id] = row
    rows = sorted(
        newest.values(),
        key=lambda row: (
            kinds.index(row.identity.credential_type.code),
            -(row.valid.lower or dt.date.min).toordinal(),
        ),
    )
    lines = tuple(_credential(row) for row in rows[:MOST])
    return Part(heading, lines, empty, more=max(0, len(rows) - MOST))


def _credential(row: CredentialPeriod) -> Line:
    """What a credential is, from when to when, and the word that matters: what is wrong with it, else whether
    a source confirmed it.
    """
    status, extra = CredentialStatus(row.status), row.extra if isinstance(row.extra, dict) else {}
    first, last = row.valid.lower, last_day(row.valid.upper)
    days = " to ".join(
        filter(None, (day_text(first) if first else "", day_text(last) if last else "now" if first else ""))
    )
    told = [days]
    if row.identity.credential_type.code == "CLAIM":
        paid = extra.get("paid_usd")
        told = [
            f"filed {day_text(first)}" if first else "",
            str(extra.get("outcome") or ""),
            f"${paid:,} paid" if isinstance(paid, int) and paid else "",
        ]
    elif row.identity.credential_type.code == "RESIDENCY" and extra.get("completed") is False:
        told.append("not completed")
    badge = status if status != CredentialStatus.ACTIVE else Standing(row.standing)
    return Line(label_of(row), ", ".join(filter(None, told)), badge)


def _gaps(
    application: Application,
    periods: Sequence[CredentialPeriod],
    bounds: Mapping[tuple[str, str], Bound],
    on: dt.date,
) -> tuple[str, tuple[Line, ...]]:
    """Whether the history is accounted for, and every gap with what was said about it."""
    verdict, judged = account_for(
        stated_of(periods),
        explanations_of(application.practitioner),
        limits_of(bounds),
        on,
        clock.today(application.facility),
    )
    lines = []
    for each in judged:
        said = "; ".join(one.text for one in each.explained if one.text)
        lines.append(Line(each.verdict.title, f"{each.verdict.sentence} {said}".strip()))
    return verdict.sentence, tuple(lines)


def references_of(viewer, application: Application, items: Sequence[VerificationItem]) -> Part:
    """The references asked for; for those whose roles do not open peer review, that they are closed."""
    heading = "References"
    if not may_see_class(viewer, DataClass.PEER_REVIEW, application.facility):
        return Part(heading, (), "They are peer review, which your roles do not open.")
    rows = [item for item in items if item.element == Element.PEER_REFERENCE]
    lines = tuple(Line(item.label, _verified(item), ItemStatus(item.status)) for item in rows)
    return Part(heading, lines, "None is asked for.")


def screens_of(items: Sequence[VerificationItem]) -> Part:
    """That the lists and the data bank were asked, and when; what the data bank said is in its own class."""
    rows = [item for item in items if item.element in SCREENS]
    lines = tuple(Line(item.label, _verified(item), shown_status(item)) for item in rows)
    return Part("Screens and identity", lines, "None is asked for yet.")


def _verified(item: VerificationItem) -> str:
    return f"on {day_text(item.verified_on)}" if item.verified_on else ""


def _since(application: Application, now: State) -> Since | None:
    """What is stated and asked for otherwise than when the board last appointed here; one query. None for
    somebody who applies for the first time.
    """
    if not application.rule.renews:
        return None
    before = (
        FileSnapshot.objects.filter(
            application__practitioner_id=application.practitioner_id,
            application__facility_id=application.facility_id,
            application__status__in=DECIDED,
        )
        .exclude(application_id=application.pk)
        .select_related("application")
        .order_by("-application__decided_on", "-number")
        .first()
    )
    if before is None:
        return Since(None, ())
    found = [
        each.sentence for each in changes(json.loads(before.frozen), now) if each.kind in (CLAIM, PRIVILEGE)
    ]
    return Since(before.application.decided_on, tuple(found))


# --- on paper -------------------------------------------------------------------------------------------


def paper_content(
    summary: FileSummary, *, read_by: str, today: dt.date, photo: bytes = b""
) -> dict[str, Any]:
    """What the printed page says, as plain data; ``photo`` is a JPEG, empty without one."""
    application = summary.application
    facility = application.facility
    return {
        "title": f"File summary: {application.practitioner}",
        "facility": {"name": facility.name, "city": facility.city, "phone": facility.office_phone},
        "name": str(application.practitioner),
        "photo": list(photo),
        "peer_review": statement_of(facility),
        "printed": f"Printed for {read_by} on {day_text(today)}",
        "identity": [list(fact) for fact in summary.identity],
        "category": {
            "name": str(summary.category_on_paper.value.label),
            "why": [
                f"{child.title}: {child.sentence}"
                for child in summary.category_on_paper.verdict.children
                if not child.met
            ],
        },
        "flags": [
            _flag_on_paper(flag)
            for flag in summary.flags
            if flag.status != FlagStatus.NO_LONGER and flag.data_class != DataClass.HEALTH
        ],
        "news": [
            each.change.sentence
            for each in (summary.delta.news if summary.delta else ())
            if each.change.data_class != DataClass.HEALTH
        ],
        "asked": [
            {"label": line.label, "outcome": str(line.verdict.outcome.label), "detail": line.detail}
            for line in summary.asked.lines
        ],
        "volumes": [
            {"label": line.label, "needed": line.needed, "told": line.verdict.sentence}
            for line in summary.asked.volumes
        ],
        "parts": [_part_on_paper(part) for part in (*summary.parts, summary.references, summary.screens)],
        "gaps": {"told": summary.gaps_told, "lines": [f"{gap.label}: {gap.text}" for gap in summary.gaps]},
        "since": None
        if summary.since is None
        else {
            "before": day_text(summary.since.before) if summary.since.before else "",
            "lines": list(summary.since.lines),
        },
    }


def _flag_on_paper(flag: RedFlag) -> dict[str, str]:
    disposed = f"Disposed of by {flag.disposed_by}: {flag.disposition}" if flag.disposition else ""
    return {
        "severity": flag.get_severity_display(),
        "sentence": flag.sentence,
        "disposition": disposed or flag.get_status_display(),
    }


def _part_on_paper(part: Part) -> dict[str, Any]:
    return {
        "heading": part.heading,
        "empty": part.empty,
        "more": part.more,
        "lines": [
            {"label": line.label, "text": line.text, "word": str(line.badge.label) if line.badge else ""}
            for line in part.lines
        ],
    }
