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
from config.rulebook.rules import SURELY_MET, SURELY_NOT_MET, UNCLEAR, InSets
from privileging.selectors.lookup.answers import Asked

#: A period covers the day, said by its ends: an index orders periods by the last one. Of a day long gone by
#: almost all end later; those that end after the longest there is cannot have begun by it, and are not read.
_COVERS = """upper({0}.valid) > %(on)s AND upper({0}.valid) <= %(on)s::date + (SELECT {0} FROM longest)
       AND lower({0}.valid) <= %(on)s"""

#: ``people``: who holds it with an appointment (or where it rests on none) and without a bar, with each of
#: their records. ``same`` is the few records that were merged: each with the person whose record it is.
_PEOPLE = """
WITH same AS MATERIALIZED (
    SELECT m.practitioner_id AS record, m.canonical_id AS person
      FROM practitioners_practitioneraliasperiod m WHERE {known_m}
    UNION
    SELECT m.canonical_id, m.canonical_id FROM practitioners_practitioneraliasperiod m WHERE {known_m}
), longest AS MATERIALIZED (
    SELECT (SELECT max(upper(l.valid) - lower(l.valid)) FROM privileging_grantperiod l
             WHERE l.facility_id = %(facility)s AND l.privilege_id = %(privilege)s) AS g,
           (SELECT max(upper(l.valid) - lower(l.valid)) FROM bylaws_appointmentperiod l
             WHERE l.facility_id = %(facility)s) AS a
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

#: What a condition looks at of everybody, how it weighs, and the records of whom it is met by. All of it is
#: read once: where many cannot be confirmed, reading what stands of them again would cost as much.
_WEIGHED = """, listed_{number} AS MATERIALIZED ({listed}
), weighed_{number} AS MATERIALIZED ({weighed}
), met_{number} AS MATERIALIZED ({met}
    UNION ALL {excused}
), unclear_{number} AS MATERIALIZED ({unclear}
), broken_{number} AS MATERIALIZED ({broken}
)"""
_OF_WEIGHT = """
    SELECT record FROM listed_{number}
     WHERE (id IN (SELECT id FROM weighed_{number} WHERE weight = {weight})) IS TRUE"""
#: Whose records they are. The key of a record that was merged stands for nobody, so it need not be left out.
_PERSONS = """
           SELECT record FROM {records} UNION ALL
           SELECT person FROM same WHERE (record IN (SELECT record FROM {records})) IS TRUE"""
_MEETS = """,
           (person IN ({met})) IS TRUE AS meets_{number}"""
#: ``sure`` meets every condition. Of whoever does not it is not known, unless one of them is surely broken.
#: Every person has a record that is their own.
_JUDGED = """{weighed}, judged AS MATERIALIZED (
    SELECT person, record{meets} FROM people
), sure AS MATERIALIZED (
    SELECT person FROM judged WHERE person = record AND {all}
), unsure AS MATERIALIZED (
    SELECT person FROM judged WHERE person = record AND NOT ({all}){unbroken}
)"""
_UNBROKEN = """
       AND (meets_{number} OR person NOT IN ({broken}) OR (person IN ({unclear})) IS TRUE)"""

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
    numbers = range(len(conditions))
    judged = _JUDGED.format(
        weighed="".join(_weighed(number, each) for number, each in enumerate(conditions)),
        meets="".join(_MEETS.format(number=number, met=_persons("met", number)) for number in numbers),
        all=" AND ".join(f"meets_{number}" for number in numbers) or "true",
        unbroken="".join(
            _UNBROKEN.format(
                number=number, broken=_persons("broken", number), unclear=_persons("unclear", number)
            )
            for number in numbers
        ),
    )
    return _PEOPLE.format(**parts) + judged + _SHOWN, values


def _weighed(number: int, condition: InSets) -> str:
    weights = {"met": SURELY_MET, "unclear": UNCLEAR, "broken": SURELY_NOT_MET}
    return _WEIGHED.format(
        number=number,
        listed=condition.listed.format(records="people"),
        weighed=condition.weighed.format(listed=f"listed_{number}"),
        excused=condition.excused.format(records="people"),
        **{name: _OF_WEIGHT.format(number=number, weight=weight) for name, weight in weights.items()},
    )


def _persons(which: str, number: int) -> str:
    return _PERSONS.format(records=f"{which}_{number}")
