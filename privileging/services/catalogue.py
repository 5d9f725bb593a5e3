"""Keeping the catalogue: privileges, forms and their versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.policies import permissions, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from privileging.choices import FormLineKind, VersionStatus
from privileging.models import FormLine, Privilege, PrivilegeForm, PrivilegeFormVersion
from privileging.rules.criteria import validate_criteria
from privileging.workflow import FORM_VERSION

#: The example forms that come with the product.
EXAMPLES = Path(__file__).resolve().parents[1] / "catalogue"

CRITERIA_KINDS = ("initial", "renewal")
FPPE_KEYS = {"cases", "months", "method"}


@dataclass(frozen=True)
class LineDefinition:
    """One privilege of a form as written in a catalogue file."""

    code: str
    name: str
    kind: str
    description: str = ""
    criteria: Mapping[str, Any] = field(default_factory=dict)
    fppe: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FormDefinition:
    """One version of a form as written in a catalogue file."""

    code: str
    name: str
    version: str
    core_criteria: Mapping[str, Any]
    core_fppe: Mapping[str, Any]
    lines: tuple[LineDefinition, ...]


# --- reading -------------------------------------------------------------------------------------------


def read_form(path: Path) -> FormDefinition:
    """A catalogue file, checked. Raises ``Refused`` with the file's name and the place that is wrong."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise Refused(f"{path.name} cannot be read: {problem}.") from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        raise Refused(f"{path.name} is not valid YAML{place}.") from None
    try:
        return _form(data)
    except Refused as refused:
        raise Refused(f"{path.name}: {refused.sentence}") from None


def _form(data: Any) -> FormDefinition:
    if not isinstance(data, Mapping):
        raise Refused("expected a form with code, name, version, core and special.")
    _keys(data, required={"code", "name", "version", "core"}, optional={"special"}, where="the form")
    core = data["core"]
    if not isinstance(core, Mapping):
        raise Refused("core: expected criteria, fppe and lines.")
    _keys(core, required={"lines"}, optional={"criteria", "fppe"}, where="core")
    lines = [
        _line(line, FormLineKind.CORE, f"core.lines[{n}]") for n, line in enumerate(core["lines"] or (), 1)
    ]
    lines += [
        _line(line, FormLineKind.SPECIAL, f"special[{n}]")
        for n, line in enumerate(data.get("special") or (), 1)
    ]
    codes = [line.code for line in lines]
    small = sorted(code for code in codes if code != code.upper())
    if small:
        raise Refused(f"{', '.join(small)}: codes are written in capitals.")
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        raise Refused(f"{', '.join(twice)} stands on the form twice.")
    return FormDefinition(
        code=str(data["code"]),
        name=str(data["name"]),
        version=str(data["version"]),
        core_criteria=_criteria(core.get("criteria") or {}, "core.criteria"),
        core_fppe=_fppe(core.get("fppe") or {}, "core.fppe"),
        lines=tuple(lines),
    )


def _line(data: Any, kind: str, where: str) -> LineDefinition:
    if not isinstance(data, Mapping):
        raise Refused(f"{where}: expected a privilege with code and name.")
    optional = {"description"} | ({"criteria", "fppe"} if kind == FormLineKind.SPECIAL else set())
    _keys(data, required={"code", "name"}, optional=optional, where=where)
    return LineDefinition(
        code=str(data["code"]),
        name=str(data["name"]),
        kind=kind,
        description=str(data.get("description", "")),
        criteria=_criteria(data.get("criteria") or {}, f"{where}.criteria"),
        fppe=_fppe(data.get("fppe") or {}, f"{where}.fppe"),
    )


def _keys(data: Mapping[str, Any], *, required: set[str], optional: set[str], where: str) -> None:
    missing, strange = required - set(data), set(data) - required - optional
    if missing:
        raise Refused(f"{where}: {', '.join(sorted(missing))} is missing.")
    if strange:
        raise Refused(f"{where}: {', '.join(sorted(map(str, strange)))} is not known here.")


def _criteria(data: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping) or set(data) - set(CRITERIA_KINDS):
        raise Refused(f"{where}: expected initial and renewal.")
    for kind in CRITERIA_KINDS:
        validate_criteria(data.get(kind), f"{where}.{kind}")
    return data


def _fppe(data: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(data, Mapping) or set(data) - FPPE_KEYS:
        raise Refused(f"{where}: expected {', '.join(sorted(FPPE_KEYS))}.")
    for key in ("cases", "months"):
        if key in data and (not isinstance(data[key], int) or data[key] < 1):
            raise Refused(f"{where}.{key}: expected a whole number of at least 1.")
    return data


# --- writing -------------------------------------------------------------------------------------------


@transaction.atomic
def load_catalogue(
    *, actor, facilities: Sequence[Facility], paths: Iterable[Path] | None = None
) -> dict[str, int]:
    """Bring catalogue files in and offer their forms at ``facilities``. Running it again changes nothing.

    A version that is already there must say the same as the file: its lines never change, a changed form is a
    new version. Answers counts of forms, versions and privileges added.
    """
    for facility in facilities:
        require(actor, "privileging.manage_catalogue", facility)
    counts = {"forms": 0, "versions": 0, "privileges": 0, "unchanged": 0}
    for path in sorted(paths if paths is not None else EXAMPLES.glob("*.yaml")):
        definition = read_form(path)
        form, added = PrivilegeForm.objects.get_or_create(
            code=definition.code, defaults={"name": definition.name, "example": path.parent == EXAMPLES}
        )
        counts["forms"] += added
        missing = [facility for facility in facilities if facility not in form.facilities.all()]
        if missing:
            form.facilities.add(*missing)
            record_event(
                actor=actor,
                verb="privilege_form.offered",
                subject=form,
                data={"facilities": [facility.code for facility in missing]},
            )
        version = PrivilegeFormVersion.objects.filter(form=form, number=definition.version).first()
        if version is not None:
            _require_same(version, definition)
            counts["unchanged"] += 1
            continue
        version, new = _create_version(actor, form, definition)
        counts["versions"] += 1
        counts["privileges"] += new
        publish_version(actor=actor, version=version)
    return counts


def _require_same(version: PrivilegeFormVersion, definition: FormDefinition) -> None:
    held = [
        (line.privilege.code, line.kind, line.criteria, line.fppe)
        for line in version.lines.select_related("privilege").order_by("kind", "order")
    ]
    wanted = sorted(
        ((line.code, str(line.kind), dict(line.criteria), dict(line.fppe)) for line in definition.lines),
        key=lambda line: line[1],
    )
    same = held == wanted and (version.core_criteria, version.core_fppe) == (
        definition.core_criteria,
        definition.core_fppe,
    )
    if not same:
        raise Refused(
            f"{version} is in the catalog and says something else; give the changed form a new version."
        )


def _create_version(
    actor, form: PrivilegeForm, definition: FormDefinition
) -> tuple[PrivilegeFormVersion, int]:
    version = PrivilegeFormVersion.objects.create(
        form=form,
        number=definition.version,
        offered=DateRange(clock.today(), None, "[)"),
        core_criteria=definition.core_criteria,
        core_fppe=definition.core_fppe,
    )
    held = {
        privilege.code: privilege
        for privilege in Privilege.objects.filter(code__in=[line.code for line in definition.lines])
    }
    lines: list[FormLine] = []
    new, order = 0, {str(FormLineKind.CORE): 0, str(FormLineKind.SPECIAL): 0}
    for line in definition.lines:
        privilege = held.get(line.code)
        if privilege is None:
            privilege = Privilege.objects.create(code=line.code, name=line.name, description=line.description)
            new += 1
        order[str(line.kind)] += 1
        lines.append(
            FormLine(
                version=version,
                privilege=privilege,
                kind=line.kind,
                order=order[str(line.kind)],
                criteria=dict(line.criteria),
                fppe=dict(line.fppe),
            )
        )
    FormLine.objects.bulk_create(lines)  # append-only and without history, so no save() is needed
    record_event(
        actor=actor, verb="form_version.drafted", subject=version, data={"lines": len(definition.lines)}
    )
    return version, new


@transaction.atomic
def publish_version(
    *, actor, version: PrivilegeFormVersion, approved_by: str = "", start: dt.date | None = None
) -> PrivilegeFormVersion:
    """Offer a version from ``start`` (default today) on; the version offered until then is withdrawn.

    Grants keep the version they were given under. Refused when the version has no lines or its criteria could
    not be judged. ``approved_by`` says which body approved the form, empty for an example nobody has
    approved.
    """
    version = (
        PrivilegeFormVersion.objects.select_for_update(of=("self",)).select_related("form").get(pk=version.pk)
    )
    move = FORM_VERSION.check(version, VersionStatus.PUBLISHED, _held_where_offered(actor, version.form))
    lines = list(version.lines.select_related("privilege"))
    if not lines:
        raise Refused(f"{version} has no lines.")
    for kind in CRITERIA_KINDS:
        validate_criteria(version.core_criteria.get(kind), f"core criteria, {kind}")
        for line in lines:
            validate_criteria(line.criteria.get(kind), f"{line.privilege.code}, {kind}")
    first = start or clock.today()
    for before in version.form.versions.filter(status=VersionStatus.PUBLISHED).select_for_update():
        withdraw_version(actor=actor, version=before, last_day=first - dt.timedelta(days=1))
    version.status, version.approved_by = VersionStatus.PUBLISHED, approved_by
    version.offered = DateRange(first, None, "[)")
    version.save(update_fields=["status", "approved_by", "offered"])
    record_event(actor=actor, verb=move.event, subject=version, data={"approved_by": approved_by})
    return version


@transaction.atomic
def withdraw_version(
    *, actor, version: PrivilegeFormVersion, last_day: dt.date | None = None
) -> PrivilegeFormVersion:
    """The version can no longer be asked on; requests and grants made under it stay as they are."""
    version = (
        PrivilegeFormVersion.objects.select_for_update(of=("self",)).select_related("form").get(pk=version.pk)
    )
    move = FORM_VERSION.check(version, VersionStatus.WITHDRAWN, _held_where_offered(actor, version.form))
    until = (last_day or clock.today()) + dt.timedelta(days=1)
    start = version.offered.lower
    version.status = VersionStatus.WITHDRAWN
    version.offered = DateRange(start, max(until, start or until), "[)")
    version.save(update_fields=["status", "offered"])
    record_event(actor=actor, verb=move.event, subject=version)
    return version


def _held_where_offered(actor, form: PrivilegeForm) -> set[str]:
    """Permissions held at every facility that offers the form: it is one form for all of them."""
    held = [permissions(actor, facility) for facility in form.facilities.all()]
    return set.intersection(*held) if held else permissions(actor, None)
