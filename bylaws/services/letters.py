"""Letters about suspensions that follow by themselves: that they stand, and that they have ended."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction

from bylaws.choices import BarScope
from bylaws.models import Bar, BarPeriod
from bylaws.selectors.citations import citation_address
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import in_letters, long_day
from config.kernel.papers import typeset
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.rules import rules
from practitioners import store
from practitioners.choices import LetterKind
from practitioners.models import Letter
from practitioners.selectors.addressing import address_lines, name_in_letters, salutation

TEMPLATE = "suspension"

_MEANING = (
    "Your appointment and your privileges keep their dates. This is not a professional review action: it "
    "goes to no committee, opens no hearing and is not reported to the National Practitioner Data Bank."
)

_BYLAWS = "The medical staff bylaws suspend privileges by themselves"


@transaction.atomic
def issue_bar_letter(*, actor, bar: Bar, period: BarPeriod, kind: str, reason: str = "") -> Letter:
    """Tell the practitioner that a suspension stands, or (``REINSTATEMENT``) that it does not any more and
    why.

    One letter of each kind per bar; asking again answers with the one there is. The row holds everything the
    letter was typeset from, so typesetting it again repeats the hash. Called inside the act it tells of.
    """
    told = Letter.objects.filter(kind=kind, subject_uid=bar.uid).first()
    if told is not None:
        return told
    issued_at = clock.now()
    issued_on = clock.date_at(issued_at, bar.facility)
    content = _content(bar, period, kind, reason, issued_on)
    letter = Letter.objects.create(
        practitioner=bar.practitioner,
        facility=bar.facility,
        kind=kind,
        subject_kind="bar",
        subject_uid=bar.uid,
        title=content["title"],
        issued_on=issued_on,
        issued_at=issued_at,
        issued_by=actor,
        content=content,
        sha256=store.put(typeset(TEMPLATE, content, issued_at=issued_at)),
    )
    record_event(
        actor=actor,
        verb="letter.issued",
        subject=letter,
        practitioner=bar.practitioner,
        facility=bar.facility,
        data={"kind": str(kind), "sha256": letter.sha256},
    )
    return letter


def _content(bar: Bar, period: BarPeriod, kind: str, reason: str, issued_on: dt.date) -> dict[str, Any]:
    """What the letter says, as plain data."""
    facility, practitioner = bar.facility, bar.practitioner
    phone = f", {facility.office_phone}" if facility.office_phone else ""
    stands = kind == LetterKind.ADMINISTRATIVE_SUSPENSION
    last = last_day(period.valid.upper)
    return {
        "title": "Administrative suspension of your privileges"
        if stands
        else "Your privileges may be used again",
        "facility": {"name": facility.name, "city": facility.city, "phone": facility.office_phone},
        "practitioner": {"name": name_in_letters(practitioner), "npi": practitioner.npi or ""},
        "to": address_lines(practitioner),
        "salutation": salutation(practitioner),
        "issued_on": long_day(issued_on),
        "on_behalf": f"the medical staff of {facility.name}",
        "signed_by": "Director of medical staff services",
        "opening": _opening(bar)
        if stands
        else f"The administrative suspension we wrote to you about has ended. {in_letters(reason)}",
        "cause": in_letters(period.cause),
        "since": long_day(period.valid.lower),
        "until": long_day(last) if last else "",
        "reaches": BarScope(period.scope).label
        + (f": {', '.join(period.privilege_codes)}" if period.privilege_codes else ""),
        "citation": period.citation,
        "citation_url": _where(period.citation, facility, issued_on),
        "meaning": _MEANING
        if stands
        else "Your appointment and your privileges kept their dates throughout.",
        "closing": "Until the condition is met again you may not use these privileges. Send proof of it to "
        f"the Medical Staff Office{phone}; the suspension ends with the day from which it is met."
        if stands
        else f"If anything here is not as you know it, call the Medical Staff Office{phone}.",
    }


def _where(citation: str, facility: Facility, on: dt.date) -> str:
    """Where what the letter cites is read, in the version of its day; empty for what is no document here."""
    path = citation_address(citation, facility=facility, on=on)
    return settings.STANDING_SITE_URL.rstrip("/") + path if path else ""


def _opening(bar: Bar) -> str:
    """Who suspends by itself: the law, or the bylaws."""
    who = "The law keeps privileges from being used" if bar.rule_code in _codes_by_law() else _BYLAWS
    return f"{who} when a condition of practice is not met. This has happened:"


def _codes_by_law() -> set[str]:
    return {rule.code for rule in rules() if rule.by_law}


def typeset_again(letter: Letter) -> bytes:
    """The letter's bytes made anew from its row: the same as were stored."""
    return typeset(TEMPLATE, letter.content, issued_at=letter.issued_at)
