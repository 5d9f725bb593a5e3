"""BL-CERT-1: a certificate that the criteria of a privilege ask for is current while the privilege is held.

Life support and board certification are asked for by the criteria of the catalogue. What counts of them is
what the form asks for renewal, in the version the privilege was granted on: publishing another version
changes no grant, so it suspends nobody either. A lapse reaches the privileges that ask for the certificate
and no other; which kinds reach at all is a parameter. A certificate that is claimed, or not on record, is
unknown.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from bylaws.parameters import STANDING_CONDITIONS
from bylaws.rules.current_credential import (
    KINDS,
    Required,
    current_in_sets,
    judge_current,
    said_of,
)
from bylaws.rules.population import asked_of
from config.kernel.periods import known_sql
from config.organization.models import Facility
from config.rulebook.rules import Facts, InSets, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict, combine_all
from privileging.choices import FormLineKind
from privileging.models import FormLine
from privileging.parameters import CERTIFICATE_KINDS
from privileging.rules.certificates_asked import BOARD_CERT, LIFE_SUPPORT, Asked, certificates_asked
from privileging.selectors.held_lines import held_lines_of

CODE = "BL-CERT-1"
TITLE = "Certificates that held privileges ask for are current"
LAW = "The criteria of the privilege"
#: Of each kind: the field that says which certificate it is, how a sentence calls it, and who confirms it.
_KINDS = {
    LIFE_SUPPORT: ("course", "certificate", "the training center"),
    BOARD_CERT: ("specialty", "board certification", "the certifying board"),
}
KINDS.update(_KINDS)


def required_of(asked: Asked) -> Required:
    """What is asked for, as the rules about credentials say it."""
    field, noun, source = _KINDS[asked.kind]
    return Required(
        code=CODE,
        title=f"Current {' or '.join(asked.contents)} {noun}",
        kind=asked.kind,
        noun=noun,
        source=source,
        fact="certificate",
        law=LAW,
        confidence="unconfirmed",
        content_field=field,
        contents=asked.contents,
    )


def kinds_kept_up(parameters: Parameters) -> set[str]:
    """The kinds whose lapse reaches privileges; what the parameter names besides is none of them."""
    bound = parameters.get(CERTIFICATE_KINDS.code)
    value = bound.value if bound is not None else None
    return {each for each in (value if isinstance(value, list) else []) if each in _KINDS}


def asked_by(line: FormLine, kinds: Collection[str]) -> tuple[Asked, ...]:
    """The certificates a line of a form (with its version) asks of whoever holds the privilege."""
    pair = line.version.core_criteria if line.kind == FormLineKind.CORE else line.criteria
    return certificates_asked(pair.get("renewal") or {}, kinds)


def gather(
    facility: Facility, on: dt.date, known_at: dt.datetime | None, practitioner_ids: Iterable[int] | None
) -> dict[int, Facts]:
    """Who is asked, by practitioner id; one query. What they hold is read where something can be asked."""
    people = asked_of(facility, on, known_at, practitioner_ids)
    return {pk: {**person, "asked": []} for pk, person in people.items()}


def with_what_is_held(
    facts: dict[int, Facts],
    parameters: Parameters,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
) -> dict[int, Facts]:
    """The certificates asked of each person by what is held on the day, each with the privileges that ask for
    it and what is said of it; two queries, and one of each kind that is asked.
    """
    kinds = kinds_kept_up(parameters)
    if not kinds or not facts:
        return facts
    held = held_lines_of(facts, facility, on, known_at)
    lines = {line for each in held.values() for _, line in each}
    asked_on = {
        line.pk: asked_by(line, kinds)
        for line in FormLine.objects.filter(pk__in=lines).select_related("version")
    }
    wanted: dict[int, dict[Asked, set[str]]] = defaultdict(lambda: defaultdict(set))
    for person, each in held.items():
        for code, line in each:
            for asked in asked_on[line]:
                wanted[person][asked].add(code)
    people = sorted(wanted)
    said: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for kind in sorted({asked.kind for each in wanted.values() for asked in each}):
        for row in said_of(kind, people, known_at):
            said[row["person"], kind].append({**row, "state": ""})
    return {
        pk: {
            **each,
            "asked": [
                {
                    "kind": asked.kind,
                    "contents": list(asked.contents),
                    "privileges": sorted(codes),
                    "credentials": [row for row in said[pk, asked.kind] if required_of(asked).counts(row)],
                }
                for asked, codes in sorted(wanted.get(pk, {}).items())
            ],
        }
        for pk, each in facts.items()
    }


def for_privilege(facts: Facts, code: str) -> Facts:
    """The facts of one person, as far as they are asked for by one privilege."""
    return {
        **facts,
        "asked": [{**each, "privileges": [code]} for each in facts["asked"] if code in each["privileges"]],
    }


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person, with a part for each certificate asked for. Pure."""
    parts = tuple(_part(each, facts, parameters) for each in facts["asked"])
    outcome = combine_all(parts)
    if outcome is Outcome.NOT_APPLICABLE and not parts:
        return Verdict(outcome, CODE, TITLE, "No privilege is held that asks for a certificate.")
    open_ones = [each for each in parts if each.outcome == outcome]
    sinces = [each.since for each in open_ones if each.since is not None]
    return Verdict(
        outcome=outcome,
        code=CODE,
        title=TITLE,
        sentence=" ".join(dict.fromkeys(each.sentence for each in open_ones)),
        citation=parts[0].citation,
        confidence=parts[0].confidence,
        cure=" ".join(dict.fromkeys(each.cure for each in open_ones if each.cure)),
        since=min(sinces, default=None) if outcome is Outcome.NOT_MET else None,
        reaches=tuple(sorted({code for each in open_ones for code in each.reaches})),
        children=parts,
    )


def _part(one: Mapping[str, Any], facts: Facts, parameters: Parameters) -> Verdict:
    asked = Asked(one["kind"], tuple(one["contents"]))
    verdict = judge_current(
        required_of(asked),
        {
            "on": facts["on"],
            "state": "",
            "category": facts["category"],
            "carries_privileges": facts["carries_privileges"],
            "credentials": one["credentials"],
        },
        parameters,
    )
    return replace(verdict, reaches=tuple(one["privileges"]), part=asked.part)


#: Whose grant of the privilege stands on a line that does not ask for the certificate.
_NOT_ASKED = """
SELECT g.practitioner_id AS record FROM privileging_grantperiod g
  JOIN privileging_grant i ON i.id = g.identity_id
 WHERE g.facility_id = %({key}_facility)s AND g.valid @> %(on)s::date AND {known_g}
   AND g.privilege_id = (SELECT id FROM privileging_privilege WHERE code = %({key}_privilege)s)
   AND i.form_line_id <> ALL (%({key}_lines)s)
   AND g.practitioner_id = ANY (ARRAY(SELECT record FROM {{records}}))"""


def in_sets_for(
    privilege: str, parameters: Parameters, facility: Facility, on: dt.date, known_at: dt.datetime | None
) -> list[InSets]:
    """What :func:`judge` says of holders of one privilege, a pair of statements for each certificate that
    some line of it asks for; one query for the lines.
    """
    kinds = kinds_kept_up(parameters)
    asking: dict[Asked, list[int]] = defaultdict(list)
    for line in FormLine.objects.filter(privilege__code=privilege).select_related("version"):
        for asked in asked_by(line, kinds):
            asking[asked].append(line.pk)
    known_g = known_sql("g", then=known_at is not None)
    found = []
    for number, (asked, lines) in enumerate(sorted(asking.items())):
        key = f"certificate_{number}"
        current = current_in_sets(required_of(asked), facility, on, known_at, key)
        found.append(
            replace(
                current,
                excused=_NOT_ASKED.format(key=key, known_g=known_g),
                values={
                    **current.values,
                    f"{key}_facility": facility.pk,
                    f"{key}_privilege": privilege,
                    f"{key}_lines": lines,
                },
            )
        )
    return found


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(STANDING_CONDITIONS.code, CERTIFICATE_KINDS.code),
        facts=gather,
        judge=judge,
        waivable=False,
        standing=True,
        more_facts=with_what_is_held,
        for_privilege=for_privilege,
        in_sets_for=in_sets_for,
    )
)
