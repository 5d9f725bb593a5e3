"""BL-MEC-1: most of the voting members of the executive committee are physicians.

Every body of the facility is judged; whichever is not the executive committee the rule does not concern.

Source: domain.md CMS-07 and BL-MEC-1; 42 CFR 482.22(b)(3), in our own words: where a medical staff has an
executive committee, most of its members are doctors of medicine or osteopathy. We count those with a vote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import OuterRef, Subquery

from bylaws.choices import CommitteeKind
from bylaws.models import CommitteeSeatPeriod
from bylaws.rules.bodies import COMMITTEE, bodies_of
from config.organization.models import Facility
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict
from practitioners.models import Practitioner

CODE = "BL-MEC-1"
TITLE = "Most voting members of the executive committee are physicians"
CITATION = "42 CFR 482.22(b)(3)"

#: Values of ``practitioners.choices.ProviderType`` that are doctors of medicine or osteopathy.
PHYSICIANS = ("MD", "DO")


def physician_majority(provider_types: Sequence[str]) -> Verdict:
    """Whether physicians have the majority among the voting members, from what each practises under; empty
    where that is not on record. With a seat's profession unknown the answer is UNKNOWN until it cannot make
    a difference any more.
    """
    voting = len(provider_types)
    physicians = sum(1 for each in provider_types if each in PHYSICIANS)
    unknown = sum(1 for each in provider_types if not each)
    known = "is a physician" if physicians == 1 else "are physicians"
    said = f"{physicians} of {voting} voting members {known} (MD or DO)"
    facts = {"voting": voting, "physicians": physicians, "not_known": unknown}
    if not voting:
        outcome, sentence, cure = Outcome.UNKNOWN, "No voting member is in office.", "Seat members."
    elif physicians * 2 > voting:
        outcome, sentence, cure = Outcome.MET, f"{said}: more than half.", ""
    elif (physicians + unknown) * 2 <= voting:
        outcome = Outcome.NOT_MET
        sentence = f"{said}; more than half must be."
        cure = "Seat physicians, or members without a vote."
    else:
        outcome = Outcome.UNKNOWN
        sentence = f"{said} for certain; of {unknown} it is not on record."
        cure = "Link the members' accounts to their records as practitioners."
    return Verdict(outcome, CODE, TITLE, sentence, facts=facts, citation=CITATION, cure=cure)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, committee_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Of each body its kind, of the executive committee what each voting member practises under (empty where
    no record is linked); two queries.
    """
    bodies = bodies_of(facility, on, committee_ids)
    executive = [pk for pk, body in bodies.items() if body.kind == CommitteeKind.MEC]
    practised = Practitioner.objects.filter(user=OuterRef("identity__user")).values("provider_type")
    seats = list(
        CommitteeSeatPeriod.objects.in_force(on, known_at)
        .filter(identity__committee__in=executive, votes=True)
        .annotate(profession=Subquery(practised[:1]))
        .values_list("identity__committee", "profession")
    )
    return {
        pk: {
            "kind": body.kind,
            "professions": sorted(profession or "" for committee, profession in seats if committee == pk),
        }
        for pk, body in bodies.items()
    }


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one body. Pure."""
    if facts["kind"] != CommitteeKind.MEC:
        return Verdict(
            Outcome.NOT_APPLICABLE,
            CODE,
            TITLE,
            "The rule asks this of the executive committee alone.",
            citation=CITATION,
        )
    return physician_majority(facts["professions"])


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(),
        facts=gather,
        judge=judge,
        waivable=False,
        subject=COMMITTEE.code,
    )
)
