"""Letters about suspensions that follow by themselves, that they stand and that they have ended; and notices
of what compliance found.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.conf import settings
from django.db import transaction

from bylaws.choices import BarScope
from bylaws.models import Bar, BarPeriod, Finding
from bylaws.selectors.citations import citation_address
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import in_letters, long_day
from config.kernel.papers import typeset
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.rules import rules
from config.rulebook.verdicts import Outcome
from practitioners import store
from practitioners.choices import LetterKind
from practitioners.models import Letter, Practitioner
from practitioners.selectors.addressing import address_lines, name_in_letters, salutation

TEMPLATE, NOTICE = "suspension", "finding_notice"

_MEANING = (
    "Your appointment and your privileges keep their dates. This is not a professional review action: it "
    "goes to no committee, opens no hearing and is not reported to the National Practitioner Data Bank."
)

_NIGHTLY = "The medical staff looks every night whether the law and the bylaws are met."

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


@transaction.atomic
def issue_finding_notice(
    *, actor, finding: Finding, practitioner: Practitioner, answer_by: dt.date
) -> Letter:
    """Tell the practitioner what compliance found about them, what settles it and until when an answer is
    expected. Each notice is a letter of its own. Called inside the act that sends it.
    """
    issued_at = clock.now()
    issued_on = clock.date_at(issued_at, finding.facility)
    content = _notice_content(finding, practitioner, answer_by, long_day(issued_on))
    letter = Letter.objects.create(
        practitioner=practitioner,
        facility=finding.facility,
        kind=LetterKind.FINDING_NOTICE,
        subject_kind="finding",
        subject_uid=uuid.uuid4(),  # one finding may have several; the step of each names it
        title=content["title"],
        issued_on=issued_on,
        issued_at=issued_at,
        issued_by=actor,
        data_class=finding.data_class,
        content=content,
        sha256=store.put(typeset(NOTICE, content, issued_at=issued_at)),
    )
    record_event(
        actor=actor,
        verb="letter.issued",
        subject=letter,
        practitioner=practitioner,
        facility=finding.facility,
        data={"kind": str(LetterKind.FINDING_NOTICE), "sha256": letter.sha256},
    )
    return letter


def _notice_content(
    finding: Finding, practitioner: Practitioner, answer_by: dt.date, issued_on: str
) -> dict[str, Any]:
    facility = finding.facility
    phone = f", {facility.office_phone}" if facility.office_phone else ""
    known = finding.outcome == Outcome.NOT_MET
    return {
        "title": "Notice: a requirement of the medical staff is not met"
        if known
        else "Notice: a requirement of the medical staff could not be confirmed",
        "facility": {"name": facility.name, "city": facility.city, "phone": facility.office_phone},
        "practitioner": {"name": name_in_letters(practitioner), "npi": practitioner.npi or ""},
        "to": address_lines(practitioner),
        "salutation": salutation(practitioner),
        "issued_on": issued_on,
        "on_behalf": f"the medical staff of {facility.name}",
        "signed_by": "Director of medical staff services",
        "opening": f"{_NIGHTLY} This was found about you:"
        if known
        else f"{_NIGHTLY} About you this could not be confirmed:",
        "rule": finding.said("title"),
        "found": in_letters(finding.said("sentence")),
        "since": long_day(finding.since) if finding.since else "",
        "citation": finding.said("citation"),
        "cure": in_letters(finding.said("cure")),
        "answer_by": long_day(answer_by),
        "closing": f"Please answer the Medical Staff Office{phone} by the day above: send proof, or tell us "
        "what is not as we have it. This notice suspends nothing and is not reported to the National "
        "Practitioner Data Bank.",
    }


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
    """Who suspends by itself: the law, or the bylaws; else that the bylaws let it follow from a finding."""
    if not bar.rule_code:
        return (
            "The medical staff bylaws let a suspension follow when a condition of practice stays unmet after "
            "notice. This was found:"
        )
    who = "The law keeps privileges from being used" if bar.rule_code in _codes_by_law() else _BYLAWS
    return f"{who} when a condition of practice is not met. This has happened:"


def _codes_by_law() -> set[str]:
    return {rule.code for rule in rules() if rule.by_law}


def typeset_again(letter: Letter) -> bytes:
    """The letter's bytes made anew from its row: the same as were stored."""
    template = NOTICE if letter.kind == LetterKind.FINDING_NOTICE else TEMPLATE
    return typeset(template, letter.content, issued_at=letter.issued_at)
