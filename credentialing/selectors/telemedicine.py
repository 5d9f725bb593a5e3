"""Agreements with distant sites, whom a site lists, and whether somebody may be granted by proxy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from config.accounts.policies import facilities_with
from config.kernel.display.dates import day_text
from config.kernel.periods import covers, days, last_day
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve
from config.rulebook.verdicts import Outcome, Verdict
from credentialing import parameters
from credentialing.holders import holders
from credentialing.models import (
    Application,
    DistantSite,
    DistantSiteList,
    ListedPractitionerPeriod,
    ProxyAgreement,
    ProxyAgreementPeriod,
)
from credentialing.rules.telemedicine import Clause, clauses_of, lacking, licensed_in
from credentialing.selectors.emergencies import GRANTED
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among, own_records, person_id

READ, MANAGE = "credentialing.view", "credentialing.manage_application"
CODE, TITLE = "CR-PROXY", "The distant site's agreement and list"
CITATION = "42 CFR 482.12(a)(8)-(9), 482.22(a)(3)-(4)"


# --- agreements -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Agreed:
    """An agreement with what it says over all days, and the newest list of its site."""

    agreement: ProxyAgreement
    today: dt.date
    rows: Sequence[ProxyAgreementPeriod]
    newest_list: DistantSiteList | None

    @property
    def period(self) -> ProxyAgreementPeriod | None:
        """What holds today, else what is still to come, else what held last."""
        now = next((row for row in self.rows if covers(row.valid, self.today)), None)
        ahead = next((row for row in self.rows if row.start and row.start > self.today), None)
        return now or ahead or (self.rows[-1] if self.rows else None)

    @property
    def in_force(self) -> bool:
        """Whether it holds today."""
        return any(covers(row.valid, self.today) for row in self.rows)

    @property
    def ends_on(self) -> dt.date | None:
        """The last day of what holds today and nothing follows; None without one."""
        return None if not self.in_force else last_of(self.rows)

    @property
    def clauses(self) -> list[tuple[Clause, str, bool]]:
        """What it must contain, where that is asked for, and whether it does."""
        kind, terms = self.agreement.site.kind, self.period.terms if self.period else ()
        return [(each, each.place(kind), each.code in terms) for each in clauses_of(kind)]

    @property
    def lacks(self) -> list[Clause]:
        """What it must contain and does not."""
        return lacking(self.agreement.site.kind, self.period.terms if self.period else ())


def last_of(rows: Sequence[ProxyAgreementPeriod]) -> dt.date | None:
    """The last day of the last of the periods; None where one has no end."""
    ends = [row.valid.upper for row in rows]
    return None if not ends or any(end is None for end in ends) else last_day(max(ends))


def visible_agreements(viewer) -> QuerySet[ProxyAgreement]:
    """Agreements of the facilities whose files the person may see."""
    return ProxyAgreement.objects.filter(site__facility_id__in=facilities_with(viewer, READ)).select_related(
        "site__facility"
    )


def agreements_for_list(viewer, facility: Facility, on: dt.date) -> QuerySet[Any]:
    """The facility's agreements: whether each holds on the day, its last day, and of its list how many stand
    on it and how many of them have no license of the facility's state.
    """
    periods = ProxyAgreementPeriod.objects.live().filter(identity=OuterRef("pk"))
    listed = (
        ListedPractitionerPeriod.objects.in_force(on)
        .filter(identity__agreement=OuterRef("pk"))
        .order_by()
        .values("identity__agreement")
        .annotate(number=Count("pk"))
        .values("number")
    )
    newest = periods.order_by("-valid")
    return (
        visible_agreements(viewer)
        .filter(site__facility=facility)
        .annotate(
            holds=Exists(periods.filter(valid__contains=on)),
            starts=Subquery(newest.values("valid__startswith")[:1]),
            ends=Subquery(newest.values("valid__endswith")[:1]),
            listed=Subquery(listed),
            licensed=Subquery(listed.filter(licences__contains=[{"state": facility.state}])),
            list_day=Subquery(
                DistantSiteList.objects.filter(agreement=OuterRef("pk"))
                .order_by("-as_of")
                .values("as_of")[:1]
            ),
        )
    )


def agreed(agreement: ProxyAgreement, today: dt.date) -> Agreed:
    """One agreement with everything about it; two queries."""
    rows = list(
        ProxyAgreementPeriod.objects.live()
        .filter(identity=agreement)
        .select_related("recorded_by")
        .order_by("valid")
    )
    return Agreed(agreement, today, rows, newest_list(agreement))


def newest_list(agreement: ProxyAgreement) -> DistantSiteList | None:
    """The list of the latest day the site has delivered; one query."""
    return agreement.lists.select_related("recorded_by").order_by("-as_of", "-recorded_at", "-pk").first()


def sites_of(facility: Facility) -> QuerySet[DistantSite]:
    """The distant sites a facility has on record."""
    return DistantSite.objects.filter(facility=facility)


def agreements_offered(facility: Facility, on: dt.date) -> QuerySet[ProxyAgreement]:
    """Those an application of the day can name: in force then, or to come."""
    ahead = ProxyAgreementPeriod.objects.live().filter(identity=OuterRef("pk"), valid__overlap=days(on, None))
    return (
        ProxyAgreement.objects.filter(Exists(ahead), site__facility=facility)
        .select_related("site")
        .order_by("site__name", "title")
    )


# --- the list ---------------------------------------------------------------------------------------------


def listed_rows(agreement: ProxyAgreement) -> QuerySet[ListedPractitionerPeriod]:
    """Everybody the site lists or listed, each as last told; ``ends`` is the first day without them."""
    rows = ListedPractitionerPeriod.objects.live()
    later = rows.filter(identity=OuterRef("identity"), valid__fully_gt=OuterRef("valid"))
    return (
        rows.filter(~Exists(later), identity__agreement=agreement)
        .select_related("identity__agreement__site__facility")
        .annotate(starts=F("valid__startswith"), ends=F("valid__endswith"))
    )


def listed_on(agreement: ProxyAgreement, day: dt.date) -> dict[str, ListedPractitionerPeriod]:
    """Who stands on the list of the day, by NPI; one query."""
    rows = ListedPractitionerPeriod.objects.in_force(day).filter(identity__agreement=agreement)
    return {row.identity.npi: row for row in rows.select_related("identity")}


def people_of(rows: Iterable[ListedPractitionerPeriod]) -> Mapping[str, Practitioner]:
    """Whoever has these numbers in the database of practitioners, by NPI; one query."""
    npis = {row.identity.npi for row in rows}
    found = Practitioner.objects.filter(npi__in=npis, withdrawn_at=None)
    return {str(each.npi): each for each in found}


def applications_on(agreement: ProxyAgreement, viewer) -> QuerySet[Application]:
    """The files that rely on the agreement, the newest first; never the viewer's own."""
    return (
        Application.objects.filter(agreement=agreement)
        .exclude(practitioner_id__in=own_records(viewer))
        .select_related("practitioner")
        .order_by("-opened_at", "-pk")
    )


def holding_unlisted(
    agreement: ProxyAgreement, viewer, on: dt.date, listed: Container[str]
) -> list[Practitioner]:
    """Who was granted privileges under the agreement, holds some without an appointment on the day, and is
    not among ``listed`` (NPIs) under any of their records; two queries.
    """
    facility = agreement.site.facility
    files = applications_on(agreement, viewer).filter(status__in=GRANTED)
    holding = Q(pk__in=[])
    for rows in holders(on, [facility.pk]):
        holding |= Q(practitioner_id__in=rows.values("practitioner_id"))
    people = {each.person: each.practitioner for each in files.filter(holding).annotate(person=person_id())}
    records = Practitioner.every.filter(pk__in=among(people), npi__isnull=False)
    there = {
        person
        for person, npi in records.annotate(person=person_id("pk")).values_list("person", "npi")
        if npi in listed
    }
    found = [each for pk, each in people.items() if pk not in there]
    return sorted(found, key=lambda each: (each.sort_name, each.pk))


# --- may somebody be granted by proxy? --------------------------------------------------------------------


def why_not_by_proxy(application: Application, on: dt.date) -> list[str]:
    """Why nothing can be granted on the distant site's decision on the day, in sentences; two queries, none
    for any other kind. The agreement is in force then, and the person stands on the site's list of the day.
    """
    agreement = application.agreement
    if agreement is None:
        return []
    problems = []
    if not ProxyAgreementPeriod.objects.in_force(on).filter(identity=agreement).exists():
        problems.append(f"The agreement with {agreement.site} is not in force on {day_text(on)}.")
    if standing_on_list(application, on) is None:
        problems.append(
            f"{application.practitioner} is not on the list of {agreement.site} on {day_text(on)}: the site "
            "names who is privileged there."
        )
    return problems


def standing_on_list(application: Application, on: dt.date) -> ListedPractitionerPeriod | None:
    """What the site's list of the day says of the applicant, under any of their records; one query."""
    records = Practitioner.every.filter(pk__in=among([application.practitioner_id]), npi__isnull=False)
    return (
        ListedPractitionerPeriod.objects.in_force(on)
        .filter(identity__agreement_id=application.agreement_id, identity__npi__in=records.values("npi"))
        .first()
    )


def missing_by_proxy(application: Application, on: dt.date) -> list[str]:
    """What a grant on the distant site's decision rests on and is not there on the day, in sentences; three
    queries, none for any other kind.
    """
    if application.agreement is None:
        return []
    missing, state = why_not_by_proxy(application, on), application.facility.state
    row = standing_on_list(application, on)
    if row is not None and not licensed_in(row.licences, state):
        site = application.agreement.site
        missing.append(f"The list of {site} names no license of {state} for {application.practitioner}.")
    return missing


def proxy_verdict(application: Application, on: dt.date) -> Verdict | None:
    """Whether what a grant by proxy rests on is there for a decision on the day; None for other kinds. Three
    queries.
    """
    agreement = application.agreement
    if agreement is None:
        return None
    facts: dict[str, Any] = {"site": agreement.site.name, "agreement": agreement.title, "on": on}
    if problems := why_not_by_proxy(application, on):
        return Verdict(
            Outcome.NOT_MET,
            CODE,
            TITLE,
            " ".join(problems),
            facts=facts,
            citation=CITATION,
            cure="Record the agreement as it holds, or load the site's current list.",
        )
    row = standing_on_list(application, on)
    state = application.facility.state
    if row is not None and not licensed_in(row.licences, state):
        return Verdict(
            Outcome.MET, CODE, TITLE,
            f"The agreement is in force and the person is listed; the list names no license of {state}, "
            "which is verified here.",
            facts=facts, citation=CITATION,
        )  # fmt: skip
    return Verdict(
        Outcome.MET, CODE, TITLE, "The agreement is in force, and the person is on the site's list.",
        facts=facts, citation=CITATION,
    )  # fmt: skip


def ahead_days(facility: Facility, on: dt.date) -> int:
    """Days before the end of an agreement on which Today shows it; 0 where nobody says so. One query."""
    bound = resolve(parameters.TELEMEDICINE_AHEAD_DAYS, facility=facility, on=on)
    return int(bound.value) if bound.is_set else 0


def newest_terms(agreements: Iterable[ProxyAgreement], on: dt.date) -> dict[int, list[str]]:
    """The codes of the clauses each agreement contains on the day, by its id; one query."""
    rows = ProxyAgreementPeriod.objects.in_force(on).filter(identity__in=list(agreements))
    return dict(rows.values_list("identity_id", "terms"))
