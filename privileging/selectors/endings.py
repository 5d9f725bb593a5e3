"""What somebody would lose at a facility when privileges end before their term."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.selectors.canonical import among
from privileging.models import Grant, GrantPeriod


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
