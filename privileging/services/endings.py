"""Privileges that end before their term: given up by whoever holds them, or revoked by a body's decision.

The days before stay as they were, and what was known of the grants stays answerable. The change is published
to the wards like any other, and a certificate made afterwards no longer shows them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import transaction

from bylaws.choices import AdverseActionKind, BarScope
from bylaws.policies import require_not_own_file
from bylaws.rules.reach import require_within
from bylaws.services.data_bank import record_action
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.services.people import lock_practitioner
from privileging.choices import InvestigationAnswer
from privileging.models import Grant
from privileging.selectors.endings import to_end
from privileging.services.grants import end_grant

RECORD = "bylaws.record_minutes"
#: How many years back and ahead the first day without may lie; the longest reason, cause and citation, in
#: characters.
YEARS_BACK, YEARS_AHEAD = 10, 1
LONGEST_REASON, LONGEST_CAUSE, LONGEST_AUTHORITY = 1000, 2500, 300
#: What the answer to the question about an investigation starts a data bank clock for (45 CFR 60.12): a
#: surrender is reportable from its first day, and where it is not known yet somebody has to find out.
_SURRENDER = {
    InvestigationAnswer.YES: AdverseActionKind.SURRENDER,
    InvestigationAnswer.NOT_KNOWN: AdverseActionKind.SURRENDER_UNCLEAR,
}


@transaction.atomic
def relinquish(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    privilege_codes: Collection[str],
    day: dt.date,
    reason: str,
    investigation: str,
) -> list[Grant]:
    """The practitioner gives up the privileges; ``day`` is the first day without them. Answers the grants
    that end.

    Membership and every other privilege stay. ``investigation`` answers whether it is given up while under
    investigation or to avoid one: if so, or if that is not known yet, an adverse action is recorded from
    ``day``, with its data bank clock. The answer is peer review: it stands there alone.
    """
    require(actor, RECORD, facility)
    text = _said(reason, "Say why, in a sentence that can stand in the file.", "reason", LONGEST_REASON)
    if investigation not in InvestigationAnswer.values:
        raise Refused("Answer the question about an investigation.", field="investigation")
    codes = _codes(privilege_codes)
    if not codes:
        raise Refused("Choose the privileges given up.", field="privilege_codes")
    ended = _end(
        actor, practitioner, facility, codes, day, f"Given up by the practitioner: {text}", "relinquished"
    )
    surrender = _SURRENDER.get(InvestigationAnswer(investigation))
    if surrender is not None:
        record_action(
            actor=actor,
            practitioner=practitioner,
            facility=facility,
            kind=surrender,
            cause=f"Gave up {_named(ended)}. {text}",
            start=day,
        )
    return ended


@transaction.atomic
def revoke(
    *,
    actor,
    practitioner: Practitioner,
    facility: Facility,
    scope: str,
    privilege_codes: Collection[str] = (),
    decided_on: dt.date,
    authority: str,
    day: dt.date,
    cause: str,
) -> list[Grant]:
    """All privileges at the facility, or those listed, are revoked by a final decision; ``day`` is the first
    day without them. Answers the grants that end.

    ``authority`` cites the minutes or decision of ``decided_on``; it stands with the grants. ``cause`` is
    peer review: it stands with the adverse action alone, whose data bank clock begins on ``day``. The
    appointment is a matter of its own and stays.
    """
    require(actor, RECORD, facility)
    if scope not in BarScope.values:
        raise Refused("Say whether all privileges are revoked or those listed.", field="scope")
    codes = _codes(privilege_codes)
    whole = scope == BarScope.ALL_PRIVILEGES
    if whole and codes:
        raise Refused("All privileges are revoked; leave the list empty.", field="privilege_codes")
    if not whole and not codes:
        raise Refused("List the privileges revoked, or choose all privileges.", field="privilege_codes")
    cited = _said(authority, "Say which minutes or decision it is.", "authority", LONGEST_AUTHORITY)
    why = _said(cause, "Say what happened and why.", "cause", LONGEST_CAUSE)
    if decided_on > clock.today(facility):
        raise Refused("The decision lies ahead: record it once it is made.", field="decided_on")
    if day < decided_on:
        raise Refused(
            f"It was decided on {day_text(decided_on)} and takes effect that day or later.", field="day"
        )
    told = f"Revoked: {cited}, {day_text(decided_on)}"
    ended = _end(actor, practitioner, facility, None if whole else codes, day, told, "revoked")
    record_action(
        actor=actor,
        practitioner=practitioner,
        facility=facility,
        kind=AdverseActionKind.REVOCATION if whole else AdverseActionKind.REDUCTION,
        cause=f"Revoked: {_named(ended)}. {why}",
        start=day,
    )
    return ended


def _end(
    actor,
    practitioner: Practitioner,
    facility: Facility,
    codes: Collection[str] | None,
    day: dt.date,
    reason: str,
    what: str,
) -> list[Grant]:
    """End the grants of these codes (None: all); the act is one event beside those of the grants."""
    require_not_own_file(actor, practitioner, doing="end privileges in")
    lock_practitioner(practitioner)
    require_within(
        day,
        today=clock.today(facility),
        back=YEARS_BACK,
        ahead=YEARS_AHEAD,
        field="day",
        what="The first day without them",
    )
    grants = to_end(practitioner, facility, day, codes)
    for grant in grants:
        end_grant(actor=actor, grant=grant, day=day, reason=reason)
    record_event(
        actor=actor,
        verb=f"privileges.{what}",
        subject=practitioner,
        reason=reason,
        practitioner=practitioner,
        facility=facility,
        data={
            "from": day.isoformat(),
            "privileges": sorted({grant.privilege.code for grant in grants}),
        },
    )
    return grants


def _codes(given: Collection[str]) -> set[str]:
    return {code.strip().upper() for code in given if code.strip()}


def _said(text: str, missing: str, field: str, longest: int) -> str:
    said = " ".join(text.split())
    if not said:
        raise Refused(missing, field=field)
    if len(said) > longest:
        raise Refused(f"Say it in at most {longest:,} characters.", field=field)
    return said


def _named(grants: Sequence[Grant]) -> str:
    """The privileges in words; of many the first ones and how many more."""
    names = list(dict.fromkeys(str(grant.privilege) for grant in grants))
    shown, more = names[:5], len(names) - 5
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
