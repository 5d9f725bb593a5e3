"""BL-DEA-1: a current DEA registration in the state of the facility, for whoever prescribes there.

Whom it concerns the bylaws say: the privileges listed with it among the standing conditions are those that
need prescribing, and whoever holds one needs a registration. Where they let it reach all privileges,
everybody does; where they do not list it, it is asked of whoever has had one. A registration is for one
state; of one whose state is not recorded, and of a claim nobody confirmed, it is not known.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from bylaws.held import codes_held
from bylaws.parameters import STANDING_CONDITIONS
from bylaws.rules.current_credential import (
    Required,
    current_in_sets,
    current_ones,
    gather_current,
    judge_current,
    reached,
    register_required,
    surely_current,
)
from config.organization.models import Facility
from config.rulebook.rules import Facts, InSets, Parameters, Rule, register
from config.rulebook.verdicts import Verdict

DEA = register_required(
    Required(
        code="BL-DEA-1",
        title="Current DEA registration in the state of the facility",
        kind="DEA",
        noun="DEA registration",
        source="the DEA",
        fact="registration",
        law="21 CFR 1301.11 and 1301.12",
        confidence="unconfirmed",
        state_field="business_address_state",
    )
)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Registrations by practitioner id, in two queries."""
    return dict(gather_current(DEA, facility, on, known_at, practitioner_ids))


def with_privileges(
    facts: dict[int, Facts],
    parameters: Parameters,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
) -> dict[int, Facts]:
    """Where the bylaws list privileges: those held by whoever has no current registration; one query."""
    if not reached(DEA.code, parameters):
        return facts
    held = codes_held([pk for pk, each in facts.items() if not current_ones(each)], facility, on, known_at)
    return {pk: {**each, "held": sorted(held.get(pk, ()))} for pk, each in facts.items()}


def surely_met(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int]
) -> set[int]:
    """Of the ids, those with a confirmed registration of the state that day; one query."""
    return surely_current(DEA, facility, on, known_at, practitioner_ids)


def in_sets(facility: Facility, on: dt.date, known_at: dt.datetime | None) -> InSets:
    """What :func:`judge` says of people who hold what it reaches, as statements."""
    return current_in_sets(DEA, facility, on, known_at)


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure."""
    codes = reached(DEA.code, parameters)
    not_asked = ""
    if codes:
        if not set(codes) & set(facts.get("held", ())):
            not_asked = "No privilege is held that needs prescribing."
    elif codes is not None and not facts["credentials"]:
        not_asked = "No DEA registration is on record, and the bylaws list no privilege that needs one."
    return judge_current(DEA, facts, parameters, not_asked)


RULE = register(
    Rule(
        code=DEA.code,
        title=DEA.title,
        version="1",
        parameters=(STANDING_CONDITIONS.code,),
        facts=gather,
        judge=judge,
        waivable=False,
        standing=True,
        surely_met=surely_met,
        in_sets=in_sets,
        more_facts=with_privileges,
    )
)
