"""Keeping the catalogue: privileges, forms and their versions."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from privileging.choices import FormLineKind, VersionStatus
from privileging.models import FormLine, Privilege, PrivilegeForm, PrivilegeFormVersion, Remapping
from privileging.parameters import RESOURCES
from privileging.policies import KEEP, held_where_offered, require_keeper
from privileging.rules.catalogue_forms import (
    CRITERIA_KINDS,
    Change,
    FormDefinition,
    differences,
    form_of_text,
    forms_of_text,
    text_of,
)
from privileging.rules.criteria_published import SOLELY, alone, prerequisites, validate_criteria
from privileging.selectors.catalogue import (
    definition_of,
    first_today,
    last_today,
    needs_approval,
    today_of,
    version_on,
)
from privileging.selectors.resources import lacking_everywhere
from privileging.workflow import FORM_VERSION

#: The example forms that come with the product.
EXAMPLES = Path(__file__).resolve().parents[1] / "catalogue"


# --- reading -------------------------------------------------------------------------------------------


def read_forms(path: Path) -> tuple[FormDefinition, ...]:
    """The forms of a catalogue file, checked. Raises ``Refused`` with the file's name and the place that is
    wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Refused(f"{path.name} cannot be read: {problem}.") from None
    try:
        return forms_of_text(text)
    except Refused as refused:
        raise Refused(f"{path.name}: {refused.sentence}") from None


def _definitions(paths: Iterable[Path] | None) -> Iterator[tuple[Path, FormDefinition]]:
    """Each form of the files, or of the examples, with the file it stands in."""
    for path in sorted(paths if paths is not None else EXAMPLES.glob("*.yaml")):
        for definition in read_forms(path):
            yield path, definition


# --- writing -------------------------------------------------------------------------------------------


@transaction.atomic
def load_catalogue(
    *,
    actor,
    facilities: Sequence[Facility],
    paths: Iterable[Path] | None = None,
    approved_by: str = "",
    approved_on: dt.date | None = None,
) -> dict[str, int]:
    """Bring catalogue files in and offer their forms at ``facilities``. Running it again changes nothing.

    A version that is already there must say the same as the file: its lines never change, a changed form is a
    new version. A new version of an example nobody has approved, and one of which ``approved_by`` and
    ``approved_on`` say which body approved it, is published; any other stays a draft until its approval is
    recorded, and an approved one with a privilege for which no facility has the resources until they are
    declared; an example is offered without that privilege.
    Without ``paths`` the examples are loaded, but for those the staff made its own: they are kept as they
    are. Answers counts of forms, versions, drafts among them, those waiting for resources, and
    privileges added, of what is unchanged and of what is kept.
    """
    for facility in facilities:
        require(actor, KEEP, facility)
    counts = dict.fromkeys(("forms", "versions", "drafts", "waiting", "privileges", "unchanged", "kept"), 0)
    for path, definition in _read_all(paths):
        if paths is None and _is_own(definition):
            counts["kept"] += 1
            continue
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
        _require_name(form, definition, path)
        version = PrivilegeFormVersion.objects.filter(form=form, number=definition.version).first()
        if version is not None:
            _require_same(version, definition)
            counts["unchanged"] += 1
            continue
        version, new = _create_version(actor, form, definition)
        counts["versions"] += 1
        counts["privileges"] += new
        if approved_by:
            version = approve_version(
                actor=actor, version=version, approved_by=approved_by, approved_on=approved_on
            )
        if not version.approved_by and needs_approval(form):
            counts["drafts"] += 1
        elif version.approved_by and _why_without_resources(version, list(version.lines.all())):
            counts["waiting"] += 1
        else:
            publish_version(actor=actor, version=version, leave_out=not version.approved_by)
    return counts


@dataclass(frozen=True)
class FilePlan:
    """What loading one catalogue file would do. ``changes`` are against the version offered now."""

    form: FormDefinition
    kept: bool  # the staff made the example its own: it is left as it is
    unchanged: bool
    against: str  # number of the version it is compared with; empty: the form is new
    changes: tuple[Change, ...]
    flags: tuple[str, ...]


def plan_catalogue(paths: Iterable[Path] | None = None) -> list[FilePlan]:
    """What loading the files would add or change, without doing it, against the versions offered today.

    Raises ``Refused`` where loading would for what a file says; who may load, and whether what is approved
    can be published, is asked when it is loaded.
    """
    plans = []
    for path, definition in _read_all(paths):
        form = PrivilegeForm.objects.filter(code=definition.code).first()
        kept = paths is None and _is_own(definition)
        if form is not None and not kept:
            _require_name(form, definition, path)
        held = PrivilegeFormVersion.objects.filter(
            form__code=definition.code, number=definition.version
        ).first()
        if held is not None and not kept:
            _require_same(held, definition)
        elif not kept:
            _held_privileges(definition)
        running = version_on(definition.code, today_of(form)) if form else None
        old = definition_of(running) if running else None
        plans.append(
            FilePlan(
                form=definition,
                kept=kept,
                unchanged=held is not None,
                against=running.number if running else "",
                changes=() if held is not None or kept else tuple(differences(old, definition)),
                flags=flags_of(definition),
            )
        )
    return plans


def _read_all(paths: Iterable[Path] | None) -> list[tuple[Path, FormDefinition]]:
    """The catalogue files in the order of their names, the examples without ``paths``; each may ask for
    privileges of another of them.
    """
    found = list(_definitions(paths))
    codes = {line.code for _, definition in found for line in definition.lines}
    for path, definition in found:
        try:
            _require_prerequisites(definition, beside=codes)
        except Refused as refused:
            raise Refused(f"{path.name}: {refused.sentence}") from None
    return found


def _is_own(definition: FormDefinition) -> bool:
    """Whether the form is in the catalogue and is the staff's own by now (:func:`needs_approval`)."""
    form = PrivilegeForm.objects.filter(code=definition.code).first()
    return form is not None and needs_approval(form)


def _require_name(form: PrivilegeForm, definition: FormDefinition, path: Path) -> None:
    if form.name != definition.name:
        raise Refused(
            f'The form {form.code} is called "{form.name}" in the catalog and "{definition.name}" in '
            f"{path.name}: rename it in the administration first."
        )


def _require_prerequisites(definition: FormDefinition, *, beside: Collection[str] = ()) -> None:
    """Refuse a criterion that asks for a privilege which stands neither on the form, nor among ``beside``,
    nor in the catalogue: nobody could ever hold it. One query at most.
    """
    parts = [("core", definition.core_criteria), *((line.code, line.criteria) for line in definition.lines)]
    asked = {code: name for name, pair in parts for tree in pair.values() for code in prerequisites(tree)}
    unknown = set(asked) - {line.code for line in definition.lines} - set(beside)
    if unknown:
        unknown -= set(Privilege.objects.filter(code__in=unknown).values_list("code", flat=True))
    if unknown:
        code = min(unknown)
        raise Refused(f"{asked[code]}: {code} has to be held, and there is no such privilege in the catalog.")


def flags_of(form: FormDefinition) -> tuple[str, ...]:
    """What of a form rests on certification or fellowship alone, with the citation, a sentence each. Pure."""
    parts = [("the core", form.core_criteria), *((line.code, line.criteria) for line in form.lines)]
    return tuple(
        f"{form.code}, {name}, {kind}: {each.sentence} {SOLELY}"
        for name, pair in parts
        for kind in CRITERIA_KINDS
        for each in alone(pair.get(kind))
    )


def _held_privileges(definition: FormDefinition) -> dict[str, Privilege]:
    """Privileges of the definition that are in the catalogue, by code. One query.

    A code keeps its name and description, which wards and grants know it by: a file that says something else
    is refused, naming the code and both.
    """
    held = {
        privilege.code: privilege
        for privilege in Privilege.objects.filter(code__in=[line.code for line in definition.lines])
    }
    for line in definition.lines:
        privilege = held.get(line.code)
        if privilege is None:
            continue
        for what, here, there in (
            ("is called", privilege.name, line.name),
            ("is described as", privilege.description, line.description),
        ):
            if here != there:
                raise Refused(
                    f'{line.code} {what} "{here}" in the catalog and "{there}" in the file: change it in the '
                    "administration first, or give what is another privilege a code of its own."
                )
    return held


def _require_same(version: PrivilegeFormVersion, definition: FormDefinition) -> None:
    _held_privileges(definition)
    held = [
        (line.privilege.code, line.kind, line.criteria, line.fppe, line.settings, line.resources)
        for line in version.lines.select_related("privilege").order_by("kind", "order")
    ]
    wanted = sorted(
        (
            (
                line.code,
                str(line.kind),
                dict(line.criteria),
                dict(line.fppe),
                dict(line.settings),
                list(line.resources),
            )
            for line in definition.lines
        ),
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
        offered=DateRange(first_today(form.facilities.all()), None, "[)"),
        core_criteria=definition.core_criteria,
        core_fppe=definition.core_fppe,
    )
    new = _write_lines(version, definition)
    record_event(
        actor=actor, verb="form_version.drafted", subject=version, data={"lines": len(definition.lines)}
    )
    return version, new


def _write_lines(version: PrivilegeFormVersion, definition: FormDefinition) -> int:
    """The lines of the version, and the privileges that are new; answers how many those are."""
    held = _held_privileges(definition)
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
                settings=dict(line.settings),
                resources=list(line.resources),
            )
        )
    FormLine.objects.bulk_create(lines)  # never changed and without history, so no save() is needed
    return new


@transaction.atomic
def draft_form(*, actor, facilities: Sequence[Facility], text: str) -> PrivilegeFormVersion:
    """A form that is not in the catalogue yet, offered at ``facilities``, with a draft of its first version
    from the text of a catalogue file. Nothing can be asked on it before a body has approved it and it is
    published. Refused with the place in the text that is wrong, and where the form is there already.
    """
    if not facilities:
        raise Refused("Choose where the form is offered.", field="facilities")
    for facility in facilities:
        require(actor, KEEP, facility)
    definition = _read(text)
    there = PrivilegeForm.objects.filter(code__iexact=definition.code).first()
    if there is not None:
        raise Refused(
            f"{there.name} has the code {there.code} in the catalog: draft its next version on its page, or "
            "take another code.",
            field="code",
        )
    if not _CODE.fullmatch(definition.code):
        raise Refused("A code has letters, digits and hyphens alone.", field="code")
    form = PrivilegeForm.objects.create(code=definition.code.upper(), name=definition.name)
    form.facilities.set(facilities)
    record_event(
        actor=actor,
        verb="privilege_form.offered",
        subject=form,
        data={"facilities": sorted(facility.code for facility in facilities)},
    )
    return _create_version(actor, form, definition)[0]


def empty_form(code: str, name: str) -> str:
    """The text of a form with nothing on it, to start from. Pure."""
    return text_of(
        FormDefinition(
            code=code.strip().upper(),
            name=name.strip(),
            version="1",
            core_criteria={},
            core_fppe={},
            lines=(),
        )
    )


@transaction.atomic
def draft_version(*, actor, form: PrivilegeForm, text: str) -> PrivilegeFormVersion:
    """A draft of the form's next version from the text of a catalogue file. Nothing of what is offered
    changes by it. Refused with the place in the text that is wrong, or when the number is taken.
    """
    form = PrivilegeForm.objects.select_for_update().get(pk=form.pk)
    require_keeper(actor, form)
    definition = read_draft(form, text)
    if form.versions.filter(number=definition.version).exists():
        raise Refused(f"Version {definition.version} is there already: give it another number.", field="text")
    return _create_version(actor, form, definition)[0]


@transaction.atomic
def change_draft(*, actor, version: PrivilegeFormVersion, text: str) -> PrivilegeFormVersion:
    """Another text for a draft that no body has approved."""
    version = _locked(version)
    require_keeper(actor, version.form)
    if version.status != VersionStatus.DRAFT:
        raise Refused(f"{version} is no draft: draft a new version instead.")
    if version.approved_by:
        raise Refused(f"{version} is approved as it stands: discard it and draft a new version.")
    definition = read_draft(version.form, text)
    if definition.version != version.number:
        raise Refused(f"This draft is version {version.number}: leave the number as it is.", field="text")
    version.lines.all().delete()
    version.core_criteria, version.core_fppe = definition.core_criteria, definition.core_fppe
    version.save(update_fields=["core_criteria", "core_fppe"])
    _write_lines(version, definition)
    record_event(
        actor=actor, verb="form_version.redrafted", subject=version, data={"lines": len(definition.lines)}
    )
    return version


_CODE = re.compile(r"[A-Za-z0-9-]+")
#: Characters of a form's text at most: a hundred times an ordinary one.
LONGEST_TEXT = 200_000


def read_draft(form: PrivilegeForm, text: str) -> FormDefinition:
    """The text of a version of the form, checked as it is when it is kept; writes nothing. Refused with the
    place in it that is wrong, and under another code or name.
    """
    definition = _read(text)
    if (definition.code, definition.name) != (form.code, form.name):
        raise Refused(f'The form keeps its code "{form.code}" and its name "{form.name}".', field="text")
    return definition


def _read(text: str) -> FormDefinition:
    """The text of one form, checked; what is wrong stands at the field of the text."""
    if len(text) > LONGEST_TEXT:
        raise Refused(f"The text is longer than {LONGEST_TEXT:,} characters.", field="text")
    try:
        definition = form_of_text(text)
        _require_prerequisites(definition)
    except Refused as refused:
        raise Refused(refused.sentence, field="text") from None
    return definition


@transaction.atomic
def approve_version(
    *, actor, version: PrivilegeFormVersion, approved_by: str, approved_on: dt.date | None
) -> PrivilegeFormVersion:
    """Record which body approved the version, and on which day. Said once; an example stops being marked."""
    version = _locked(version)
    require_keeper(actor, version.form)
    body = approved_by.strip()
    if version.status == VersionStatus.WITHDRAWN:
        raise Refused(f"{version} is withdrawn: nobody approves it any more.")
    if version.approved_by:
        raise Refused(f"{version} was approved by {version.approved_by} on {day_text(version.approved_on)}.")
    if not body or len(body) > 200:
        raise Refused("Name the body that approved it, in 200 characters at most.", field="approved_by")
    if approved_on is None:
        raise Refused("Say on which day it was approved.", field="approved_on")
    if approved_on > last_today(version.form.facilities.all()):
        raise Refused("That day lies in the future.", field="approved_on")
    version.approved_by, version.approved_on = body, approved_on
    version.approval_recorded_at, version.approval_recorded_by = clock.now(), actor
    version.save(update_fields=["approved_by", "approved_on", "approval_recorded_at", "approval_recorded_by"])
    record_event(
        actor=actor,
        verb="form_version.approved",
        subject=version,
        data={"by": body, "on": approved_on.isoformat()},
    )
    return version


@transaction.atomic
def propose_remapping(
    *, actor, version: PrivilegeFormVersion, old_line: FormLine, new_code: str, note: str = ""
) -> Remapping:
    """Propose to the committee what takes the place of a line at renewal (``new_code`` empty: nothing). It
    changes no grant and is kept with the version.
    """
    version = _locked(version)
    require_keeper(actor, version.form)
    if old_line.version.form_id != version.form_id or old_line.version_id == version.pk:
        raise Refused("That line stands on no other version of this form.", field="old_line")
    line = version.lines.filter(privilege__code=new_code).select_related("privilege").first()
    if new_code and line is None:
        raise Refused(f"{new_code} does not stand on {version}.", field="new_code")
    if len(note) > 300:
        raise Refused("The note is longer than 300 characters.", field="note")
    made = Remapping.objects.create(
        version=version,
        old_line=old_line,
        new_privilege=line.privilege if line else None,
        note=note.strip(),
        proposed_at=clock.now(),
        proposed_by=actor,
    )
    record_event(
        actor=actor,
        verb="form_version.remapping_proposed",
        subject=version,
        data={"old": old_line.privilege.code, "new": new_code},
    )
    return made


@transaction.atomic
def publish_version(
    *, actor, version: PrivilegeFormVersion, start: dt.date | None = None, leave_out: bool = False
) -> PrivilegeFormVersion:
    """Offer a version from ``start`` (default today) on; the one offered until then ends on the day before.

    Published ahead, it takes nothing from the running version before its day, and nobody asks on it before.
    Grants keep the version they were given under. Refused when the version has no lines, its criteria could
    not be judged, no facility has the resources of one of them, the day lies in the past, another version is
    published for that or a later day to come, or no body has approved it and the form needs it
    (:func:`needs_approval`). With ``leave_out`` lines without resources stop nothing: no facility offers them
    until it declares what they need (so the examples are offered, which no body chose).
    """
    version = _locked(version)
    move = FORM_VERSION.check(version, VersionStatus.PUBLISHED, held_where_offered(actor, version.form))
    lines = list(version.lines.select_related("privilege"))
    if not lines:
        raise Refused(f"{version} has no lines.")
    for kind in CRITERIA_KINDS:
        validate_criteria(version.core_criteria.get(kind), f"core criteria, {kind}")
        for line in lines:
            validate_criteria(line.criteria.get(kind), f"{line.privilege.code}, {kind}")
    if not version.approved_by and needs_approval(version.form):
        raise Refused(f"No body has approved {version} yet: record its approval first.")
    today = first_today(version.form.facilities.all())
    first = start or today
    if first < today:
        raise Refused("That day is past: a version is offered from today or a later day on.", field="start")
    if not leave_out and (why := _why_without_resources(version, lines, first)):
        raise Refused(why)
    _make_room(actor, version, first, today)
    version.status = VersionStatus.PUBLISHED
    version.offered = DateRange(first, None, "[)")
    version.save(update_fields=["status", "offered"])
    record_event(
        actor=actor,
        verb=move.event,
        subject=version,
        data={"approved_by": version.approved_by, "from": first.isoformat()},
    )
    return version


def _why_without_resources(
    version: PrivilegeFormVersion, lines: Sequence[FormLine], on: dt.date | None = None
) -> str:
    """That a line could be asked for nowhere, as a sentence: no facility that offers the form has what it
    needs on the day (default: today). Where some of them have, the others leave it out; then empty.
    """
    facilities = list(version.form.facilities.all())
    on = on or first_today(facilities)
    found = lacking_everywhere(lines, facilities, on)
    for line in lines:
        where = found.get(line.pk, {})
        if where and len(where) == len(facilities):
            missing = next(iter(where.values()))
            return (
                f"{line.privilege} needs {', '.join(missing)}, which no facility that offers {version.form} "
                f"has declared for {day_text(on)} (parameter {RESOURCES.code}): declare it, or leave the "
                "privilege out."
            )
    return ""


def _make_room(actor, version: PrivilegeFormVersion, first: dt.date, today: dt.date) -> None:
    """End the version that is offered on the day ``first``; one that began today, the very day, is withdrawn.
    Two for one day to come are refused: which of them it is to be, a person says by withdrawing the other.
    """
    for other in version.form.versions.filter(status=VersionStatus.PUBLISHED).select_for_update():
        begins, ends = other.offered.lower, other.offered.upper
        if ends is not None and ends <= first:
            continue
        if begins is not None and (begins > first or begins == first > today):
            raise Refused(
                f"{other} is published from {day_text(begins)} on: withdraw it first, or choose a later day.",
                field="start",
            )
        if begins == first:
            withdraw_version(actor=actor, version=other)
            continue
        other.offered = DateRange(begins, first, "[)")
        other.save(update_fields=["offered"])
        record_event(
            actor=actor,
            verb="form_version.ended",
            subject=other,
            data={"last_day": (first - ONE_DAY).isoformat(), "followed_by": version.number},
        )


@transaction.atomic
def withdraw_version(*, actor, version: PrivilegeFormVersion) -> PrivilegeFormVersion:
    """The version can no longer be asked on; requests and grants made under it stay as they are.

    Withdrawn before its first day, the version it would have followed goes on as if it had never been
    published. A draft is discarded.
    """
    version = _locked(version)
    move = FORM_VERSION.check(version, VersionStatus.WITHDRAWN, held_where_offered(actor, version.form))
    today = first_today(version.form.facilities.all())
    begins, ends = version.offered.lower, version.offered.upper
    published = version.status == VersionStatus.PUBLISHED
    ahead = published and begins is not None and begins >= today
    version.status = VersionStatus.WITHDRAWN
    if published and not ahead and (ends is None or ends > today):
        version.offered = DateRange(begins, today, "[)")
    elif ahead or not published:
        version.offered = DateRange(empty=True)
    version.save(update_fields=["status", "offered"])
    record_event(actor=actor, verb=move.event, subject=version)
    if ahead and begins > today:
        before = version.form.versions.filter(
            status=VersionStatus.PUBLISHED, offered__endswith=begins
        ).select_for_update()
        for other in before:
            other.offered = DateRange(other.offered.lower, ends, "[)")
            other.save(update_fields=["offered"])
            record_event(actor=actor, verb="form_version.goes_on", subject=other)
    return version


def _locked(version: PrivilegeFormVersion) -> PrivilegeFormVersion:
    """The version as it is now; its form is locked first, so that two versions are not published at once."""
    PrivilegeForm.objects.select_for_update().get(pk=version.form_id)
    return (
        PrivilegeFormVersion.objects.select_for_update(of=("self",)).select_related("form").get(pk=version.pk)
    )
