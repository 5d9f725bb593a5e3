"""Officers and members of bodies disclose their interests; the office reviews what they disclosed.

Source: domain.md 7.3 (BL-COI-1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from bylaws.choices import DisclosureOutcome, OutsideInterest
from bylaws.models import DisclosedInterest, DisclosureReview, InterestDisclosure
from bylaws.rules.disclosures import held_by_people, runs_on
from config.accounts.models import User
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import add_months
from config.kernel.display.dates import day_text
from config.kernel.errors import Forbidden, Refused
from config.kernel.texts import needed, within
from config.organization.models import Facility

PERMISSION = "bylaws.review_disclosures"
LONGEST_PARTY, LONGEST_ABOUT, LONGEST_PLACE = 200, 500, 200
#: The most interests of one disclosure; beyond it is no form any more.
MOST = 12
#: How old a paper may be that is recorded now, in months.
OLDEST_PAPER = 60


@dataclass(frozen=True)
class Interest:
    """One interest as it was said: what kind, in which company, institution or person, and more about it."""

    kind: str
    party: str
    about: str = ""


@transaction.atomic
def disclose(
    *, actor, facility: Facility, interests: Sequence[Interest], nothing: bool, complete: bool
) -> InterestDisclosure:
    """The person discloses their own interests, or that there are none, and says that it is complete.

    Refused: whoever holds no office and no seat here, nothing beside an interest, and neither of the two.
    """
    _require_holds(actor, facility)
    if not complete:
        raise Refused("Say that this is complete, as far as you know.", field="complete")
    return _record(
        actor=actor, facility=facility, user=actor, interests=interests, nothing=nothing,
        signed_on=clock.today(facility), filed_at="",
    )  # fmt: skip


@transaction.atomic
def record_paper(
    *,
    actor,
    facility: Facility,
    user: User,
    interests: Sequence[Interest],
    nothing: bool,
    signed_on: dt.date,
    filed_at: str,
) -> InterestDisclosure:
    """The office records the signed paper of somebody else: what it says, when it was signed, where it is."""
    require(actor, PERMISSION, facility)
    if actor.pk == user.pk:
        raise Forbidden("You disclose on your own page.")
    _require_holds(user, facility)
    today = clock.today(facility)
    if not add_months(today, -OLDEST_PAPER) <= signed_on <= today:
        raise Refused(
            f"The paper was signed by today and not before {day_text(add_months(today, -OLDEST_PAPER))}.",
            field="signed_on",
        )
    place = needed(filed_at, LONGEST_PLACE, field="filed_at", otherwise="Say where the signed paper is kept.")
    return _record(
        actor=actor, facility=facility, user=user, interests=interests, nothing=nothing,
        signed_on=signed_on, filed_at=place,
    )  # fmt: skip


@transaction.atomic
def review_disclosure(
    *, actor, disclosure: InterestDisclosure, outcome: str, plan: str = ""
) -> DisclosureReview:
    """The office says whether there is something to manage, and how. Said again, the newest counts. Nobody
    reviews their own.
    """
    require(actor, PERMISSION, disclosure.facility)
    if actor.pk == disclosure.user_id:
        raise Forbidden("Somebody else reviews your disclosure.")
    if outcome not in DisclosureOutcome.values:
        raise Refused("Say whether there is something to manage.", field="outcome")
    if disclosure.nothing:
        raise Refused("Nothing is disclosed here, so nothing is to be managed.")
    plan = within(plan, LONGEST_ABOUT, field="plan")
    if outcome == DisclosureOutcome.MANAGED and not plan:
        raise Refused("Say how it is managed: recused from what, told to whom.", field="plan")
    made = DisclosureReview.objects.create(
        disclosure=disclosure, outcome=outcome, plan=plan, recorded_at=clock.now(), recorded_by=actor
    )
    # What was disclosed stands with the disclosure; who reads the audit trail need not read it.
    _audit(actor, "disclosure.reviewed", disclosure, outcome=str(outcome))
    return made


def _require_holds(user, facility: Facility) -> None:
    today = clock.today(facility)
    held = held_by_people(facility, today, None).get(user.pk, [])
    if not any(runs_on(one, today) for one in held):
        raise Refused(
            f"{user} holds no office of the medical staff and no seat on a body of {facility}: nothing is "
            "to be disclosed."
        )


def _record(
    *,
    actor,
    facility: Facility,
    user: User,
    interests: Sequence[Interest],
    nothing: bool,
    signed_on: dt.date,
    filed_at: str,
) -> InterestDisclosure:
    if nothing and interests:
        raise Refused(
            "You say that there is nothing, and name an interest: do one of the two.", field="nothing"
        )
    if not nothing and not interests:
        raise Refused("Name an interest, or say that there is nothing to disclose.", field="nothing")
    if len(interests) > MOST:
        raise Refused(f"At most {MOST} interests are disclosed at once.")
    made = InterestDisclosure.objects.create(
        facility=facility,
        user=user,
        signed_on=signed_on,
        nothing=nothing,
        filed_at=filed_at,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    DisclosedInterest.objects.bulk_create(_row(made, each) for each in interests)
    _audit(actor, "disclosure.made", made, interests=len(interests), on_paper=bool(filed_at))
    return made


def _row(disclosure: InterestDisclosure, each: Interest) -> DisclosedInterest:
    if each.kind not in OutsideInterest.values:
        raise Refused("Say what kind of interest it is.")
    return DisclosedInterest(
        disclosure=disclosure,
        kind=each.kind,
        party=needed(
            each.party, LONGEST_PARTY, field="", otherwise="Name the company, institution or person."
        ),
        about=within(each.about, LONGEST_ABOUT, field=""),
    )


def _audit(actor, verb: str, disclosure: InterestDisclosure, **data) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=disclosure,
        facility=disclosure.facility,
        data={"of": str(disclosure.user), **data},
    )
