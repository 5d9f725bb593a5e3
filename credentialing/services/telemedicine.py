"""Agreements with distant sites, and the lists of practitioners the sites deliver."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock, periods
from config.kernel.canonical import bytes_digest
from config.kernel.dates import ONE_DAY
from config.kernel.errors import Conflict, Refused
from config.kernel.periods import EndKind, days, through
from config.kernel.texts import needed
from config.organization.models import Facility
from credentialing.choices import DistantSiteKind
from credentialing.models import (
    DistantSite,
    DistantSiteList,
    ListedPractitioner,
    ListedPractitionerPeriod,
    ProxyAgreement,
    ProxyAgreementPeriod,
)
from credentialing.rules.telemedicine import LAYOUT, Listed, Mistake, clauses_of, read_list
from credentialing.selectors.telemedicine import MANAGE, agreed, listed_on, newest_list
from practitioners import store
from practitioners.importing.rejections import UnusableFile
from practitioners.importing.tables import open_table
from practitioners.rules.problems import Problem
from practitioners.rules.uploads import PICTURED, inspect_upload

LONGEST_NAME = 200
LONGEST_REASON = 1000


@dataclass(frozen=True)
class Paper:
    """The signed agreement as a file."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Terms:
    """What the written agreement says: its days (``last_day`` inclusive, None: without an end), the codes of
    the clauses it contains, where it is filed. ``paper`` None: the copy on file stays, where there is one.
    """

    start: dt.date
    last_day: dt.date | None
    signed_on: dt.date
    filed_at: str
    terms: Sequence[str]
    paper: Paper | None = None


# --- the agreement ----------------------------------------------------------------------------------------


@transaction.atomic
def add_agreement(
    *, actor, facility: Facility, kind: str, name: str, contact: str, title: str, terms: Terms
) -> ProxyAgreement:
    """A written agreement with a distant site of the kind; the site itself, where it is not on record yet."""
    require(actor, MANAGE, facility)
    Facility.objects.select_for_update(of=("self",), no_key=True).get(pk=facility.pk)
    if kind not in DistantSiteKind.values:
        raise Refused("Say whether it is a hospital or a telemedicine entity.", field="kind")
    name = _one_line(name, "name", "Name the distant site.")
    title = _one_line(title, "title", "Write what the agreement is called.")
    contact = _one_line(contact, "contact", "Write whom to reach at its medical staff office.")
    site = DistantSite.objects.filter(facility=facility, name__iexact=name).first()
    if site is None:
        site = DistantSite.objects.create(
            facility=facility, name=name, kind=kind, contact=contact, created_at=clock.now(), created_by=actor
        )
    elif site.kind != kind:
        raise Refused(
            f"{site} is on record as a {site.get_kind_display().lower()}: choose that, or another name.",
            field="name",
        )
    if ProxyAgreement.objects.filter(site=site, title__iexact=title).exists():
        raise Refused(f"An agreement of that name with {site} is on record: change that one.", field="title")
    agreement = ProxyAgreement.objects.create(
        site=site, title=title, created_at=clock.now(), created_by=actor
    )
    _write(actor, agreement, terms, "telemedicine.agreed")
    return agreement


@transaction.atomic
def change_agreement(
    *, actor, agreement: ProxyAgreement, name: str, contact: str, terms: Terms
) -> ProxyAgreement:
    """The agreement as it holds from the first day of ``terms`` through the last, its site by another name or
    contact. What it said before stays as it was, and so does what was agreed ahead; after the last day
    nothing is left of what it said.
    """
    agreement = _locked(actor, agreement)
    site = DistantSite.objects.select_for_update(of=("self",)).get(pk=agreement.site_id)
    name = _one_line(name, "name", "Name the distant site.")
    contact = _one_line(contact, "contact", "Write whom to reach at its medical staff office.")
    others = DistantSite.objects.filter(facility_id=site.facility_id, name__iexact=name).exclude(pk=site.pk)
    if others.exists():
        raise Refused("Another distant site has that name.", field="name")
    if (site.name, site.contact) != (name, contact):
        site.name, site.contact = name, contact
        site.save()
        record_event(actor=actor, verb="distant_site.changed", subject=site, facility=site.facility)
    _write(actor, agreement, terms, "telemedicine.changed")
    return agreement


@transaction.atomic
def end_agreement(*, actor, agreement: ProxyAgreement, last_day: dt.date, reason: str) -> None:
    """It holds through ``last_day`` and no longer. What was granted on it does not end by itself: whoever
    holds it stands on Today then.
    """
    agreement = _locked(actor, agreement)
    facility = agreement.site.facility
    text = needed(reason, LONGEST_REASON, field="reason", otherwise="Write why the agreement ends.")
    through(last_day)  # refuses the last day of the calendar
    rows = agreed(agreement, clock.today(facility)).rows
    if not any(row.end is None or row.end > last_day for row in rows):
        raise Refused("The agreement does not hold after that day.", field="last_day")
    if last_day < min(row.valid.lower for row in rows):
        raise Refused("The last day lies before the first day of the agreement.", field="last_day")
    periods.end_before(ProxyAgreementPeriod, agreement, day=last_day + ONE_DAY, actor=actor, reason=text)
    record_event(
        actor=actor,
        verb="telemedicine.ended",
        subject=agreement,
        facility=facility,
        reason=text,
        data={"site": agreement.site.name, "last_day": last_day.isoformat()},
    )


def _write(actor, agreement: ProxyAgreement, said: Terms, verb: str) -> None:
    site = agreement.site
    known = [each.code for each in clauses_of(site.kind)]
    terms = [code for code in known if code in said.terms]
    if len(terms) != len(set(said.terms)):
        raise Refused("Only what is asked of this kind of site can be answered.", field="terms")
    if said.signed_on > clock.today(site.facility):
        raise Refused("It cannot be signed in the future.", field="signed_on")
    if said.signed_on > said.start:
        raise Refused("It was signed only after its first day.", field="signed_on")
    if said.last_day is not None and said.last_day < said.start:
        raise Refused("The last day lies before the first.", field="last_day")
    place = _one_line(said.filed_at, "filed_at", "Write where the signed agreement is filed.")
    periods.rewrite(
        ProxyAgreementPeriod,
        agreement,
        valid=days(said.start, through(said.last_day)),
        actor=actor,
        reason="Agreement recorded",
        keep_later=False,
        content={
            "signed_on": said.signed_on,
            "filed_at": place,
            "terms": terms,
            **_paper(agreement, said.paper),
        },
    )
    record_event(
        actor=actor,
        verb=verb,
        subject=agreement,
        facility=site.facility,
        data={
            "site": site.name,
            "from": said.start.isoformat(),
            "through": said.last_day.isoformat() if said.last_day else None,
            "terms": terms,
        },
    )


def _paper(agreement: ProxyAgreement, paper: Paper | None) -> dict[str, Any]:
    """The signed paper as the period keeps it; the one on file where no other is given.

    Encrypted, so that its address in the store is its own: what is redacted of a person's file never takes
    it along.
    """
    if paper is None:
        held = agreement.periods.live().exclude(store_key="").order_by("-valid").first()
        names = ("file_name", "media_type", "size", "store_key")
        return {name: getattr(held, name) for name in names} if held is not None else {"size": None}
    try:
        upload = inspect_upload(
            paper.content, paper.name, max_bytes=settings.STANDING_UPLOAD_LIMIT, allowed=PICTURED
        )
    except Problem as problem:
        raise Refused(problem.sentence, field="paper") from None
    return {
        "file_name": upload.display_name,
        "media_type": upload.media_type,
        "size": upload.size,
        "store_key": store.put(paper.content, encrypted=True),
    }


def _one_line(text: str, name: str, otherwise: str) -> str:
    return needed(" ".join(text.split()), LONGEST_NAME, field=name, otherwise=otherwise)


def _locked(actor, agreement: ProxyAgreement) -> ProxyAgreement:
    """The agreement, locked: one writer at a time deals with it and its list."""
    require(actor, MANAGE, agreement.site.facility)
    rows = ProxyAgreement.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("site__facility").get(pk=agreement.pk)


# --- the list ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListLooked:
    """What a list would change, looked at before anything is written."""

    listed: Sequence[Listed]
    mistakes: Sequence[Mistake]
    standing: Mapping[str, ListedPractitionerPeriod] = field(default_factory=dict)

    @property
    def added(self) -> list[Listed]:
        """Who was not on the list."""
        return [each for each in self.listed if each.npi not in self.standing]

    @property
    def changed(self) -> list[Listed]:
        """Of whom the list says something else now."""
        return [
            each
            for each in self.listed
            if (row := self.standing.get(each.npi)) is not None and row.content() != each.content()
        ]

    @property
    def dropped(self) -> list[ListedPractitionerPeriod]:
        """Who is not on the list any more."""
        there = {each.npi for each in self.listed}
        return [row for npi, row in self.standing.items() if npi not in there]

    @property
    def unchanged(self) -> int:
        """How many stand as they stood."""
        return len(self.listed) - len(self.added) - len(self.changed)


def look_at_list(*, actor, agreement: ProxyAgreement, as_of: dt.date, content: bytes) -> ListLooked:
    """What a delivered list of that day would change, and every mistake by row and column; writes nothing."""
    facility = agreement.site.facility
    require(actor, MANAGE, facility)
    if as_of > clock.today(facility):
        raise Refused("The list cannot be of a day to come.", field="as_of")
    newest = newest_list(agreement)
    if newest is not None and as_of < newest.as_of:
        raise Refused(
            f"A list of {newest.as_of:%d %b %Y} is loaded already: an older one changes nothing any more.",
            field="as_of",
        )
    try:
        listed, mistakes = read_list(open_table(io.BytesIO(content), LAYOUT).rows)
    except UnusableFile as problem:
        return ListLooked((), [Mistake(0, "", problem.sentence)])
    return ListLooked(listed, mistakes, listed_on(agreement, as_of))


@transaction.atomic
def load_list(
    *, actor, agreement: ProxyAgreement, as_of: dt.date, name: str, content: bytes
) -> DistantSiteList:
    """Make a delivered list the site's list from its day on, all of it or nothing.

    Who is not on it any more was dropped by the site that day. Nothing that was granted here ends by it: the
    office sees on Today who holds privileges without standing on the list. A list that would change nothing
    is kept as well: it says that the site confirmed it.
    """
    agreement = _locked(actor, agreement)
    looked = look_at_list(actor=actor, agreement=agreement, as_of=as_of, content=content)
    if looked.mistakes:
        first_few = "; ".join(str(each) for each in looked.mistakes[:5])
        more = len(looked.mistakes) - 5
        raise Refused(
            f"Nothing was loaded. {first_few}{f'; and {more} more' if more > 0 else ''}", field="file"
        )
    sha256 = bytes_digest(content)
    if DistantSiteList.objects.filter(agreement=agreement, as_of=as_of, sha256=sha256).exists():
        raise Conflict("Exactly this list of that day is loaded already.", field="file")
    now = clock.now()
    told = DistantSiteList.objects.create(
        agreement=agreement,
        as_of=as_of,
        name=" ".join(name.split())[:200] or "List",
        sha256=sha256,
        added=len(looked.added),
        changed=len(looked.changed),
        dropped=len(looked.dropped),
        unchanged=looked.unchanged,
        recorded_at=now,
        recorded_by=actor,
    )
    _apply(actor, told, looked)
    record_event(
        actor=actor,
        verb="distant_list.loaded",
        subject=told,
        facility=agreement.site.facility,
        data={
            "site": agreement.site.name,
            "as_of": as_of.isoformat(),
            "added": told.added,
            "changed": told.changed,
            "dropped": told.dropped,
            "sha256": sha256,
        },
    )
    return told


def _apply(actor, told: DistantSiteList, looked: ListLooked) -> None:
    """The periods of everybody the list changes, in a fixed number of statements; the caller holds the lock.

    What stood is superseded, and stands again for the days before that of the list.
    """
    now, day, agreement = told.recorded_at, told.as_of, told.agreement
    changed = [looked.standing[each.npi] for each in looked.changed]
    before = [*changed, *looked.dropped]
    ListedPractitionerPeriod.objects.filter(pk__in=[row.pk for row in before]).update(
        superseded_at=now,
        superseded_by=actor,
        end_kind=EndKind.AMENDED,
        end_reason=f"List of {day:%d %b %Y}",
    )
    known = {each.npi: each for each in agreement.practitioners.filter(npi__in=[e.npi for e in looked.added])}
    fresh = ListedPractitioner.objects.bulk_create(
        ListedPractitioner(agreement=agreement, npi=each.npi, created_at=now, created_by=actor)
        for each in looked.added
        if each.npi not in known
    )
    known |= {each.npi: each for each in fresh}
    known |= {row.identity.npi: row.identity for row in changed}

    def period(identity: ListedPractitioner, valid, content: Mapping[str, Any]):
        return ListedPractitionerPeriod(
            identity=identity, valid=valid, recorded_at=now, recorded_by=actor, **content
        )

    ListedPractitionerPeriod.objects.bulk_create(
        [
            *(
                period(row.identity, days(row.start, day), row.content())
                for row in before
                if row.start is None or row.start < day
            ),
            *(
                period(known[each.npi], days(day, None), each.content())
                for each in (*looked.added, *looked.changed)
            ),
        ],
        batch_size=2000,
    )
