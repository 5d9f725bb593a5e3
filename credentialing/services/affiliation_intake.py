"""Requests for affiliation letters as they come in: on the page for others, by telephone, fax or mail."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction

from config.accounts.policies import require
from config.accounts.services.users import system_user
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from credentialing.choices import AffiliationChannel, AffiliationPurpose, AffiliationReplyKind
from credentialing.models import AffiliationRequest
from credentialing.rules.pages import SCANS, count_pages
from credentialing.selectors.affiliations import exact_match, judged, terms_of
from credentialing.services import affiliations as answering
from credentialing.services.affiliations import VERIFY, clean_email, record
from credentialing.services.guards import refuse_own_file
from practitioners import store
from practitioners.models import Practitioner
from practitioners.rules.npi import check_npi
from practitioners.rules.uploads import inspect_upload

#: The largest release taken from the page that is open to everybody, in bytes.
LARGEST_RELEASE = 10 * 1024 * 1024
LONGEST_NOTE = 1000
#: Without what is read for another: 0 and O, 1 and I.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Asker:
    """Who asks, and where the answer goes."""

    name: str
    organization: str
    email: str
    title: str = ""
    phone: str = ""


@dataclass(frozen=True)
class About:
    """Whom it is about, as typed: the name, and the NPI or the year of birth."""

    last_name: str
    first_name: str
    npi: str = ""
    birth_year: int | None = None


@dataclass(frozen=True)
class Release:
    """The signed release: a file, or that it lies in the office on paper."""

    file_name: str = ""
    content: bytes = b""
    seen: bool = False


# --- taking it in ---------------------------------------------------------------------------------------


@transaction.atomic
def receive_request(
    *, facility: Facility, asker: Asker, about: About, purpose: str, release: Release, note: str = ""
) -> AffiliationRequest:
    """What somebody without an account asks on the facility's page. Refused where the page is closed.

    The answer is the same whether or not the person exists: only the row knows. Where the facility lets it,
    the standard reply goes by itself once the rule is met.
    """
    system = system_user()
    is_open, automatic, _ = terms_of(facility, clock.today(facility))
    if not is_open:
        raise Refused("This hospital takes no requests here; call its Medical Staff Office.")
    request = _receive(
        system, facility, AffiliationChannel.WEB, asker, about, purpose, replace(release, seen=False), note
    )
    if automatic and judged(request)[0].met:
        answering.reply(actor=system, request=request, kind=AffiliationReplyKind.STANDARD)
        request.refresh_from_db()
    return request


@transaction.atomic
def record_request(
    *,
    actor,
    facility: Facility,
    channel: str,
    asker: Asker,
    about: About,
    purpose: str,
    release: Release,
    note: str = "",
    practitioner: Practitioner | None = None,
) -> AffiliationRequest:
    """A request that came by telephone, fax or mail, written down by the office.

    ``practitioner`` is whom the office knows it to be about; without one the rule looks for name and NPI.
    """
    require(actor, VERIFY, facility)
    if channel not in AffiliationChannel.values or channel == AffiliationChannel.WEB:
        raise Refused("Choose how the request came.", field="channel")
    if practitioner is not None:
        refuse_own_file(actor, practitioner)
    return _receive(actor, facility, channel, asker, about, purpose, release, note, practitioner)


def _receive(
    actor, facility, channel, asker, about, purpose, release, note, practitioner=None
) -> AffiliationRequest:
    asker, about = _clean_asker(asker), _clean_about(about, clock.today(facility), known=practitioner)
    if purpose not in AffiliationPurpose.values:
        raise Refused("Choose what the answer is needed for.", field="purpose")
    found = practitioner or exact_match(last_name=about.last_name, first_name=about.first_name, npi=about.npi)
    now = clock.now()
    request = AffiliationRequest(
        reference=_reference(),
        facility=facility,
        channel=channel,
        asker_name=asker.name,
        asker_title=asker.title,
        asker_organization=asker.organization,
        asker_email=asker.email,
        asker_phone=asker.phone,
        about_last_name=about.last_name,
        about_first_name=about.first_name,
        about_npi=about.npi,
        about_birth_year=about.birth_year,
        purpose=purpose,
        note=note.strip()[:LONGEST_NOTE],
        release_seen=release.seen,
        received_at=now,
        received_by=actor,
        coordinator=None if actor.is_system else actor,
        practitioner=found,
        matched_at=now if found else None,
        matched_by=(actor if practitioner else system_user()) if found else None,
        **_release(release),
    )
    request.save(force_insert=True)
    record(actor=actor, verb="affiliation.received", request=request, data={"channel": str(channel)})
    return request


def _release(release: Release) -> dict[str, Any]:
    """The columns of an attached release; none for one that did not come as a file."""
    if not release.content and not release.file_name:
        return {}
    try:
        upload = inspect_upload(release.content, release.file_name, max_bytes=LARGEST_RELEASE, allowed=SCANS)
        pages = count_pages(release.content, upload.media_type)
    except Refused as refused:
        raise Refused(refused.sentence, field="release") from None
    return {
        "release_name": upload.display_name[:200],
        "release_media_type": upload.media_type,
        "release_size": upload.size,
        "release_pages": pages,
        "release_sha256": store.put(release.content, encrypted=True),
    }


def _reference() -> str:
    """Eight letters and digits nobody can count: how many asked before is nobody's business."""
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{drawn[:4]}-{drawn[4:]}"


def _clean_asker(given: Asker) -> Asker:
    asker = Asker(
        name=_words(given.name, 120),
        organization=_words(given.organization, 200),
        email=clean_email(given.email),
        title=_words(given.title, 120),
        phone=_words(given.phone, 40),
    )
    if not asker.name:
        raise Refused("Enter the name of whoever asks.", field="asker_name")
    if not asker.organization:
        raise Refused("Enter the organization that asks.", field="asker_organization")
    return asker


def _clean_about(given: About, today: dt.date, *, known: Practitioner | None) -> About:
    npi = given.npi.strip()
    if npi:
        try:
            npi = check_npi(npi)
        except Refused as refused:
            raise Refused(refused.sentence, field="about_npi") from None
    year = given.birth_year
    if year is not None and not today.year - 120 <= year <= today.year - 16:
        raise Refused("This is hardly the year a practitioner was born in.", field="about_birth_year")
    about = About(_words(given.last_name, 100), _words(given.first_name, 100), npi, year)
    if not about.last_name:
        raise Refused("Enter the family name.", field="about_last_name")
    if not about.first_name and known is None:
        raise Refused("Enter the first name.", field="about_first_name")
    if not about.npi and about.birth_year is None and known is None:
        raise Refused("Enter the NPI, or the year of birth where you do not know it.", field="about_npi")
    return about


def _words(text: str, length: int) -> str:
    return " ".join(text.split())[:length]
