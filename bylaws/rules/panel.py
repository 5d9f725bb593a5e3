"""Who may sit on a hearing panel, or be its hearing officer. Pure.

Nobody who is in direct economic competition with the practitioner (42 USC 11112(b)(3)(A)): the same
specialty, outside the practitioner's own practice group. Nobody who took part in the matter. What the facts
do not say, a person rules in writing.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.rulebook.verdicts import Outcome, Verdict

CODE, TITLE = "HC-04", "May sit at the hearing"
CITATION = "42 USC 11112(b)(3)(A): not in direct economic competition"


@dataclass(frozen=True)
class Sitting:
    """What is known of somebody on the day: ``specialties`` by name, the ``fields`` they are in (two
    cardiologists share a specialty, a cardiologist and a general internist a field), practice ``groups`` by
    name; none of these for who is no practitioner on file. ``part_in_matter`` names what they did in it,
    ``of_body`` the body they sat on when it proposed the measure, where no vote of it is on record.
    """

    on_file: bool
    specialties: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    part_in_matter: tuple[str, ...] = ()
    of_body: str = ""
    is_the_practitioner: bool = False


def judge(candidate: Sitting, practitioner: Sitting) -> Verdict:
    """MET: may sit. NOT_MET: may not, and nobody can rule otherwise. UNKNOWN: a person rules in writing."""

    def say(outcome: Outcome, sentence: str) -> Verdict:
        return Verdict(
            outcome,
            CODE,
            TITLE,
            sentence,
            facts={
                "specialties": sorted(candidate.specialties),
                "groups": sorted(candidate.groups),
                "specialties_of_practitioner": sorted(practitioner.specialties),
                "groups_of_practitioner": sorted(practitioner.groups),
            },
            citation=CITATION,
        )

    if candidate.is_the_practitioner:
        return say(Outcome.NOT_MET, "This is the practitioner.")
    if candidate.part_in_matter:
        return say(Outcome.NOT_MET, f"Took part in the matter: {', '.join(candidate.part_in_matter)}.")
    if not candidate.on_file:
        return say(Outcome.UNKNOWN, "No practitioner on file: whether they compete is for a person to rule.")
    if not candidate.specialties or not practitioner.specialties:
        whose = "Their" if not candidate.specialties else "The practitioner's"
        return say(Outcome.UNKNOWN, f"{whose} specialty is not on file: whether they compete is to be ruled.")
    shared_group = candidate.groups & practitioner.groups
    if shared_group:
        return say(
            Outcome.UNKNOWN,
            f"Works with the practitioner at {', '.join(sorted(shared_group))}: no competitor, but whether "
            "they are impartial is to be ruled.",
        )
    shared = candidate.specialties & practitioner.specialties
    if not shared and candidate.fields & practitioner.fields:
        return say(
            Outcome.UNKNOWN,
            f"In the same field ({', '.join(sorted(candidate.fields & practitioner.fields))}): whether they "
            "compete is to be ruled.",
        )
    if not shared and candidate.of_body:
        return say(
            Outcome.UNKNOWN,
            f"Of another specialty. Sat on {candidate.of_body} when it proposed the measure: whether they "
            "took part, as the minutes tell, is to be ruled.",
        )
    if not shared:
        return say(Outcome.MET, "Of another specialty, and took no part in the matter.")
    if not candidate.groups or not practitioner.groups:
        whose = "they practice" if not candidate.groups else "the practitioner practices"
        return say(
            Outcome.UNKNOWN,
            f"Of the same specialty ({', '.join(sorted(shared))}), and where {whose} is not on file: whether "
            "they compete is to be ruled.",
        )
    return say(
        Outcome.NOT_MET,
        f"In direct economic competition: {', '.join(sorted(shared))} too, in another group.",
    )
