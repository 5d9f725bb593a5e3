"""What the content of a credential may be, judged by the JSON schema of its kind.

Beside the standard words a schema may carry these of ours, all optional:
``x-identity``: keys of the content (or ``start``) that tell two credentials of a kind without numbers apart;
``x-dates``: ``start`` and ``end`` labels of the days, and ``required`` (``start``, ``end``);
``x-order``: the keys in the order a form shows them; ``x-statuses``: what an issuer of this kind can say of
it. A property may carry ``x-same-as: issuer`` (filled from the issuer, not asked), ``x-state`` and
``x-prefix``. ``x-lane`` places the kind on the timeline (practitioners/rules/timeline.py).
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from practitioners.rules.licence_numbers import normal_form
from practitioners.rules.problems import Problem

KEY_LENGTH = 60
_NO_VALUE: tuple[Any, ...] = (None, "", [], ())


def check_content(schema: Mapping[str, Any], content: Mapping[str, Any] | None) -> dict[str, Any]:
    """The content as plain JSON without empty values; raises ``Problem`` naming the field that does not
    fit.
    """
    values = {key: _plain(value) for key, value in (content or {}).items() if value not in _NO_VALUE}
    properties = schema.get("properties", {})
    for key in values:
        if key not in properties:
            raise Problem(f'"{key}" is not a field of this kind of credential.', field=key)
        values[key] = _as_listed(values[key], properties[key])
    validator = Draft202012Validator(dict(schema), format_checker=FormatChecker())
    for error in sorted(validator.iter_errors(values), key=lambda each: [str(part) for part in each.path]):
        field = _field_of(error)
        raise Problem(_sentence(error, properties.get(field, {}), field), field=field)
    return values


def with_issuer(schema: Mapping[str, Any], content: Mapping[str, Any] | None, issuer: str) -> dict[str, Any]:
    """The content with the keys that repeat the issuer filled in where they are empty."""
    values = dict(content or {})
    for key, described in schema.get("properties", {}).items():
        if described.get("x-same-as") == "issuer" and issuer and not values.get(key):
            values[key] = issuer[: described.get("maxLength")]
    return values


def identity_key(schema: Mapping[str, Any], content: Mapping[str, Any], start: dt.date | None) -> str:
    """What tells credentials without a number apart: this course, this specialty, this first day."""
    parts = []
    for name in schema.get("x-identity", ()):
        value = start.isoformat() if name == "start" and start else content.get(name, "")
        parts.append(normal_form(value))
    return "".join(parts)[:KEY_LENGTH]


def _as_listed(value: Any, described: Mapping[str, Any]) -> Any:
    """A word as its list of answers writes it, whatever its capitals."""
    for answer in described.get("enum", ()):
        if isinstance(value, str) and isinstance(answer, str) and value.casefold() == answer.casefold():
            return answer
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, str):
        return str(value).strip()
    return value


def _field_of(error) -> str:
    if error.path:
        return str(error.path[0])
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return missing[0] if missing else ""
    return ""


def _sentence(error, described: Mapping[str, Any], field: str) -> str:
    label = str(described.get("title") or field.replace("_", " ").capitalize())
    if error.validator == "required":
        return f"{label} is missing."
    if error.validator == "format":
        what = {"date": "a date like 2026-03-31", "email": "an e-mail address"}.get(error.validator_value)
        return f"{label}: “{error.instance}” is not {what or error.validator_value}."
    if error.validator == "enum":
        return f"{label}: “{error.instance}” is not one of the answers."
    if error.validator in ("maxLength", "maxItems"):
        return f"{label} is longer than {error.validator_value}."
    if error.validator in ("minimum", "exclusiveMinimum"):
        return f"{label} must be at least {error.validator_value}."
    if error.validator in ("maximum", "exclusiveMaximum"):
        return f"{label} must be at most {error.validator_value}."
    if error.validator == "type" and error.validator_value in ("integer", "number"):
        return f"{label}: “{error.instance}” is not a number of at least {described.get('minimum', 0)}."
    return f"{label} does not have the expected form."
