"""What is proposed to take the place of a privilege that a form no longer has, and to whom it is told.

A proposal changes no grant and asks for nothing: the holder reads it when they renew, and the bodies when
they judge the renewal.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from credentialing.models import Application
from practitioners.selectors.canonical import among
from privileging.choices import GrantKind, VersionStatus
from privileging.models import FormLine, GrantPeriod, Privilege, PrivilegeFormVersion, Remapping


def proposals_of(version: PrivilegeFormVersion) -> QuerySet[Remapping]:
    """Of one version, in the order they were made: the newest of a privilege counts; one query."""
    return (
        Remapping.objects.filter(version=version)
        .select_related("new_privilege", "old_line__privilege", "old_line__version")
        .order_by("pk")
    )


def standing_proposals(version: PrivilegeFormVersion) -> list[Remapping]:
    """Those of one version that count, by the name of what is held; one query."""
    newest = {row.old_line.privilege_id: row for row in proposals_of(version)}
    return sorted(newest.values(), key=lambda row: row.old_line.privilege.name)


@dataclass(frozen=True)
class Instead:
    """What somebody holds that the form has no more, or has a proposal for; ``new``: what it has in its place
    (None: nothing).
    """

    held: Privilege
    new: Privilege | None
    note: str

    @property
    def to_the_holder(self) -> str:
        """For whoever holds it and asks to renew."""
        if self.new is None:
            return f"You hold {self.held}. This form has nothing in its place."
        return f"You hold {self.held}. This form has {self.new} instead: ask for that if you want to go on."

    @property
    def proposed(self) -> str:
        """For the office and the bodies."""
        return f"{self.held}: {self.new or 'nothing'} is proposed in its place"


def instead_of_held(
    application: Application, versions: Sequence[PrivilegeFormVersion], on: dt.date
) -> dict[int, list[Instead]]:
    """What the applicant for a renewal holds in full, granted on an earlier version of these forms, and what
    the form has instead, by the id of the version; three queries, none where no renewal is asked for.

    A privilege is followed from version to version: where X became Y, and Y then Z, the holder of X is told
    of Z. What the newest version still has and nothing is proposed for, is not named.
    """
    if not application.rule.renews or not versions:
        return {}
    held = _held(application, versions, on)
    if not held:
        return {}
    replaced = _replaced({version.form_id for version in versions})
    on_form: dict[int, set[int]] = defaultdict(set)
    for version_id, privilege_id in FormLine.objects.filter(version__in=versions).values_list(
        "version_id", "privilege_id"
    ):
        on_form[version_id].add(privilege_id)
    found: dict[int, list[Instead]] = {}
    for version in versions:
        told = [
            each
            for line in held
            if line.version.form_id == version.form_id
            and (each := follow(line, version, replaced[version.form_id], on_form[version.pk])) is not None
        ]
        if told:
            found[version.pk] = told
    return found


def follow(
    held: FormLine, version: PrivilegeFormVersion, replaced: Iterable[Remapping], on_form: set[int]
) -> Instead | None:
    """What takes the place of a line somebody holds, on ``version``; None where nothing is to be told. Pure.

    ``replaced`` are the proposals of every version of the form in the order the versions were offered, the
    newest of a privilege and a version last; ``on_form`` the ids of the privileges on ``version``. Those made
    for a version offered before the one held, or after ``version``, are passed over.
    """
    after, until = (each.offered.lower or dt.date.min for each in (held.version, version))
    steps: dict[int, dict[int, Remapping]] = {}
    for row in replaced:
        if after < (row.version.offered.lower or dt.date.min) <= until:
            steps.setdefault(row.version_id, {})[row.old_line.privilege_id] = row
    now: Privilege | None = held.privilege
    note = ""
    for of_version in steps.values():
        step = of_version.get(now.pk) if now is not None else None
        if step is not None:
            now, note = step.new_privilege, step.note
    if now is not None and now.pk == held.privilege_id and now.pk in on_form:
        return None
    return Instead(held.privilege, now if now is not None and now.pk in on_form else None, note)


def _held(application: Application, versions: Sequence[PrivilegeFormVersion], on: dt.date) -> list[FormLine]:
    """The lines of earlier versions on which what the applicant holds in full was granted; one query."""
    rows = (
        GrantPeriod.objects.in_force(on)
        .filter(
            practitioner__in=among([application.practitioner_id]),
            facility=application.facility,
            kind=GrantKind.FULL,
            identity__form_line__version__form__in={version.form_id for version in versions},
        )
        .exclude(identity__form_line__version__in=[version.pk for version in versions])
        .select_related("identity__form_line__privilege", "identity__form_line__version")
        .order_by("privilege__name")
    )
    return [row.identity.form_line for row in rows]


def _replaced(form_ids: Iterable[int]) -> Mapping[int, list[Remapping]]:
    """The proposals of the published versions of each form, in the order these were offered; one query."""
    rows = (
        Remapping.objects.filter(version__form__in=list(form_ids), version__status=VersionStatus.PUBLISHED)
        .select_related("new_privilege", "old_line", "version")
        .order_by("version__offered", "version_id", "pk")
    )
    found: dict[int, list[Remapping]] = defaultdict(list)
    for row in rows:
        found[row.version.form_id].append(row)
    return found
