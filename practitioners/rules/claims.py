"""What is claimed of a credential, as it is stored: which credential, which days, what is said of it.

Nothing here touches the database: the services that record one claim and those that record many ask the same.
A ``kind`` is a kind of credential: anything with ``code``, ``name``, ``fields``, ``has_state`` and
``number_label``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from config.kernel.periods import half_open, last_day
from practitioners.choices import CredentialStatus, SaidBy
from practitioners.rules.credential_content import check_content, identity_key
from practitioners.rules.dea import check_dea
from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.names import word_set
from practitioners.rules.person_content import one_line
from practitioners.rules.plausible import check_number
from practitioners.rules.problems import Problem
from practitioners.rules.provenance import FIRST_DAY, LAST_DAY, STATUS

DEA = "DEA"
#: Postal codes of the states and territories that license practitioners.
STATES = word_set(
    """AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC
    ND OH OK OR PA PR RI SC SD TN TX UT VT VA VI WA WV WI WY AS GU MP"""
)


def claim_content(
    kind: Any, valid: DateRange, status: str, said_by: str, extra: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Days (half-open), status, speaker and content of a claim; raises ``Problem`` or ``Refused`` at the
    field that cannot be.
    """
    if status not in CredentialStatus.values:
        raise Problem("Choose what the issuer says of it.", field="status")
    return {
        "valid": half_open(valid),
        "status": status,
        "said_by": said_by,
        "extra": check_content(kind.fields, extra),
    }


def claim_identity(
    kind: Any,
    *,
    issuer: str,
    state: str,
    number: str,
    extra: Mapping[str, Any],
    start: dt.date | None,
    last_names: str,
    provider_type: str,
) -> dict[str, str]:
    """Which credential it is: issuer, state, number and the key by which it is known again.

    ``last_names`` are all on file, for a DEA number. Raises ``Problem`` at the field that cannot be.
    """
    issuer, state, number = one_line(issuer), one_line(state).upper(), one_line(number)
    if len(issuer) > 200:
        raise Problem("This is longer than 200 characters.", field="issuer")
    if len(number) > 60:
        raise Problem("The number is longer than 60 characters.", field="number")
    if number and not kind.number_label:
        raise Problem(f"{kind.name} has no number.", field="number")
    if kind.has_state and state not in STATES:
        raise Problem("Choose the state.", field="state")
    if kind.code == DEA:
        check = check_dea(number, last_names, provider_type)
        if not check.acceptable:
            raise Problem(check.errors[0], field="number")
        number = f"{check.number}-{check.suffix}" if check.suffix else check.number
    if number:
        key = normal_form(number)
        if not key:
            raise Problem("The number has neither letters nor digits.", field="number")
        check_number(number)
    else:
        if kind.has_state and kind.number_label:
            raise Problem(f"Enter the {kind.number_label.lower()}.", field="number")
        key = identity_key(kind.fields, extra, start)
    if not (issuer or number or key):
        raise Problem(f"Say which {kind.name.lower()} this is.", field="issuer")
    return {"issuer": issuer, "state": state, "number": number, "number_key": key[:60]}


def claim_facts(
    kind: Any, content: Mapping[str, Any], said_by: str, identity: Mapping[str, Any]
) -> dict[str, Any]:
    """The followed facts of what is said of a credential."""
    valid: DateRange = content["valid"]
    said = {**identity, FIRST_DAY: valid.lower, LAST_DAY: last_day(valid.upper)}
    # The registry repeats a number and nothing of its standing; many kinds have none.
    if said_by != SaidBy.NPPES and kind.fields.get("x-statuses"):
        said[STATUS] = CredentialStatus(content["status"]).label
    return said
