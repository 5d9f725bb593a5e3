"""Privileges that end before their term: what somebody would lose, and the acts by which they did."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from bylaws.choices import FinalAction
from bylaws.models import DueProcessEvent
from config.accounts.policies import facilities_with
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from credentialing.choices import LetterOccasion
from credentialing.lost import Lost, LostPrivileges
from credentialing.models import LetterTemplate, OfficeLetter
from credentialing.selectors.letters import letter_telling, template_for
from practitioners.models import Letter, Practitioner
from practitioners.selectors.canonical import among, own_records
from privileging.choices import EndingKind
from privileging.models import Grant, GrantPeriod, Privilege, PrivilegeEnding

RECORD = "bylaws.record_minutes"
#: Which letter of the office tells of it.
LETTERS = {
    EndingKind.RELINQUISHED: LetterOccasion.GIVEN_UP,
    EndingKind.REVOKED: LetterOccasion.REVOKED,
}


@dataclass(frozen=True)
class Held:
    """One grant that holds on the day or begins later. ``first`` is its first day."""

    grant: Grant
    first: dt.date


def held_from(practitioner: Practitioner, facility: Facility, day: dt.date) -> list[Held]:
    """Grants of any kind that hold at the facility on a day from ``day`` on, on whichever record of the
    person, by the name of the privilege; one query.
    """
    rows = (
        GrantPeriod.objects.live()
        .filter(practitioner__in=among([practitioner.pk]), facility=facility)
        .select_related("identity__privilege", "identity__practitioner", "identity__facility")
        .order_by("privilege__name", "valid", "pk")
    )
    periods: dict[int, list[GrantPeriod]] = defaultdict(list)
    for row in rows:
        periods[row.identity_id].append(row)
    return [
        Held(of_one[0].identity, of_one[0].valid.lower)
        for of_one in periods.values()
        if of_one[-1].valid.upper > day
    ]


def to_end(
    practitioner: Practitioner, facility: Facility, day: dt.date, codes: Collection[str] | None
) -> list[Grant]:
    """The grants that end when the privileges of these codes (None: all) are lost from ``day`` on.

    Refused: nothing held, a privilege not held, and a day on or before the first day of one that is already
    in force: it would say that it never held.
    """
    held = held_from(practitioner, facility, day)
    if codes is not None:
        here = {each.grant.privilege.code for each in held}
        strange = sorted(set(codes) - here)
        if strange:
            raise Refused(
                f"{practitioner} does not hold {', '.join(strange[:5])} at {facility} from {day_text(day)} "
                "on: choose among the privileges held.",
                field="privilege_codes",
            )
        held = [each for each in held if each.grant.privilege.code in codes]
    if not held:
        raise Refused(
            f"{practitioner} holds no privilege at {facility} from {day_text(day)} on.", field="day"
        )
    today = clock.today(facility)
    for each in held:
        if day <= each.first <= today:
            raise Refused(
                f"{each.grant.privilege} holds since {day_text(each.first)}: the first day without it comes "
                "after that.",
                field="day",
            )
    return [each.grant for each in held]


def ending(viewer, uid) -> PrivilegeEnding | None:
    """One act by which privileges ended, for those who record such acts there, never about themselves."""
    return (
        PrivilegeEnding.objects.filter(uid=uid, facility__in=facilities_with(viewer, RECORD))
        .exclude(practitioner__in=own_records(viewer))
        .select_related("practitioner", "facility", "action__facility", "recorded_by", "taken_back_by")
        .first()
    )


def cut_by(made: PrivilegeEnding) -> list[GrantPeriod]:
    """The grant periods it cut short, as they were before; one query."""
    return list(
        GrantPeriod.objects.filter(uid__in=made.ended)
        .select_related("identity__privilege", "privilege")
        .order_by("privilege__name", "valid", "pk")
    )


def ordered_by(made: PrivilegeEnding) -> bool:
    """Whether a final action of due process that stands ended them; one query."""
    return DueProcessEvent.objects.filter(
        result__ending=str(made.uid), action=FinalAction.REVOKE, replaced_by__isnull=True
    ).exists()


def ended_since(
    person: Practitioner,
    facility: Facility,
    privilege_ids: Collection[int],
    after: dt.datetime,
) -> tuple[PrivilegeEnding, Privilege] | None:
    """The first act recorded after the moment that stands and by which the person lost one of the privileges
    at the facility, with that privilege; None where there is none. Two queries at most.
    """
    acts = list(
        PrivilegeEnding.objects.filter(
            practitioner__in=among([person.pk]),
            facility=facility,
            taken_back_at=None,
            recorded_at__gt=after,
        ).order_by("recorded_at", "pk")
    )
    if not acts or not privilege_ids:
        return None
    cut = GrantPeriod.objects.filter(
        uid__in=[uid for act in acts for uid in act.ended], privilege__in=privilege_ids
    )
    lost = {str(row.uid): row.privilege for row in cut.select_related("privilege")}
    return next(((act, lost[uid]) for act in acts for uid in act.ended if uid in lost), None)


def lost_privileges_of(practitioner: Practitioner, facility: Facility, act: uuid.UUID | None) -> Lost:
    """The acts that stand, for the letters of the office: see :func:`credentialing.lost.lost_privileges`; one
    query.
    """
    acts = PrivilegeEnding.objects.filter(
        practitioner__in=among([practitioner.pk]), facility=facility, taken_back_at=None
    )
    if act is not None:
        acts = acts.filter(uid=act)
    told = Exists(OfficeLetter.objects.filter(tells_of=OuterRef("uid")))
    chosen: dict[str, Any] = {}
    for made in acts.annotate(told=told).order_by("-recorded_at", "-pk"):
        occasion = str(LETTERS[EndingKind(made.kind)])
        if occasion not in chosen or not made.told:
            chosen[occasion] = made
    newest_first = sorted(chosen.items(), key=lambda each: each[1].recorded_at, reverse=True)
    return {occasion: _lost(made, occasion) for occasion, made in newest_first}


def _lost(made: PrivilegeEnding, occasion: str) -> LostPrivileges:
    return LostPrivileges(
        uid=made.uid,
        first_day_without=made.day,
        names=tuple(made.names),
        occasion=occasion,
        decision=made.reason if made.kind == EndingKind.REVOKED else "",
    )


def letter_of_ending(viewer, made: PrivilegeEnding) -> tuple[Letter | None, LetterTemplate | None]:
    """The letter that tells of it where it was issued, else the template to write it from. Two queries."""
    letter = letter_telling(viewer, made.practitioner, made.uid)
    if letter is not None or made.taken_back_at is not None:
        return letter, None
    return None, template_for(LETTERS[EndingKind(made.kind)])
