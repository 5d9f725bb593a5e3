"""Which template an application's packet is made from, and every version there is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q

from config.accounts.policies import may, require
from config.organization.models import Facility
from credentialing.choices import ApplicationKind, TemporaryGround
from credentialing.models import Application, PacketTemplateVersion
from credentialing.packet_templates import shipped_templates
from credentialing.rules.packets import Template, choose
from practitioners.models import CredentialType

MANAGE = "credentialing.manage_application"


@dataclass(frozen=True)
class Version:
    """One version of a template, shipped or the hospital's own (then ``row`` is it)."""

    code: str
    number: int
    written: dict[str, Any]
    row: PacketTemplateVersion | None = None
    used: bool = False

    @property
    def title(self) -> str:
        """What the applicant sees above the packet."""
        return str(self.written["title"])

    @property
    def state(self) -> tuple[str, str]:
        """Its state in words, and the colour of it."""
        if self.used:
            return "In force", "good"
        if self.row is not None and self.row.published_at is None:
            return "Draft", "warn"
        if self.row is not None and self.row.ended_at is not None:
            return "Ended", "muted"
        return "Replaced", "muted"


@dataclass(frozen=True)
class Listed:
    """A template in the list: ``used`` are the versions in force, one for each facility with its own."""

    code: str
    used: tuple[Version, ...]
    drafts: int

    @property
    def title(self) -> str:
        """What the applicant sees above the packet."""
        return self.used[0].title if self.used else self.code


def template_for(application: Application) -> dict[str, Any] | None:
    """What the packet of an application asks, as written; None where there is none. One query."""
    kind, provider_type = application.required_as, application.practitioner.provider_type
    own = _newest(PacketTemplateVersion.objects.filter(_for(application.facility_id)))
    levels = (
        [each.written for each in own if each.facility_id is not None],
        [each.written for each in own if each.facility_id is None],
        [versions[-1] for versions in shipped_templates().values()],
    )
    return choose(levels, kind, provider_type)


def _for(facility: int | None) -> Q:
    return Q(published_at__isnull=False, ended_at__isnull=True) & (
        Q(facility__isnull=True) | Q(facility=facility)
    )


def _newest(rows: Iterable[PacketTemplateVersion]) -> list[PacketTemplateVersion]:
    """Of each code and facility the newest; ``rows`` are those in force."""
    found: dict[tuple[str, int | None], PacketTemplateVersion] = {}
    for row in sorted(rows, key=lambda each: each.number):
        found[row.code, row.facility_id] = row
    return list(found.values())


def listed(viewer) -> list[Listed]:
    """Every template by its title, with the versions in force and how many drafts wait. One query."""
    require(viewer, MANAGE)
    by_code: dict[str, list[Version]] = {code: [] for code in shipped_templates()}
    for version in _own(viewer):
        by_code.setdefault(version.code, []).append(version)
    rows = []
    for code, own in by_code.items():
        used = [each for each in own if each.used]
        if not any(each.row is not None and each.row.facility_id is None for each in used):
            used += _shipped(code)[:1]
        drafts = sum(each.state[0] == "Draft" for each in own)
        rows.append(Listed(code, tuple(used), drafts))
    return sorted(rows, key=lambda each: (each.title.casefold(), each.code))


def versions_of(viewer, code: str) -> list[Version]:
    """Every version of a template, the newest first; empty for a code nobody has used. One query."""
    require(viewer, MANAGE)
    own = [each for each in _own(viewer) if each.code == code]
    everywhere = any(each.used and each.row is not None and each.row.facility_id is None for each in own)
    shipped = _shipped(code, replaced=everywhere)
    return sorted([*own, *shipped], key=lambda each: -each.number)


def _own(viewer) -> list[Version]:
    """The hospital's own versions of the facilities the person works for, and those for every facility."""
    rows: Sequence[PacketTemplateVersion] = [
        each
        for each in PacketTemplateVersion.objects.select_related(
            "facility", "made_by", "published_by", "ended_by"
        )
        if each.facility is None or may(viewer, MANAGE, each.facility)
    ]
    used = {each.pk for each in _newest(row for row in rows if row.in_force)}
    return [Version(each.code, each.number, each.written, each, each.pk in used) for each in rows]


def _shipped(code: str, *, replaced: bool = False) -> list[Version]:
    """The shipped versions of a template, the newest first."""
    versions = shipped_templates().get(code, [])
    newest = versions[-1]["version"] if versions else 0
    return [
        Version(code, each["version"], each, used=each["version"] == newest and not replaced)
        for each in reversed(versions)
    ]


def facilities_to_write_for(viewer) -> list[Facility]:
    """Facilities the person may write a template for."""
    return [each for each in Facility.objects.order_by("name") if may(viewer, MANAGE, each)]


def in_words(asks: Template) -> Template:
    """A template with the names of kinds of applications and credentials in the place of their codes, to be
    read. One query.
    """
    names = dict(CredentialType.objects.values_list("code", "name"))
    grounds = dict(TemporaryGround.choices)
    return replace(
        asks,
        kinds=tuple(
            ", ".join(filter(None, (ApplicationKind(kind).label, grounds.get(ground, ""))))
            for kind, _, ground in (each.partition(".") for each in asks.kinds)
        ),
        sections=tuple(
            replace(each, types=tuple(names.get(code, code) for code in each.types)) for each in asks.sections
        ),
    )
