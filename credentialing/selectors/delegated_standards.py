"""Whose standard binds a file because a payer delegated: of people on its roster, for what it delegated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from config.rulebook.selectors.parameters import NO_FURTHER, Further, FurtherRows
from credentialing import kinds
from credentialing.choices import DelegatedFunction
from credentialing.models import Application
from practitioners.selectors.canonical import person_sql

#: Each file with its day meets the agreements of its facility that hold then and delegate what the file is.
#: Enrolled is the person, under whichever of their records.
_BINDING = f"""
SELECT c.application, g.standard_id, p.name
  FROM unnest(%(applications)s::bigint[], %(records)s::bigint[], %(places)s::bigint[], %(days)s::date[],
              %(functions)s::text[]) AS c(application, record, place, held_on, function)
  JOIN credentialing_payer p ON p.facility_id = c.place
  JOIN credentialing_delegationagreement a ON a.payer_id = p.id
  JOIN credentialing_delegationagreementperiod g ON g.identity_id = a.id
   AND g.superseded_at IS NULL AND g.valid @> c.held_on AND jsonb_exists(g.functions, c.function)
 WHERE g.everyone OR EXISTS (
   SELECT 1 FROM credentialing_payerenrolment e
     JOIN credentialing_payerenrolmentperiod v ON v.identity_id = e.id
    WHERE e.payer_id = p.id AND v.superseded_at IS NULL AND v.valid @> c.held_on
      AND {person_sql("e.practitioner_id", then=False)} = {person_sql("c.record", then=False)})
 ORDER BY c.application, p.name
"""  # noqa: S608 - names of our own, values as parameters


#: The same of one file, as the standards with the payers of each.
_OF_ONE = f"""
SELECT standard_id, 'delegated by ' || string_agg(name, ' and ' ORDER BY name)
  FROM ({_BINDING}) AS bound(application, standard_id, name) GROUP BY standard_id
"""  # noqa: S608 - the statement above


def function_of(application: Application) -> str:
    """What a payer would call the work on this file; empty for kinds no payer knows."""
    if application.rule.renews:
        return DelegatedFunction.RECREDENTIALING
    return DelegatedFunction.INITIAL if application.rule.membership == kinds.APPOINTMENT else ""


def standards_of_one(application: Application, on: dt.date) -> FurtherRows:
    """The standards that bind one file for payers on the day, to be asked with the parameters; no query."""
    function = function_of(application)
    return FurtherRows(_OF_ONE, _asked([(application, on, function)])) if function else NO_FURTHER


def standards_of(cases: Sequence[tuple[Application, dt.date]]) -> dict[int, Further]:
    """By the id of each application the standards that bind it for payers on its day, each with the payers.

    One query for any number of files, none where no payer would know any of them.
    """
    asked = [(one, day, function_of(one)) for one, day in cases]
    known = [each for each in asked if each[2]]
    if not known:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_BINDING, _asked(known))
        rows = cursor.fetchall()
    found: dict[int, dict[int, list[str]]] = {}
    for application, standard, payer in rows:
        found.setdefault(application, {}).setdefault(standard, []).append(payer)
    return {
        application: tuple(
            (standard, f"delegated by {' and '.join(payers)}") for standard, payers in held.items()
        )
        for application, held in found.items()
    }


def _asked(files: Sequence[tuple[Application, dt.date, str]]) -> dict[str, list]:
    return {
        "applications": [one.pk for one, _, _ in files],
        "records": [one.practitioner_id for one, _, _ in files],
        "places": [one.facility_id for one, _, _ in files],
        "days": [day for _, day, _ in files],
        "functions": [str(function) for _, _, function in files],
    }
