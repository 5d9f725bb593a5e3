"""Practice groups and their locations: added, corrected, closed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel.errors import Refused
from practitioners.models import PracticeGroup, PracticeLocation
from practitioners.rules.claims import STATES
from practitioners.rules.npi import check_npi

EDIT = "practitioners.edit"
_LOCATION_LIMITS = {
    "name": 200,
    "line_1": 200,
    "line_2": 200,
    "city": 100,
    "postal_code": 20,
    "phone": 30,
}
_TAX_ID = re.compile(r"(\d{2})-?(\d{7})", re.ASCII)


@transaction.atomic
def create_group(*, actor, name: str, npi: str = "", tax_id: str = "") -> PracticeGroup:
    """Add a group. Refuses a name another group has, an NPI without its check digit, a malformed tax id."""
    require(actor, EDIT)
    group = PracticeGroup(**_clean_group(name, npi, tax_id))
    group.save(force_insert=True)
    record_event(actor=actor, verb="practice_group.created", subject=group)
    return group


@transaction.atomic
def correct_group(
    *, actor, group: PracticeGroup, name: str, npi: str = "", tax_id: str = ""
) -> PracticeGroup:
    """Correct a group's name or numbers; who works there stays."""
    require(actor, EDIT)
    group = _locked_group(group)
    changed = _take(group, _clean_group(name, npi, tax_id, group))
    if changed:
        record_event(actor=actor, verb="practice_group.corrected", subject=group, data={"fields": changed})
    return group


@transaction.atomic
def set_group_active(*, actor, group: PracticeGroup, active: bool) -> PracticeGroup:
    """Close a group, or open it again. A closed one takes nobody new; who works there is ended person by
    person.
    """
    require(actor, EDIT)
    group = _locked_group(group)
    if _take(group, {"active": active}):
        verb = "practice_group.reopened" if active else "practice_group.closed"
        record_event(actor=actor, verb=verb, subject=group)
    return group


@transaction.atomic
def add_location(*, actor, group: PracticeGroup, **values: str) -> PracticeLocation:
    """Add an office of the group: ``name``, ``line_1``, ``line_2``, ``city``, ``state``, ``postal_code``,
    ``phone``. Refuses a name the group has already.
    """
    require(actor, EDIT)
    group = _locked_group(group)
    if not group.active:
        raise Refused("The group is closed: open it again first.")
    location = PracticeLocation(group=group, **_clean_location(group, values))
    location.save(force_insert=True)
    record_event(actor=actor, verb="practice_location.added", subject=location)
    return location


@transaction.atomic
def correct_location(*, actor, location: PracticeLocation, **values: str) -> PracticeLocation:
    """Correct what an office is called, where it lies or its phone; see :func:`add_location`."""
    require(actor, EDIT)
    location = _locked_location(location)
    changed = _take(location, _clean_location(location.group, values, location))
    if changed:
        record_event(
            actor=actor, verb="practice_location.corrected", subject=location, data={"fields": changed}
        )
    return location


@transaction.atomic
def set_location_active(*, actor, location: PracticeLocation, active: bool) -> PracticeLocation:
    """Close an office, or open it again; see :func:`set_group_active`."""
    require(actor, EDIT)
    location = _locked_location(location)
    if _take(location, {"active": active}):
        verb = "practice_location.reopened" if active else "practice_location.closed"
        record_event(actor=actor, verb=verb, subject=location)
    return location


def _locked_group(group: PracticeGroup) -> PracticeGroup:
    return PracticeGroup.objects.select_for_update(no_key=True).get(pk=group.pk)


def _locked_location(location: PracticeLocation) -> PracticeLocation:
    rows = PracticeLocation.objects.select_related("group")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=location.pk)


def _take(thing: Any, values: Mapping[str, Any]) -> list[str]:
    """Write what differs; answers the names of the fields that did."""
    changed = sorted(name for name, value in values.items() if getattr(thing, name) != value)
    for name in changed:
        setattr(thing, name, values[name])
    if changed:
        thing.save(update_fields=changed)
    return changed


def _clean_group(name: str, npi: str, tax_id: str, group: PracticeGroup | None = None) -> dict[str, str]:
    name, npi, tax_id = _line(name), _line(npi), _line(tax_id)
    if not any(character.isalnum() for character in name):
        raise Refused("Enter what the group is called.", field="name")
    if len(name) > 200:
        raise Refused("This is longer than 200 characters.", field="name")
    others = PracticeGroup.objects.filter(name__iexact=name)
    if (others.exclude(pk=group.pk) if group is not None else others).exists():
        raise Refused(f"A group “{name}” is on file already.", field="name")
    parts = _TAX_ID.fullmatch(tax_id)
    if tax_id and parts is None:
        raise Refused("A tax identification number has nine digits, like 36-1234567.", field="tax_id")
    return {
        "name": name,
        "npi": check_npi(npi) if npi else "",
        "tax_id": f"{parts[1]}-{parts[2]}" if parts else "",
    }


def _clean_location(
    group: PracticeGroup, given: Mapping[str, str], location: PracticeLocation | None = None
) -> dict[str, str]:
    values = {name: _line(given.get(name)) for name in _LOCATION_LIMITS}
    state = _line(given.get("state")).upper()
    if not any(character.isalnum() for character in values["name"]):
        raise Refused("Enter what the office is called.", field="name")
    for name, limit in _LOCATION_LIMITS.items():
        if len(values[name]) > limit:
            raise Refused(f"This is longer than {limit} characters.", field=name)
    if state and state not in STATES:
        raise Refused("Choose the state.", field="state")
    others = group.locations.filter(name__iexact=values["name"])
    if (others.exclude(pk=location.pk) if location is not None else others).exists():
        raise Refused(f"{group} has an office “{values['name']}” already.", field="name")
    return {**values, "state": state}


def _line(text: str | None) -> str:
    return " ".join(str(text or "").split())
