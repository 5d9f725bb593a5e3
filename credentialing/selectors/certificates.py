"""What a month's exclusion screening was, counted from what is on file; and the certificates of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from bylaws.models import AppointmentPeriod
from config.accounts.policies import facilities_with
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.dates import ONE_DAY, add_months, month_first
from config.kernel.display.dates import long_day
from config.organization.models import Facility
from credentialing.choices import ClearReason, MatchClass, MatchStatus
from credentialing.models import (
    ExclusionList,
    ListSnapshot,
    ScreeningCertificate,
    ScreeningMatch,
    ScreeningRun,
    StaffScreening,
)
from credentialing.rules.screening_certificate import differences, hash_of
from credentialing.selectors.screening import AT_ONCE, unnested
from credentialing.selectors.staff_screening import runs_begun
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, own_records, persons

#: The verb under which a certificate's hash stands in the audit as well.
CERTIFIED = "screening.certified"
#: Lists everybody in the country is screened against, by their code here.
FEDERAL = {
    "leie": "OIG List of Excluded Individuals and Entities",
    "sam": "SAM.gov exclusions",
}
#: Of people who were not screened, so many are named; the number says how many there are.
NAMED = 200


def visible_certificates(viewer) -> QuerySet[ScreeningCertificate]:
    """Certificates where the person screens, superseded ones too, the newest month first."""
    return ScreeningCertificate.objects.filter(
        facility_id__in=facilities_with(viewer, "credentialing.screen")
    ).select_related("facility", "issued_by", "superseded_by", "supersedes")


def tells_of(viewer, certificate: ScreeningCertificate) -> set[str]:
    """Uids of the viewer's own records of which the certificate tells a match: nobody reads that here."""
    people = {line["person"] for line in certificate.content["matches"]["lines"]}
    own = Practitioner.objects.filter(pk__in=own_records(viewer)).values_list("uid", flat=True)
    return people & {str(uid) for uid in own}


def months_to_certify(facility: Facility | None, *, back: int = 12) -> list[dt.date]:
    """First days of the months that are over, the newest first."""
    first = month_first(clock.today(facility))
    return [add_months(first, -number) for number in range(1, back + 1)]


def uncertified_months(facility: Facility) -> list[dt.date]:
    """First days of the months that are over and have no certificate, the oldest first: of the last twelve,
    those since the first one that was certified; where none ever was, the last month alone, once a list was
    there to be screened against. Two queries.
    """
    first = ListSnapshot.objects.order_by("loaded_at").values_list("loaded_at", flat=True).first()
    if first is None:
        return []
    over = [
        month
        for month in reversed(months_to_certify(facility))
        if month >= month_first(clock.date_at(first, facility))
    ]
    certified = set(ScreeningCertificate.objects.filter(facility=facility).values_list("month", flat=True))
    if not certified:
        return over[-1:]
    return [month for month in over if month > min(certified) and month not in certified]


def certificate_of(viewer, facility: Facility, month: dt.date) -> ScreeningCertificate | None:
    """The certificate of the month that counts, if the person may see it."""
    return visible_certificates(viewer).filter(facility=facility, month=month).order_by("-version").first()


def lists_not_covered(facility: Facility, lists: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Lists with which nobody was compared in the month, and why: in use and not met, or not set up at all.

    ``lists`` is what :func:`month_of_screening` counted. One query.
    """
    there = {each["list"]: each for each in lists}
    in_use = list(ExclusionList.objects.filter(active=True))
    told = [
        {
            "title": each.title or each.name,
            "why": "Nobody was compared with it in this month."
            if each.code in there
            else "No load of it was on file in this month.",
        }
        for each in in_use
        if not there.get(each.code, {}).get("screened")
    ]
    codes, states = {each.code for each in in_use}, {each.state for each in in_use}
    missing = [title for code, title in FEDERAL.items() if code not in codes]
    if facility.state and facility.state not in states:
        missing.append(f"Medicaid exclusion list of {facility.state}")
    return told + [{"title": title, "why": "It is not in use here."} for title in missing]


def in_words(content: dict[str, Any]) -> dict[str, Any]:
    """What a certificate says, its days as people write them: ``March 4, 2026``."""
    return {
        **content,
        "through": _written(content["through"]),
        "not_covered": content.get("not_covered", []),
        "runs": [{**each, "ended_on": _written(each["ended_at"])} for each in content.get("runs", [])],
        "version": content.get("version", 1),
        "corrects": content.get("corrects"),
        "lists": [
            {
                **each,
                "loads": [
                    {
                        **load,
                        "loaded_on": _written(load["loaded_at"]),
                        "data_date": _written(load["data_date"]),
                    }
                    for load in each["loads"]
                ],
            }
            for each in content["lists"]
        ],
        "matches": {
            **content["matches"],
            "lines": [
                {**line, "found_on": _written(line["found_on"])} for line in content["matches"]["lines"]
            ],
        },
    }


def _written(iso: str | None) -> str | None:
    """A day, or the day of a moment, as people write it."""
    return long_day(dt.date.fromisoformat(iso[:10])) if iso else None


def month_of_screening(facility: Facility, month: dt.date, *, at: dt.datetime) -> dict[str, Any]:
    """What was screened at the facility in the month that begins with ``month``, as known at ``at``: its
    members on the last day, and per list the loads they met, how many people under how many names, how often
    a name met a row, and who was left out. Six queries for any number of people.

    Everything is counted from rows that are added and never changed, so counting again gives the same.
    """
    begins, until = _moment(facility, month), _moment(facility, add_months(month, 1))
    last = min(add_months(month, 1) - ONE_DAY, clock.date_at(at, facility))
    held = AppointmentPeriod.objects.in_force(last, at).filter(facility=facility)
    members = set(persons(held.values_list("practitioner_id", flat=True), at).values())
    loads = {
        load.pk: load
        for load in ListSnapshot.objects.filter(loaded_at__lt=until, loaded_at__lte=at)
        .select_related("exclusion_list")
        .order_by("exclusion_list__state", "exclusion_list__code", "number")
    }
    runs = ScreeningRun.objects.filter(
        practitioner_id__in=unnested(members),
        screened_at__gte=begins,
        screened_at__lt=until,
        screened_at__lte=at,
    ).order_by("screened_at", "pk")
    # Screened twice against one load in a month: the last time counts.
    names: dict[int, dict[int, int]] = {}
    for load, person, said in runs.values_list("snapshot_id", "practitioner_id", "names").iterator(
        chunk_size=AT_ONCE
    ):
        names.setdefault(load, {})[person] = len(said)
    by_list: dict[str, list[ListSnapshot]] = {}
    for each in loads.values():
        by_list.setdefault(each.exclusion_list.code, []).append(each)
    return {
        "members": len(members),
        "through": last,
        "lists": [
            _list(code, [one for one in of_list if one.pk in names], of_list[-1], names, members)
            for code, of_list in by_list.items()
            if of_list[-1].exclusion_list.active or any(one.pk in names for one in of_list)
        ],
    }


def runs_of_month(facility: Facility, month: dt.date, *, at: dt.datetime) -> list[StaffScreening]:
    """Screenings of the whole staff that began in the month, as known at ``at``, the newest first."""
    return runs_begun(_moment(facility, month), _moment(facility, add_months(month, 1)), at=at)


def _list(
    code: str,
    met: list[ListSnapshot],
    newest: ListSnapshot,
    names: dict[int, dict[int, int]],
    members: Collection[int],
) -> dict[str, Any]:
    screened = {person for load in met for person in names[load.pk]}
    missing = set(members) - screened
    told = Practitioner.objects.filter(pk__in=unnested(sorted(missing))).order_by("sort_name", "pk")
    return {
        "list": code,
        "title": newest.exclusion_list.title,
        "screened": len(screened),
        "missing": len(missing),
        "not_screened": list(told.values_list("display_name", flat=True)[:NAMED]) if missing else [],
        "names": sum(max(names[load.pk].get(person, 0) for load in met) for person in screened),
        "comparisons": sum(sum(names[load.pk].values()) * load.row_count for load in met),
        "loads": [
            {
                "load": load.number,
                "file": load.file_name,
                "sha256": load.sha256,
                "data_date": load.data_date,
                "loaded_at": load.loaded_at,
                "rows": load.row_count,
                "rejected": load.rejected,
                "people": len(names[load.pk]),
                "names": sum(names[load.pk].values()),
            }
            for load in met
        ],
    }


def dispositions_of_month(facility: Facility, month: dt.date, *, at: dt.datetime) -> dict[str, Any]:
    """What was found of the facility's people, stood on a list in the month, and came of it by ``at``.

    Rows noted for information are counted; of every match it says what the row is, who decided what, and
    after how many days. Four queries.
    """
    begins, until = _moment(facility, month), _moment(facility, add_months(month, 1))
    last = min(add_months(month, 1) - ONE_DAY, clock.date_at(at, facility))
    held = AppointmentPeriod.objects.in_force(last, at).filter(facility=facility)
    people = set(persons(held.values_list("practitioner_id", flat=True), at).values())
    rows = ScreeningMatch.objects.filter(
        Q(row__removed_in__isnull=True) | Q(row__removed_in__loaded_at__gte=begins),
        practitioner_id__in=among(people),
        row__added_in__loaded_at__lt=until,
        row__added_in__loaded_at__lte=at,
    )
    found = (
        rows.exclude(match_class=MatchClass.WEAK, taken_up=False)
        .select_related(
            "practitioner", "row__exclusion_list", "row__added_in", "run", "reviewed_by", "proposed_by"
        )
        .order_by("practitioner__sort_name", "pk")
    )
    lines = [_line(match, facility, at) for match in found]
    return {
        "weak": _noted(people, begins, until, at),
        "waiting": sum(line["status"] == MatchStatus.NEW for line in lines),
        "cleared": sum(line["status"] == MatchStatus.CLEARED for line in lines),
        "confirmed": sum(line["status"] == MatchStatus.CONFIRMED for line in lines),
        "lines": lines,
    }


def _noted(people: Iterable[int], begins: dt.datetime, until: dt.datetime, at: dt.datetime) -> int:
    """How many rows the last screening of each person against each list in this time noted for information;
    one query.
    """
    runs = ScreeningRun.objects.filter(
        practitioner_id__in=unnested(people),
        screened_at__gte=begins,
        screened_at__lt=until,
        screened_at__lte=at,
    ).order_by("screened_at", "pk")
    last = {
        (of_list, person): count
        for of_list, person, count in runs.values_list(
            "snapshot__exclusion_list_id", "practitioner_id", "weak__len"
        ).iterator(chunk_size=AT_ONCE)
    }
    return sum(last.values())


def _line(match: ScreeningMatch, facility: Facility, at: dt.datetime) -> dict[str, Any]:
    found_on = clock.date_at(match.found_at, facility)
    decided_on = clock.date_at(match.reviewed_at, facility) if match.reviewed_at else None
    deciders = [str(who) for who in dict.fromkeys((match.proposed_by, match.reviewed_by)) if who]
    return {
        "match": match.uid,
        "person": match.practitioner.uid,
        "practitioner": match.practitioner.display_name,
        "list": match.row.exclusion_list.code,
        "row": match.row.row_key,
        "class": str(match.match_class),
        "class_words": MatchClass(match.match_class).label,
        "status": str(match.status),
        "status_words": MatchStatus(match.status).label,
        "reason": ClearReason(match.clear_reason).label if match.clear_reason else "",
        "by": deciders if match.reviewed_at else [],
        "found_on": found_on,
        "decided_on": decided_on,
        "days": max(0, ((decided_on or clock.date_at(at, facility)) - found_on).days),
    }


def check_certificate(certificate: ScreeningCertificate) -> list[str]:
    """Sentences about everything in which the certificate is not what it was or what is on file; empty: it
    proves itself. Its hash is made again, compared with the one in the audit, and everything counted again.
    """
    told = []
    if hash_of(certificate.content) != certificate.sha256:
        told.append("Its content was changed after it was issued: the hash is another.")
    events = AuditEvent.objects.filter(subject_uid=certificate.uid, verb=CERTIFIED)
    if certificate.sha256 not in [event.data.get("sha256") for event in events]:
        told.append("The audit does not know its hash.")
    counted = month_of_screening(certificate.facility, certificate.month, at=certificate.issued_at)
    told += differences(certificate.content, counted)
    lines = certificate.content["matches"]["lines"]
    there = set(
        ScreeningMatch.objects.filter(uid__in=[line["match"] for line in lines]).values_list("uid", flat=True)
    )
    gone = sum(line["match"] not in {str(uid) for uid in there} for line in lines)
    if gone:
        told.append(f"{gone} of the matches it tells of are not on file.")
    totals = certificate.content["matches"]
    for status in MatchStatus:
        name = "waiting" if status == MatchStatus.NEW else str(status)
        if totals[name] != sum(line["status"] == status for line in lines):
            told.append(f"It does not add up: {totals[name]} matches are said to be “{status.label}”.")
    return told


def _moment(facility: Facility, day: dt.date) -> dt.datetime:
    """The beginning of the day at the facility."""
    return dt.datetime.combine(day, dt.time(), tzinfo=ZoneInfo(facility.time_zone))
