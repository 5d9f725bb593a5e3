"""Setting the numbers of the field, each with its source, citation and days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import yaml
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.policies import require, require_everywhere
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import days, half_open, rewrite, through
from config.kernel.yaml_files import read_yaml
from config.organization.models import Facility
from config.rulebook.choices import Confidence
from config.rulebook.models import Parameter, ParameterPeriod, SourceBody
from config.rulebook.parameters import ParameterDefinition, definitions
from config.rulebook.services.sources import source_body

LISTS = ("union", "all_of")
NUMBERS = ("min", "max")


# --- one value ------------------------------------------------------------------------------------------


def definition_of(code: str) -> ParameterDefinition:
    """The declaration of ``code``; refuses a code no room declares."""
    try:
        return definitions()[code]
    except KeyError:
        raise Refused(f'"{code}" is not a parameter any part of the system knows.', field="code") from None


def check_value(declared: ParameterDefinition, value: Any) -> Any:
    """``value`` as the declaration wants it, or a refusal that says why not.

    Numbers that combine by ``min`` or ``max`` must be whole and within the legal limits; lists that are
    joined must be lists. The limits hold for every number in a list too. Of a few words it must be one, and
    a list of texts holds nothing else. What has a shape of its own is judged by whoever declared it.
    """
    if value is None:
        raise Refused(f"{declared.title}: a value is needed.", field="value")
    if declared.combine in NUMBERS and (isinstance(value, bool) or not isinstance(value, int)):
        raise Refused(f"{declared.title}: the value must be a whole number.", field="value")
    if declared.combine in LISTS and not isinstance(value, list):
        raise Refused(f"{declared.title}: the value must be a list.", field="value")
    if declared.choices and value not in declared.choices:
        raise Refused(
            f'{declared.title}: the value must be {" or ".join(declared.choices)}, not "{value}".',
            field="value",
        )
    if declared.of_text and not all(isinstance(each, str) and each.strip() for each in value):
        raise Refused(f"{declared.title}: each entry of the list must be a text.", field="value")
    if declared.problem is not None and (problem := declared.problem(value)):
        raise Refused(f"{declared.title}: {problem}.", field="value")
    for number in _numbers(value):
        if declared.floor is not None and number < declared.floor:
            raise Refused(_limit(declared, f"at least {declared.floor}", number), field="value")
        if declared.ceiling is not None and number > declared.ceiling:
            raise Refused(_limit(declared, f"at most {declared.ceiling}", number), field="value")
    return value


def _numbers(value: Any) -> list[int]:
    if isinstance(value, list):
        return [number for entry in value for number in _numbers(entry)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


def _limit(declared: ParameterDefinition, bound: str, number: int) -> str:
    unit = f" {declared.unit}" if declared.unit else ""
    why = f" ({declared.limit_reason.rstrip('.')})" if declared.limit_reason else ""
    return f"{declared.title}: {bound}{unit} is allowed, not {number}{why}."


@transaction.atomic
def set_parameter(
    *,
    actor,
    code: str,
    subject: str = "",
    source: SourceBody | str,
    facility: Facility | None = None,
    valid: DateRange,
    value: Any,
    citation: str,
    confidence: str,
) -> ParameterPeriod:
    """Make ``value`` what ``source`` says over the days of ``valid``, everywhere or at one facility.

    Other days keep what was said of them, and what was known before stays answerable. A value beyond the
    legal floor or ceiling is refused with the reason. Setting what already stands changes nothing.
    """
    if facility is None:
        require_everywhere(actor, "accounts.manage")
    else:
        require(actor, "accounts.manage", facility)
    period, changed = _put(
        actor=actor,
        declared=definition_of(code),
        subject=subject,
        body=source_body(source),
        facility=facility,
        valid=half_open(valid),
        content=_content(definition_of(code), value, citation, confidence),
        reason="Parameter set",
    )
    if changed:
        record_event(
            actor=actor,
            verb="rulebook.parameter_set",
            subject=period.identity,
            facility=facility,
            data={
                "code": code,
                "subject": subject,
                "source": period.identity.source_body.code,
                "value": value,
                "from": period.start.isoformat() if period.start else None,
                "through": period.end.isoformat() if period.end else None,
            },
        )
    return period


#: The source body of a hospital's own bylaws, rules and policies.
HOUSE = "bylaws"


@transaction.atomic
def set_by_house(
    *, actor, facility: Facility, code: str, subject: str = "", start: dt.date, value: Any, citation: str
) -> ParameterPeriod:
    """What the hospital's own bylaws, rules or policies say, from a day on, until a value that is planned
    from a later day begins. What law, accreditors and payers say is not set here (:func:`set_parameter`).

    A value beyond the legal floor or ceiling is refused with the reason. ``citation`` is the provision.
    """
    require(actor, "bylaws.set_parameters", facility)
    declared = definition_of(code)
    content = _content(declared, value, citation, Confidence.ADOPTED)
    body = source_body(HOUSE)
    planned = (
        ParameterPeriod.objects.live()
        .filter(
            identity__code=code,
            identity__subject=subject,
            identity__source_body=body,
            identity__facility=facility,
            valid__startswith__gt=start,
        )
        .order_by("valid")
        .first()
    )
    period, changed = _put(
        actor=actor,
        declared=declared,
        subject=subject,
        body=body,
        facility=facility,
        valid=days(start, planned.start if planned else None),
        content=content,
        reason="Set from the document that says it",
    )
    if changed:
        record_event(
            actor=actor,
            verb="rulebook.parameter_set",
            subject=period.identity,
            facility=facility,
            data={
                "code": code,
                "subject": subject,
                "source": body.code,
                "value": value,
                "from": start.isoformat(),
                "citation": citation,
            },
        )
    return period


def _content(declared: ParameterDefinition, value: Any, citation: str, confidence: str) -> dict[str, Any]:
    if not citation.strip():
        raise Refused(f"{declared.title}: say where it is written.", field="citation")
    if confidence not in Confidence.values:
        raise Refused(
            f'{declared.title}: "{confidence}" does not say how sure we are; use one of '
            f"{', '.join(Confidence.values)}.",
            field="confidence",
        )
    return {
        "value": check_value(declared, value),
        "citation": citation.strip(),
        "confidence": str(confidence),
    }


def _put(
    *,
    actor,
    declared: ParameterDefinition,
    subject: str,
    body: SourceBody,
    facility: Facility | None,
    valid: DateRange,
    content: dict[str, Any],
    reason: str,
) -> tuple[ParameterPeriod, bool]:
    """The period that says it, and whether it had to be recorded."""
    parameter, _ = Parameter.objects.get_or_create(
        code=declared.code,
        subject=subject,
        source_body=body,
        facility=facility,
        defaults={"created_at": clock.now(), "created_by": actor},
    )
    standing = parameter.periods.live().filter(valid__contains=valid, **_same(content)).first()
    if standing is not None:
        return standing, False
    recorded = rewrite(ParameterPeriod, parameter, valid=valid, actor=actor, reason=reason, content=content)
    return cast(ParameterPeriod, recorded), True


def _same(content: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{name}__exact": value for name, value in content.items()}


# --- files of values ------------------------------------------------------------------------------------


@dataclass
class Loaded:
    """What loading did, in numbers and sentences."""

    added: int = 0
    unchanged: int = 0
    kept: list[str] = field(default_factory=list)

    def __iadd__(self, other: Loaded) -> Loaded:
        self.added += other.added
        self.unchanged += other.unchanged
        self.kept += other.kept
        return self


@dataclass(frozen=True)
class _Entry:
    place: str
    declared: ParameterDefinition
    subject: str
    body: SourceBody
    facility: Facility | None
    start: dt.date
    bound: dt.date | None
    content: dict[str, Any]

    @property
    def identity(self) -> tuple:
        return (self.declared.code, self.subject, self.body.pk, self.facility.pk if self.facility else None)


@transaction.atomic
def load_file(*, actor, path: Path) -> Loaded:
    """Bring the parameters of one ``parameters.yaml`` into force.

    The file is a list of ``code, subject, source, facility?, from, through?, value, citation, confidence``.
    Rows of one source for one subject follow each other: each holds until the next begins. What stands
    already stays untouched; a changed value is recorded anew, the old row remains as what was known. Days on
    which somebody has set another value by hand keep it, and a sentence says so. Anything wrong refuses the
    whole file.
    """
    require_everywhere(actor, "accounts.manage")
    entries = _read(path)
    loaded = Loaded()
    for group in _by_identity(entries):
        for entry, following in _with_next(group):
            end = entry.bound
            if following is not None and (end is None or following.start < end):
                end = following.start
            valid = days(entry.start, end)
            if _set_by_hand(entry, valid, actor):
                what = f"{entry.declared.code} {entry.subject}".strip()
                loaded.kept.append(f"{what} ({entry.body}) was set by hand and stays as it is.")
                continue
            _, changed = _put(
                actor=actor,
                declared=entry.declared,
                subject=entry.subject,
                body=entry.body,
                facility=entry.facility,
                valid=valid,
                content=entry.content,
                reason="Loaded from the shipped values",
            )
            loaded.added += changed
            loaded.unchanged += not changed
    return loaded


def _read(path: Path) -> list[_Entry]:
    try:
        rows = read_yaml(path) or []
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as problem:
        raise Refused(f"{path.name} of {path.parent.name} cannot be read: {problem}") from None
    if not isinstance(rows, list):
        raise Refused(f"{path.name} of {path.parent.name} is not a list of parameters.")
    facilities = {facility.code: facility for facility in Facility.objects.all()}
    bodies = {body.code: body for body in SourceBody.objects.all()}
    return [
        _entry(row, f"{path.parent.name}/{path.name}, entry {number}", facilities, bodies)
        for number, row in enumerate(rows, 1)
    ]


def _entry(row: Any, place: str, facilities: Mapping[str, Facility], bodies: Mapping[str, SourceBody]):
    if not isinstance(row, dict):
        raise Refused(f"{place}: not a parameter.")
    known = {"code", "subject", "source", "facility", "from", "through", "value", "citation", "confidence"}
    missing = known - {"subject", "facility", "through"} - set(row)
    if missing or set(row) - known:
        raise Refused(
            f"{place}: "
            + "; ".join(
                part
                for part in (
                    f"missing {', '.join(sorted(missing))}" if missing else "",
                    f"unknown {', '.join(sorted(set(row) - known))}" if set(row) - known else "",
                )
                if part
            )
        )
    for name in ("from", "through"):
        given = row.get(name)
        if given is not None and (not isinstance(given, dt.date) or isinstance(given, dt.datetime)):
            raise Refused(f"{place}: {name} must be a day like 2025-07-01.")
    if row["source"] not in bodies:
        raise Refused(f'{place}: "{row["source"]}" is not the code of a source body.')
    code = row.get("facility")
    if code and code not in facilities:
        raise Refused(f'{place}: "{code}" is not the code of a facility.')
    try:
        declared = definition_of(row["code"])
        content = _content(declared, row["value"], str(row["citation"]), row["confidence"])
        bound = through(row.get("through"))
        days(row["from"], bound)
    except Refused as refused:
        raise Refused(f"{place}: {refused.sentence}") from None
    return _Entry(
        place=place,
        declared=declared,
        subject=str(row.get("subject") or ""),
        body=bodies[row["source"]],
        facility=facilities[code] if code else None,
        start=row["from"],
        bound=bound,
        content=content,
    )


def _by_identity(entries: Iterable[_Entry]) -> list[list[_Entry]]:
    groups: dict[tuple, list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.identity, []).append(entry)
    for group in groups.values():
        group.sort(key=lambda entry: entry.start)
        for one, other in pairwise(group):
            if one.start == other.start:
                raise Refused(f"{other.place}: the same parameter from the same day as {one.place}.")
    return list(groups.values())


def _with_next(group: Sequence[_Entry]) -> list[tuple[_Entry, _Entry | None]]:
    return list(zip(group, [*group[1:], None], strict=True))


def _set_by_hand(entry: _Entry, valid: DateRange, actor) -> bool:
    """Whether somebody else than the loader has said something about these days."""
    return (
        ParameterPeriod.objects.live()
        .filter(
            identity__code=entry.declared.code,
            identity__subject=entry.subject,
            identity__source_body=entry.body,
            identity__facility=entry.facility,
            valid__overlap=valid,
            recorded_by__is_system=False,
        )
        .exclude(recorded_by=actor)
        .exists()
    )
