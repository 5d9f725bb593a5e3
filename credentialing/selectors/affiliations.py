"""Requests for affiliation letters: whom one is about, how that person stands, what the letter would say."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from bylaws.choices import PROTECTED_CAUSES, BarKind, DecisionKind, LineOutcome
from bylaws.models import AppointmentPeriod, BarPeriod, DecisionLine
from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.canonical import bytes_digest
from config.kernel.periods import EndKind, covers, last_day
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve_many
from config.rulebook.verdicts import Verdict
from credentialing import parameters
from credentialing.choices import AffiliationReplyKind, FlagStatus, MatchClass, MatchStatus, Severity
from credentialing.models import AffiliationReply, AffiliationRequest, RedFlag, ScreeningMatch
from credentialing.models.applications import OPEN_STATUSES
from credentialing.rules.affiliations import (
    BY_PERSON,
    BY_RULE,
    NOT_FOUND,
    Standing,
    Stop,
    Term,
    judge,
    spans,
    words_of,
)
from credentialing.rules.affiliations import said as said_day
from credentialing.standing_matters import register_standing_matter, standing_matters
from practitioners import store
from practitioners.models import Practitioner, PractitionerName
from practitioners.rules.names import search_key
from practitioners.selectors.addressing import name_in_letters
from practitioners.selectors.canonical import among, canonical_of, without_aliases
from practitioners.selectors.evidence import Problem, register_check

#: People offered to the office as whom a request may mean.
MOST_CANDIDATES = 8
#: Why a term ended that was only followed by the next one.
REPLACED = "Replaced by a new term"


# --- the facility's terms -------------------------------------------------------------------------------


def terms_of(facility: Facility, on: dt.date) -> tuple[bool, bool, str]:
    """Whether the page is open, whether the standard reply goes by itself, and what good standing is."""
    codes = (parameters.AFFILIATION_PAGE, parameters.AFFILIATION_AUTOMATIC, parameters.GOOD_STANDING)
    bounds = resolve_many(list(codes), facility=facility, on=on)
    page, automatic, definition = (bounds.get((code, "")) for code in codes)
    return (
        page is None or page.value is not False,
        automatic is not None and automatic.value is True,
        str(definition.value) if definition is not None and definition.value else "",
    )


# --- whom it is about -----------------------------------------------------------------------------------


def exact_match(*, last_name: str, first_name: str, npi: str) -> Practitioner | None:
    """The one person with this NPI whom one of their names on file, accents and case aside, is exactly."""
    record = Practitioner.objects.filter(npi=npi).first() if npi else None
    if record is None:
        return None
    person = canonical_of(record)
    wanted = (search_key(last_name), search_key(first_name))
    names = PractitionerName.objects.filter(practitioner__in=among([person.pk, record.pk]))
    held = {(search_key(each.last_name), search_key(each.first_name)) for each in names}
    return person if all(wanted) and wanted in held else None


def candidates(request: AffiliationRequest) -> list[Practitioner]:
    """People who are or were on the facility's staff and may be meant: the same NPI, or the same family name
    and the first name or the birth year with it. For the office alone; one query.
    """
    here = AppointmentPeriod.objects.live().filter(facility=request.facility_id, practitioner=OuterRef("pk"))
    alike = PractitionerName.objects.filter(
        practitioner=OuterRef("pk"), last_name__iexact=request.about_last_name
    )
    meant = Q(Exists(alike.filter(first_name__iexact=request.about_first_name)))
    if request.about_birth_year:
        meant |= Q(Exists(alike), birth_date__year=request.about_birth_year)
    if request.about_npi:
        meant |= Q(npi=request.about_npi)
    people = without_aliases(Practitioner.objects.filter(meant).filter(Exists(here)))
    return list(people.order_by("sort_name", "pk")[:MOST_CANDIDATES])


# --- how they stand -------------------------------------------------------------------------------------


def standing_of(request: AffiliationRequest) -> tuple[Standing, list[str]]:
    """What the rule judges, as of the facility's today, and the protected matters in words."""
    on = clock.today(request.facility)
    person = request.practitioner
    if person is None:
        return Standing(on, NOT_FOUND, "", request.has_release), []
    terms = membership_terms(person, request.facility)
    ended = max((each.last_day for each in terms if each.first_day <= on), default=on)
    stops = _stops(person, request.facility, min(on, ended))
    matters = standing_matters(person, request.facility, on)
    by_rule = request.matched_by == system_user()
    return (
        Standing(
            on,
            BY_RULE if by_rule else BY_PERSON,
            "" if by_rule else str(request.matched_by),
            request.has_release,
            tuple(terms),
            tuple(stops),
            len(matters),
        ),
        matters + [f"{each.label} on record." for each in stops if each.protected],
    )


def membership_terms(person: Practitioner, facility: Facility) -> list[Term]:
    """Every term at the facility as known now, and why one ended before its time; one query."""
    rows = (
        AppointmentPeriod.objects.filter(practitioner__in=among([person.pk]), facility=facility)
        .exclude(end_kind=EndKind.MISTAKE)
        .select_related("category", "department")
        .order_by("recorded_at", "pk")
    )
    by_term: dict[int, list[AppointmentPeriod]] = defaultdict(list)
    for row in rows:
        by_term[row.identity_id].append(row)
    found = []
    for statements in by_term.values():
        for row in statements:
            if row.superseded_at is not None:
                continue
            cut = [
                each.end_reason or ""
                for each in statements
                if each.superseded_at is not None and each.valid.upper > row.valid.upper
            ]
            reason = cut[-1] if cut else ""
            found.append(
                Term(
                    row.category.name,
                    row.department.name,
                    row.valid.lower,
                    last_day(row.valid.upper) or row.valid.lower,
                    "" if reason == REPLACED else reason,
                )
            )
    return sorted(found, key=lambda each: each.first_day)


def _stops(person: Practitioner, facility: Facility, day: dt.date) -> list[Stop]:
    """Every suspension, restriction and leave known now, and whether it stood on the day; one query."""
    rows = (
        BarPeriod.objects.live()
        .filter(identity__practitioner__in=among([person.pk]), identity__facility=facility)
        .select_related("identity")
        .order_by("valid", "pk")
    )
    return [
        Stop(
            BarKind(row.identity.kind).label,
            row.identity.kind in PROTECTED_CAUSES,
            row.identity.kind == BarKind.LEAVE,
            covers(row.valid, day),
        )
        for row in rows
    ]


def _own_matters(person: Practitioner, facility: Facility, on: dt.date) -> list[str]:
    """Exclusions, open serious red flags, and what the board refused (not what it only proposes to), at this
    facility.
    """
    records = among([person.pk])
    found = []
    matches = ScreeningMatch.objects.filter(practitioner__in=records).filter(
        Q(status=MatchStatus.CONFIRMED)
        | Q(status=MatchStatus.NEW, match_class=MatchClass.CONFIRMED_CANDIDATE)
    )
    if matches.exists():
        found.append("An exclusion is confirmed, or a strong candidate waits for review.")
    flags = RedFlag.objects.filter(
        application__practitioner__in=records,
        application__facility=facility,
        application__status__in=OPEN_STATUSES,
        status=FlagStatus.OPEN,
        severity=Severity.SERIOUS,
    )
    if flags.exists():
        found.append("A serious red flag of an open application is not disposed of.")
    refused = DecisionLine.objects.filter(
        decision__practitioner__in=records,
        decision__facility=facility,
        decision__kind=DecisionKind.DECISION,
        outcome=LineOutcome.NOT_RECOMMEND,
        proposed=False,
    )
    if refused.exists():
        found.append("The board did not grant something that was asked for.")
    return found


register_standing_matter("credentialing", _own_matters)


def judged(request: AffiliationRequest) -> tuple[Verdict, Standing, list[str]]:
    """The verdict on the standard reply, what it rests on, and the protected matters in words."""
    standing, matters = standing_of(request)
    return judge(standing), standing, matters


# --- the letter -----------------------------------------------------------------------------------------


def letter_content(
    request: AffiliationRequest, standing: Standing, kind: str, *, text: str = "", signed_by: str
) -> dict[str, Any]:
    """What a letter of that kind says, as plain data, but for its date; empty for a reply without a letter.

    It holds the general class alone: the rule's reasons never enter it.
    """
    if kind == AffiliationReplyKind.DECLINE or request.practitioner is None:
        return {}
    facility, name = request.facility, name_in_letters(request.practitioner)
    definition = terms_of(facility, standing.on)[2]
    lines = (request.asker_name, request.asker_title, request.asker_organization)
    return {
        "title": f"Affiliation of {name}"[:200],
        "facility": {"name": facility.name, "city": facility.city, "phone": facility.office_phone},
        "practitioner": {"name": name, "npi": ""},
        "to": [line for line in lines if line],
        "reference": request.reference,
        "asked_on": said_day(clock.date_at(request.received_at, facility)),
        "on_behalf": f"the medical staff of {facility.name}",
        "signed_by": signed_by,
        "spans": [] if kind == AffiliationReplyKind.OWN else spans(standing.terms, standing.on),
        **words_of(
            kind,
            name=name,
            facility=facility.name,
            former=standing.in_force is None,
            definition=definition,
            text=text,
        ),
    }


# --- replies and lists ----------------------------------------------------------------------------------


def replies_of(request: AffiliationRequest) -> list[AffiliationReply]:
    """Every reply decided on, taken back ones too, the newest first; one query."""
    return list(request.replies.select_related("decided_by", "letter").order_by("-decided_at", "-id"))


def about_person(
    requests: QuerySet[AffiliationRequest], person: Practitioner
) -> QuerySet[AffiliationRequest]:
    """Requests about one person, on whichever of their records, the newest first."""
    return requests.filter(practitioner__in=among([person.pk])).order_by("-received_at", "-pk")


def verify_releases() -> Iterator[Problem]:
    """Requests whose release is not what arrived; for the check over all evidence."""
    rows = AffiliationRequest.objects.exclude(release_sha256="").order_by("pk")
    for request in rows.iterator(chunk_size=500):
        name = f"The release of affiliation request {request.reference}"
        try:
            stored = store.stored_bytes(request.release_sha256)
        except store.Missing:
            yield Problem("content_missing", f"{name} has lost its content: the store has no such file.")
            continue
        if bytes_digest(stored) != request.release_sha256:
            yield Problem("content_changed", f"{name} has a changed content: the stored file is another.")


register_check("affiliation-releases", verify_releases)
