"""What members of a category of the medical staff may and owe, changed from a day on.

Source: 42 CFR 482.22(c)(2): the bylaws state the duties and privileges of each category.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from bylaws.models import StaffCategory
from bylaws.rules.reach import require_within
from bylaws.selectors.categories import RIGHTS, rights_on
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from config.rulebook.models import ParameterPeriod
from config.rulebook.services.parameters import HOUSE, set_by_house

#: How far from today a change may take effect, in years.
BACK, AHEAD = 20, 5


@transaction.atomic
def change_right(
    *,
    actor,
    facility: Facility,
    category: StaffCategory,
    right: str,
    has: bool,
    start: dt.date,
    citation: str,
) -> ParameterPeriod:
    """Members of the category have the right or duty, or have it no more, from ``start`` on, as the provision
    ``citation`` of the bylaws says. ``right`` is the parameter that lists the categories which have it. A
    change recorded for a later day stays as to other categories; one of this category holds from its day on.

    Refused: what stands already on that day, and taking away what another source (law, an accreditor) gives.
    """
    # Each change writes the whole list: of two made at once the second has to read what the first wrote.
    list(Facility.objects.select_for_update(no_key=True).filter(pk=facility.pk).values_list("pk"))
    rights = {each.code: each for each in rights_on(facility, start)}
    if right not in rights:
        raise Refused("Say what changes.", field="right")
    require_within(
        start,
        today=clock.today(facility),
        back=BACK,
        ahead=AHEAD,
        field="start",
        what="The day from which it holds",
    )
    held = list(rights[right].bound.value or [])
    if (category.code in held) == has:
        raise Refused(
            f"That is so already on {day_text(start)}: {category}, {RIGHTS[right].lower()}, "
            f"{'yes' if has else 'no'}.",
            field="has",
        )
    later = _later(facility, right, start)
    period = _put(actor, facility, category, right, has, start, held, citation)
    for each in later:
        if (category.code in each.value) == has:
            break  # from that day on this category was changed itself
        _put(actor, facility, category, right, has, each.valid.lower, each.value, _both(each, citation))
    return period


def _later(facility: Facility, right: str, start: dt.date) -> list[ParameterPeriod]:
    """The lists of the house here that begin after the day, in their order."""
    return list(
        ParameterPeriod.objects.live()
        .filter(
            identity__code=right,
            identity__subject="",
            identity__source_body__code=HOUSE,
            identity__facility=facility,
            valid__startswith__gt=start,
        )
        .order_by("valid")
    )


def _both(period: ParameterPeriod, citation: str) -> str:
    """Both provisions that made a list; the later one where they are too long together."""
    longest = ParameterPeriod._meta.get_field("citation").max_length or 0
    together = f"{period.citation}; {citation.strip()}"
    return together if len(together) <= longest else citation


def _put(
    actor,
    facility: Facility,
    category: StaffCategory,
    right: str,
    has: bool,
    start: dt.date,
    held: Sequence[str],
    citation: str,
) -> ParameterPeriod:
    """The list of one day with the category, or without it. Refused where another source says otherwise."""
    value = [*held, category.code] if has else [code for code in held if code != category.code]
    period = set_by_house(
        actor=actor, facility=facility, code=right, start=start, value=value, citation=citation
    )
    after = next(each for each in rights_on(facility, start) if each.code == right)
    if (category.code in (after.bound.value or [])) != has:
        raise Refused(
            f"Another source says so too from {day_text(start)} on, and the lists are joined: "
            f"{after.bound.source}.",
            field="has",
        )
    return period
