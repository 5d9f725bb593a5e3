"""Who may do it, as one statement about everybody at once.

The statement goes from set to set: who holds the privilege, of them who is appointed, of them who is not
barred (a restriction that allows it under a condition bars nobody), of them who meets the standing
conditions. Names are read of those only whose turn it is.

Where a set is handed on, it is handed on as a list of keys (``= ANY (ARRAY(...))``): an index then reads them
all in one pass, from left to right. A join would look up each of some ten thousand, and where the planner
takes them for few, compare all with all. ``IS TRUE`` and ``NOT IN`` are answered by hashing for the same
reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from bylaws.choices import BarScope
from config.kernel.periods import known_sql
from config.organization.models import Facility
from config.rulebook.rules import InSets
from config.rulebook.verdicts import Outcome
from privileging.selectors.lookup.answers import Asked

#: A period covers the day, said by its ends: an index orders periods by the last one.
_COVERS = "upper({0}.valid) > %(on)s AND (lower({0}.valid) > %(on)s) IS NOT TRUE"

#: ``people``: who holds it with an appointment (or where it rests on none) and without a bar, with each of
#: their records. ``same`` is the few records that were merged: each with the person whose record it is.
_PEOPLE = """
WITH same AS MATERIALIZED (
    SELECT m.practitioner_id AS record, m.canonical_id AS person
      FROM practitioners_practitioneraliasperiod m WHERE {known_m}
    UNION
    SELECT m.canonical_id, m.canonical_id FROM practitioners_practitioneraliasperiod m WHERE {known_m}
), granted AS MATERIALIZED (
    SELECT g.practitioner_id AS record FROM privileging_grantperiod g
     WHERE g.facility_id = %(facility)s AND g.privilege_id = %(privilege)s AND {covers_g} AND {known_g}
), appointed AS MATERIALIZED (
    SELECT a.practitioner_id AS record FROM bylaws_appointmentperiod a
     WHERE a.facility_id = %(facility)s AND {covers_a} AND {known_a}
       AND a.practitioner_id = ANY (ARRAY(SELECT record FROM granted UNION ALL SELECT record FROM same))
       AND (a.category_id IN (SELECT id FROM bylaws_staffcategory WHERE carries_privileges)) IS TRUE
    UNION ALL
    SELECT g.practitioner_id FROM privileging_grantperiod g
     WHERE g.facility_id = %(facility)s AND g.privilege_id = %(privilege)s AND NOT g.kind = 'full'
       AND {covers_g} AND {known_g}
), barred AS MATERIALIZED (
    SELECT w.practitioner_id AS record FROM bylaws_bar w JOIN bylaws_barperiod b ON b.identity_id = w.id
     WHERE w.facility_id = %(facility)s AND b.valid @> %(on)s::date AND {known_b} AND b.condition = ''
       AND (b.scope = %(all)s OR b.privilege_codes @> to_jsonb(%(code)s::text))
), people AS MATERIALIZED (
    SELECT record AS person, record FROM appointed
     WHERE record NOT IN (SELECT record FROM same) AND record NOT IN (SELECT record FROM barred)
    UNION ALL
    SELECT person, record FROM same
     WHERE (person IN (SELECT person FROM same
                        WHERE (record IN (SELECT record FROM granted)) IS TRUE)) IS TRUE
       AND (person IN (SELECT person FROM same
                        WHERE (record IN (SELECT record FROM appointed)) IS TRUE)) IS TRUE
       AND person NOT IN (SELECT person FROM same
                           WHERE (record IN (SELECT record FROM barred)) IS TRUE)
)"""

#: ``sure`` meets every condition; what stands of the others is weighed condition by condition.
_JUDGED = """{met}, sure AS MATERIALIZED (
    SELECT DISTINCT person FROM ({sure}) AS sure
), doubtful AS MATERIALIZED (
    SELECT person, record FROM people WHERE person NOT IN (SELECT person FROM sure)
), unsure AS MATERIALIZED (
    SELECT person FROM ({weighed}) AS each GROUP BY person HAVING min(outcome) = {unknown}
)"""
_MET = ", met_{number} AS MATERIALIZED ({met})"
_SURE = """
SELECT record AS person FROM met_{number} WHERE record NOT IN (SELECT record FROM same)
 UNION ALL
SELECT same.person FROM met_{number} AS met JOIN same ON same.record = met.record
 WHERE (met.record IN (SELECT record FROM same)) IS TRUE"""
#: Every record that is weighed is a doubtful one; FULL only because it is never done by looking each up.
_WEIGHED = """
SELECT doubtful.person, CASE max(found.weight){means} ELSE {otherwise} END AS outcome
  FROM doubtful FULL JOIN ({weighed}) AS found (record, weight) ON found.record = doubtful.record
 GROUP BY doubtful.person"""
_EVERYBODY, _NOBODY = "SELECT person FROM people", "SELECT person, 0 AS outcome FROM people WHERE false"

#: From so many people on a page of them is found by walking the names, each of which may be one of them;
#: fewer are sorted. Records that were withdrawn are not in the index of the names, and are sorted as well.
MANY = 5000
_STRETCH = """ARRAY(SELECT id FROM (
           SELECT p.id, p.sort_name FROM practitioners_practitioner p
            WHERE (SELECT {of} < %(many)s FROM counted) AND p.id = ANY (ARRAY(SELECT person FROM {of}))
           UNION ALL
           (SELECT p.id, p.sort_name FROM practitioners_practitioner p
             WHERE (SELECT {of} >= %(many)s FROM counted) AND p.withdrawn_at IS NULL
               AND (p.id IN (SELECT person FROM {of})) IS TRUE
             ORDER BY p.sort_name, p.id LIMIT {through})
           UNION ALL
           SELECT p.id, p.sort_name FROM practitioners_practitioner p
            WHERE (SELECT {of} >= %(many)s FROM counted) AND p.withdrawn_at IS NOT NULL
              AND (p.id IN (SELECT person FROM {of})) IS TRUE
         ) AS named ORDER BY sort_name, id {stretch})"""
_PAGE = """, counted AS MATERIALIZED (
    SELECT (SELECT count(*) FROM sure) AS sure, (SELECT count(*) FROM unsure) AS unsure
)
SELECT counted.sure, counted.unsure, {sure}, {unsure} FROM counted
"""
_SHOWN = _PAGE.format(
    sure=_STRETCH.format(
        of="sure", through="%(offset)s + %(limit)s", stretch="OFFSET %(offset)s LIMIT %(limit)s"
    ),
    unsure=_STRETCH.format(of="unsure", through="%(limit_unsure)s", stretch="LIMIT %(limit_unsure)s"),
)
#: The worse one is the smaller one.
_RANK = {Outcome.NOT_MET: 0, Outcome.UNKNOWN: 1, Outcome.MET: 2, Outcome.NOT_APPLICABLE: 2}


def people_statement(
    conditions: Sequence[InSets],
    *,
    privilege: Asked,
    facility: Facility,
    on: dt.date,
    known_at: dt.datetime | None,
) -> tuple[str, dict[str, Any]]:
    """The statement and its values: how many may do it, of how many it cannot be confirmed, and the ids of a
    stretch of both by name.

    ``limit``, ``offset`` and ``limit_unsure`` are still to be given; None is without a limit.
    """
    then = known_at is not None
    parts = {f"known_{table}": known_sql(table, then=then) for table in "gabm"}
    parts |= {f"covers_{table}": _COVERS.format(table) for table in "ga"}
    values: dict[str, Any] = {
        "facility": facility.pk,
        "privilege": privilege.id,
        "code": privilege.code,
        "on": on,
        "known_at": known_at,
        "all": str(BarScope.ALL_PRIVILEGES),
        "many": MANY,
    }
    for each in conditions:
        values = {**each.values, **values}
    judged = _JUDGED.format(
        met="".join(
            _MET.format(number=number, met=each.met.format(records="people"))
            for number, each in enumerate(conditions)
        ),
        sure=" INTERSECT ".join(f"({_SURE.format(number=number)})" for number in range(len(conditions)))
        or _EVERYBODY,
        weighed=" UNION ALL ".join(_weighed(each) for each in conditions) or _NOBODY,
        unknown=_RANK[Outcome.UNKNOWN],
    )
    return _PEOPLE.format(**parts) + judged + _SHOWN, values


def _weighed(condition: InSets) -> str:
    means = "".join(f" WHEN {weight} THEN {_RANK[outcome]}" for weight, outcome in condition.means.items())
    return _WEIGHED.format(
        # CASE needs one WHEN at the least.
        means=means or " WHEN NULL THEN 0",
        otherwise=_RANK[condition.otherwise],
        weighed=condition.weighed.format(records="doubtful"),
    )
