"""Offices of the medical staff on record: who holds them, who did, whose terms end, what is vacant."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from bylaws.choices import StaffOffice
from bylaws.models import AppointmentPeriod, OfficerTermPeriod
from bylaws.parameters import (
    OFFICE_CATEGORIES,
    OFFICER_NOTICE_DAYS,
    OFFICER_TERM,
    OFFICER_TERMS_IN_A_ROW,
    bind,
    bind_many,
)
from bylaws.rules.terms_in_a_row import in_a_row
from config.accounts.choices import Role
from config.accounts.models import RoleAssignmentPeriod
from config.kernel.dates import ONE_DAY, add_months
from config.kernel.periods import covers
from config.organization.models import Facility
from config.rulebook.selectors.parameters import Bound
from practitioners.models import Practitioner
from practitioners.selectors.canonical import person_id, persons, with_canonical, without_aliases

#: The office whose holder acts alone on files, by the role an account holds.
PRESIDENT = StaffOffice.PRESIDENT


@dataclass(frozen=True)
class Held:
    """One term in an office. ``number``: how many terms in a row it is, of the same person and office."""

    period: OfficerTermPeriod
    practitioner: Practitioner
    number: int

    @property
    def ends(self) -> dt.date:
        """The last day of the term."""
        return self.period.valid.upper - ONE_DAY


@dataclass
class OfficeCard:
    """An office with who holds it. ``notes`` are what somebody has to see to, in sentences."""

    office: StaffOffice
    holder: Held | None = None
    ahead: list[Held] = field(default_factory=list)
    past: list[Held] = field(default_factory=list)
    ends_soon: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def on_record(self) -> bool:
        """Whether anybody ever held it, or is to."""
        return bool(self.holder or self.ahead or self.past)

    @property
    def vacant(self) -> bool:
        """Whether it was held and is not; an office that never was is none the hospital misses."""
        return self.holder is None and bool(self.past)


def terms_of(facility: Facility) -> QuerySet[OfficerTermPeriod]:
    """Every term in an office of the facility, the newest first."""
    return (
        OfficerTermPeriod.objects.live()
        .filter(facility=facility)
        .select_related("identity__practitioner__user", "facility")
        .order_by("-valid", "pk")
    )


def office_cards(facility: Facility, on: dt.date) -> list[OfficeCard]:
    """The offices in their order, with their holders of any time; at most four queries."""
    rows = list(terms_of(facility))
    identities = [row.identity for row in rows]
    with_canonical(identities)
    spans: dict[tuple[int, str], list] = {}
    for row in rows:
        key = (row.identity.practitioner.pk, row.office)
        spans.setdefault(key, []).append((row.valid.lower, row.valid.upper))
    cards = {office: OfficeCard(StaffOffice(office)) for office in StaffOffice.values}
    for row in rows:
        person = row.identity.practitioner
        held = Held(row, person, in_a_row(spans[person.pk, row.office], row.valid.lower))
        card = cards[row.office]
        if covers(row.valid, on):
            card.holder = held
        elif row.valid.lower > on:
            card.ahead.insert(0, held)
        else:
            card.past.append(held)
    notice = bind(OFFICER_NOTICE_DAYS.code, facility=facility, on=on) if rows else None
    for card in cards.values():
        card.ends_soon = _ends_soon(card, on, notice)
    president = cards[PRESIDENT].holder
    if president is not None:
        cards[PRESIDENT].notes += _account_notes(president, facility, on)
    return list(cards.values())


def _ends_soon(card: OfficeCard, on: dt.date, notice: Bound | None) -> bool:
    """Whether the term ends within the days of the parameter and nobody is chosen for the day after."""
    if card.holder is None or notice is None or not notice.is_set:
        return False
    after = card.holder.period.valid.upper
    follows = any(each.period.valid.lower <= after for each in card.ahead)
    return not follows and (after - ONE_DAY - on).days <= int(notice.value)


def _account_notes(holder: Held, facility: Facility, on: dt.date) -> list[str]:
    """Whether the president of record can act here: by an account, and by its role; one query."""
    role = Role(Role.MEDICAL_STAFF_PRESIDENT).label
    with_role = set(
        RoleAssignmentPeriod.objects.in_force(on)
        .filter(
            identity__facility=facility,
            identity__role=Role.MEDICAL_STAFF_PRESIDENT,
            identity__user__is_active=True,
        )
        .values_list("identity__user_id", flat=True)
    )
    user = holder.practitioner.user_id
    notes = []
    if user is None:
        notes.append(
            f"No account is linked to {holder.practitioner}: the president acts on no file here until an "
            "administrator links one."
        )
    elif user not in with_role:
        notes.append(
            f"The account of {holder.practitioner} has not the role {role}; an administrator gives it."
        )
    if with_role - {user}:
        notes.append(
            f"Another account has the role {role} still. It acts on no file while this term runs; an "
            "administrator ends the role."
        )
    return notes


def offices_to_fill(facility: Facility, on: dt.date) -> list[OfficeCard]:
    """Offices that are vacant, then those whose term ends soon without a successor; three queries."""
    cards = office_cards(facility, on)
    soon = sorted(
        (card for card in cards if card.ends_soon and card.holder is not None),
        key=lambda card: card.holder.ends if card.holder else on,
    )
    return [card for card in cards if card.vacant] + soon


def categories_for_office(facility: Facility, on: dt.date) -> list[str]:
    """Codes of the categories whose members may hold office on the day; one query."""
    return list(bind(OFFICE_CATEGORIES.code, facility=facility, on=on).value or ())


def members_to_hold_office(facility: Facility, on: dt.date) -> QuerySet[Practitioner]:
    """Members by name whose category may hold office on the day."""
    members = AppointmentPeriod.objects.in_force(on).filter(
        facility=facility, category__code__in=categories_for_office(facility, on)
    )
    return without_aliases(
        Practitioner.objects.filter(pk__in=members.values("practitioner_id")).order_by("sort_name", "pk")
    )


def members_ever(facility: Facility) -> QuerySet[Practitioner]:
    """Everybody by name who ever was appointed here, or is to be, of any category: terms of the past are
    recorded too, and whether a category may hold office is asked of the days of the term.
    """
    rows = AppointmentPeriod.objects.live().filter(facility=facility).annotate(person=person_id())
    return Practitioner.objects.filter(pk__in=rows.values("person")).order_by("sort_name", "pk")


def term_problems(
    facility: Facility, office: str, practitioner: Practitioner, start: dt.date, after: dt.date
) -> list[str]:
    """Which limits of the bylaws a term from ``start`` to before ``after`` would not keep, in sentences;
    three queries.
    """
    bound = bind_many(
        [OFFICER_TERM.code, OFFICER_TERMS_IN_A_ROW.code], facility=facility, on=start, subject=office
    )
    length, row = bound[OFFICER_TERM.code], bound[OFFICER_TERMS_IN_A_ROW.code]
    found = []
    if length.is_set and after > add_months(start, int(length.value)):
        found.append(f"The term is longer than {length.value} months ({length.citation}).")
    if row.is_set:
        rows = list(
            OfficerTermPeriod.objects.live()
            .filter(facility=facility, office=office)
            .values_list("identity__practitioner_id", "valid")
        )
        whose = persons({record for record, _ in rows} | {practitioner.pk})
        mine = whose[practitioner.pk]
        spans = [(valid.lower, valid.upper) for record, valid in rows if whose[record] == mine]
        number = in_a_row([*spans, (start, after)], start)
        if number > int(row.value):
            found.append(f"It is term {number} in a row; {row.value} are allowed ({row.citation}).")
    return found


def presidents_of_record(days: dict[int, dt.date]) -> dict[int, int | None]:
    """By facility the id of the account of whom the records call its president on its day (None: of whom no
    account is linked); facilities without one on record are left out. One query, two where records were
    merged, none without a facility.
    """
    if not days:
        return {}
    around = sorted(days.values())
    rows = [
        row
        for row in OfficerTermPeriod.objects.live()
        .filter(
            facility__in=list(days),
            office=PRESIDENT,
            valid__overlap=DateRange(around[0], around[-1], "[]"),
        )
        .select_related("identity__practitioner")
        if covers(row.valid, days[row.facility_id])
    ]
    if not rows:
        return {}
    with_canonical([row.identity for row in rows])
    return {row.facility_id: row.identity.practitioner.user_id for row in rows}
