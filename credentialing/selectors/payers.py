"""Payers, who stands on their roster on a day, and what changed since they were told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from bylaws.models import AppointmentPeriod
from config.accounts.policies import facilities_with
from config.kernel.periods import days, last_day
from credentialing.models import DelegationAgreementPeriod, Payer, PayerEnrolmentPeriod, RosterFile
from credentialing.rules.payer_rosters import BLANK, Changes, Ending, Line, compare
from practitioners.choices import NameKind, Standing
from practitioners.models import (
    CredentialPeriod,
    Practitioner,
    PractitionerAliasPeriod,
    PractitionerName,
    PractitionerTaxonomy,
)
from practitioners.models import PracticeAffiliationPeriod as Place
from practitioners.selectors.canonical import among, own_records, person_id, with_canonical

READ, MANAGE = "practitioners.export", "credentialing.manage_application"
ENROLMENT_ENDED, MEMBERSHIP_ENDED = "Enrollment ended", "Membership ended"
LICENCE, BOARD = "LICENSE", "BOARD_CERT"
_NAME = ("last_name", "first_name", "middle_name", "suffix")


def visible_payers(viewer) -> QuerySet[Payer]:
    """Payers of the facilities whose rosters the person may export."""
    return Payer.objects.filter(facility_id__in=facilities_with(viewer, READ)).select_related("facility")


def payers_for_list(viewer, facility, on: dt.date) -> QuerySet[Payer]:
    """The payers of a facility with how many are enrolled on the day, through when they were told, and
    whether an agreement to delegate is in force.
    """
    return (
        visible_payers(viewer)
        .filter(facility=facility)
        .annotate(
            enrolled=Count(
                "enrolments__periods",
                filter=Q(
                    enrolments__periods__superseded_at__isnull=True, enrolments__periods__valid__contains=on
                ),
                distinct=True,
            ),
            told=Max("files__on_day"),
            agreed=Exists(
                DelegationAgreementPeriod.objects.in_force(on).filter(identity__payer=OuterRef("pk"))
            ),
        )
    )


def visible_files(viewer) -> QuerySet[RosterFile]:
    """Files made for these payers, without what is in them."""
    return (
        RosterFile.objects.filter(payer__facility_id__in=facilities_with(viewer, READ))
        .select_related("payer__facility", "made_by", "sent_recorded_by")
        .defer("content", "roster")
    )


def enrolments(payer: Payer, viewer) -> QuerySet[PayerEnrolmentPeriod]:
    """Everybody who is or was enrolled, but the viewer: what is known now."""
    return (
        PayerEnrolmentPeriod.objects.live()
        .filter(identity__payer=payer)
        .exclude(identity__practitioner_id__in=own_records(viewer))
        .select_related("identity__practitioner", "identity__payer__facility")
        .annotate(starts=F("valid__startswith"), ends=F("valid__endswith"))
    )


def as_persons(rows: Sequence[PayerEnrolmentPeriod]) -> None:
    """Let enrolments of merged records speak of the record that stands for the person; one query."""
    with_canonical([row.identity for row in rows])


def standing_with(payer: Payer, ids: Sequence[int], *, from_day: dt.date) -> tuple[set[int], set[int]]:
    """Of these people those who are members of the payer's facility on the day or later, and those enrolled
    with the payer then, under any of their records; two queries.
    """
    on, records = days(from_day, None), among(ids)
    members = AppointmentPeriod.objects.live().filter(
        facility=payer.facility, practitioner__in=records, valid__overlap=on
    )
    enrolled = PayerEnrolmentPeriod.objects.live().filter(
        identity__payer=payer, identity__practitioner__in=records, valid__overlap=on
    )
    return _persons(members), _persons(enrolled, "identity__practitioner_id")


def _persons(rows: QuerySet, path: str = "practitioner_id") -> set[int]:
    return set(rows.annotate(person=person_id(path)).values_list("person", flat=True))


def enrolments_of(viewer, practitioner: Practitioner) -> QuerySet[PayerEnrolmentPeriod]:
    """With whom a person is or was enrolled at the viewer's facilities, by payer; one query."""
    return (
        PayerEnrolmentPeriod.objects.live()
        .filter(
            identity__practitioner__in=among([practitioner.pk]),
            identity__payer__facility_id__in=facilities_with(viewer, READ),
        )
        .select_related("identity__payer__facility")
        .order_by("identity__payer__name", "-valid")
    )


def members_without(payer: Payer, viewer, on: dt.date) -> QuerySet[AppointmentPeriod]:
    """Members on the day who are not enrolled with the payer, on it or later, under any of their records."""
    enrolled = (
        PayerEnrolmentPeriod.objects.live()
        .filter(Q(valid__endswith__isnull=True) | Q(valid__endswith__gt=on), identity__payer=payer)
        .annotate(person=person_id("identity__practitioner_id"))
    )
    return (
        AppointmentPeriod.objects.in_force(on)
        .annotate(person=person_id())
        .exclude(person__in=enrolled.values("person"))
        .filter(facility=payer.facility)
        .exclude(practitioner_id__in=own_records(viewer))
        .select_related("practitioner", "department", "category")
    )


# --- the roster of a day ----------------------------------------------------------------------------------


def roster(payer: Payer, on: dt.date) -> dict[str, Line]:
    """Who stands on the payer's roster on the day, by uid and in the order of their names; seven queries.

    Enrolled with the payer and a member of the facility's staff: who is no member any more is not on it,
    whoever forgot to end the enrolment. Names and specialties are those of today, all else is of the day.
    Of somebody with several records whatever any of them says counts, once, under the record that stands.
    """
    rows = {
        row.person: row
        for row in PayerEnrolmentPeriod.objects.in_force(on)
        .filter(identity__payer=payer)
        .annotate(person=person_id("identity__practitioner_id"))
        .order_by(F("valid__startswith").desc(nulls_last=True), "-pk")  # of two enrolments the older stands
    }
    terms = _terms(payer, rows, on)
    ids = [pk for pk in rows if pk in terms]
    people = Practitioner.every.in_bulk(ids)
    names, specialties = _names(ids), specialties_of(ids)
    credentials, places = _credentials(ids, on, payer.facility.state), _places(ids, on)
    found: dict[str, Line] = {}
    for person in sorted(people.values(), key=lambda each: (each.sort_name, each.pk)):
        row = rows[person.pk]
        found[str(person.uid)] = {
            **BLANK,
            "sorted_by": person.sort_name,
            "person": person.display_name,
            "npi": person.npi or "",
            "degree": person.provider_type,
            "facility": payer.facility.name,
            "payer_number": row.payer_number,
            "effective": _iso(max(filter(None, (row.valid.lower, terms[person.pk].valid.lower)))),
            "term_date": _iso(row.end),
            **_of_term(terms[person.pk]),
            **names.get(person.pk, {}),
            **specialties.get(person.pk, {}),
            **credentials.get(person.pk, {}),
            **places.get(person.pk, {}),
        }
    return found


def enrolled_in(payer: Payer, span: DateRange) -> list[Any]:
    """Enrolments that touch these days as known now, each with the id of its ``person``; one query."""
    rows = PayerEnrolmentPeriod.objects.live().filter(identity__payer=payer, valid__overlap=span)
    return list(rows.annotate(person=person_id("identity__practitioner_id")).order_by("valid", "pk"))


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _terms(payer: Payer, ids: Iterable[int], on: dt.date) -> dict[int, AppointmentPeriod]:
    rows = (
        AppointmentPeriod.objects.in_force(on)
        .filter(facility=payer.facility, practitioner__in=among(ids))
        .annotate(person=person_id())
        .select_related("department", "category")
    )
    return {row.person: row for row in rows}


def _of_term(term: AppointmentPeriod) -> dict[str, str]:
    return {
        "department": term.department.name,
        "category": term.category.name,
        "appointed_from": _iso(term.valid.lower),
        "appointed_through": _iso(term.end),
        "committee_date": _iso(term.decided_on),
    }


def _names(ids: Iterable[int]) -> dict[int, dict[str, str]]:
    rows = PractitionerName.objects.filter(practitioner__in=ids, kind=NameKind.LEGAL)
    return {row.practitioner_id: {each: getattr(row, each) for each in _NAME} for row in rows}


def specialties_of(ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """The primary specialty and its taxonomy code of each person, as they are today; one query."""
    rows = PractitionerTaxonomy.objects.filter(practitioner__in=ids, primary=True).select_related("taxonomy")
    return {
        row.practitioner_id: {"specialty": str(row.taxonomy), "taxonomy": row.taxonomy_id} for row in rows
    }


def _credentials(ids: Iterable[int], on: dt.date, state: str) -> dict[int, dict[str, str]]:
    """Of each the licence and the board certification in force: a licence of the facility's state before
    others, confirmed before claimed, and of several the one that runs longest.
    """
    rows = (
        CredentialPeriod.objects.in_force(on)
        .filter(identity__practitioner__in=among(ids), identity__credential_type__code__in=(LICENCE, BOARD))
        .annotate(person=person_id("identity__practitioner_id"))
        .select_related("identity__credential_type")
    )
    best: dict[tuple[int, str], CredentialPeriod] = {}

    def rank(row: CredentialPeriod) -> tuple[Any, ...]:
        ends = row.valid.upper or dt.date.max
        return row.identity.state == state, row.standing == Standing.CONFIRMED, ends, -row.pk

    for row in rows:
        key = row.person, row.identity.credential_type.code
        if key not in best or rank(row) > rank(best[key]):
            best[key] = row
    found: dict[int, dict[str, str]] = {}
    for (pk, code), row in best.items():
        found.setdefault(pk, {}).update(_of_licence(row) if code == LICENCE else _of_board(row))
    return found


def _of_licence(row: CredentialPeriod) -> dict[str, str]:
    return {
        "licence_state": row.identity.state,
        "licence_number": row.identity.number,
        "licence_ends": _iso(row.end),
    }


def _of_board(row: CredentialPeriod) -> dict[str, str]:
    return {
        "board": row.identity.issuer,
        "board_specialty": str(row.extra.get("specialty", "")),
        "board_ends": _iso(row.end),
    }


def _places(ids: Iterable[int], on: dt.date) -> dict[int, dict[str, str]]:
    """The main office of each on the day, else the first by name."""
    rows = (
        Place.objects.in_force(on)
        .filter(identity__practitioner__in=among(ids))
        .annotate(person=person_id("identity__practitioner_id"))
        .select_related("identity__location__group")
        .order_by("main", "-identity__location__group__name", "-pk")
    )
    found = {}
    for row in rows:  # the last one read stands: the main one
        place = row.identity.location
        found[row.person] = {
            "group": place.group.name,
            "group_npi": place.group.npi,
            "tax_id": place.group.tax_id,
            "address": place.line_1,
            "address_2": place.line_2,
            "city": place.city,
            "state": place.state,
            "postal_code": place.postal_code,
            "phone": place.phone,
        }
    return found


# --- adds and terms ---------------------------------------------------------------------------------------


def told_on(payer: Payer, day: dt.date) -> Mapping[str, Line] | None:
    """What the payer was told of that day, where a file of it was kept; the newest of several. Two queries.

    Told of a record that was merged since, it was told of the person.
    """
    rows = RosterFile.objects.filter(payer=payer, on_day=day).order_by("-made_at", "-pk")
    kept = rows.values_list("roster", flat=True).first()
    if kept is None:
        return None
    told = {line["uid"]: line for line in kept}
    merged = PractitionerAliasPeriod.objects.live().filter(practitioner__uid__in=list(told))
    for record, person in merged.values_list("practitioner__uid", "canonical__uid"):
        line = told.pop(str(record))
        told.setdefault(str(person), line)
    return told


def last_told(payer: Payer) -> dt.date | None:
    """Through which day the payer was told last."""
    return RosterFile.objects.filter(payer=payer).aggregate(day=Max("on_day"))["day"]


def changes(payer: Payer, *, since: dt.date, on: dt.date) -> tuple[Changes, dict[str, Line]]:
    """Adds, changes and terms from the roster of ``since`` to that of ``on``, and the roster of ``on``.

    Told against the file that was kept of ``since``, so that what was recorded only later is told as well;
    where none was kept, against the roster of that day as it is known now. Eighteen queries.
    """
    told = told_on(payer, since)
    before = roster(payer, since) if told is None else told
    after = roster(payer, on)
    return compare(before, after, _endings(payer, [uid for uid in before if uid not in after], on)), after


def _endings(payer: Payer, uids: Sequence[str], on: dt.date) -> dict[str, Ending]:
    """When and why each of these left the roster; what ended first is the reason."""
    people = dict(Practitioner.every.filter(uid__in=uids).values_list("pk", "uid")) if uids else {}
    records = among(people)
    enrolled = (
        PayerEnrolmentPeriod.objects.live()
        .filter(identity__payer=payer, identity__practitioner__in=records, valid__startswith__lte=on)
        .annotate(person=person_id("identity__practitioner_id"))
        .order_by("valid")
        .values_list("person", "valid")
    )
    terms = (
        AppointmentPeriod.objects.live()
        .filter(facility=payer.facility, practitioner__in=records, valid__startswith__lte=on)
        .annotate(person=person_id())
        .order_by("valid")
        .values_list("person", "valid")
    )
    last_enrolled = {pk: last_day(valid.upper) for pk, valid in enrolled} if people else {}
    last_member = {pk: last_day(valid.upper) for pk, valid in terms} if people else {}
    found = {}
    for pk, uid in people.items():
        enrolment, membership = last_enrolled.get(pk), last_member.get(pk)
        if membership is not None and membership < on and (enrolment is None or membership <= enrolment):
            found[str(uid)] = Ending(membership, MEMBERSHIP_ENDED)
        else:
            found[str(uid)] = Ending(enrolment, ENROLMENT_ENDED)
    return found
