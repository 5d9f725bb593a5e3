"""Kinds of credentials are configured: an administrator adds one without a release."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel.errors import Refused
from practitioners.choices import CredentialCategory
from practitioners.models import CredentialPeriod, CredentialType
from practitioners.rules.credential_schema import mistakes_in_ladder, mistakes_in_schema
from practitioners.rules.problems import Problem

CONFIGURE = "accounts.manage"
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,39}")
_COLUMNS = (
    "name", "category", "order", "number_label", "issuer_label", "has_state", "expires", "renewal_months",
    "reminder_days", "fields", "active",
)  # fmt: skip


@transaction.atomic
def configure_credential_type(
    *,
    actor,
    code: str,
    name: str,
    category: str,
    fields: Mapping[str, Any],
    kind: CredentialType | None = None,
    order: int = 100,
    number_label: str = "",
    issuer_label: str = "Issued by",
    has_state: bool = False,
    expires: bool = True,
    renewal_months: int | None = None,
    reminder_days: Sequence[int] = (),
    active: bool = True,
) -> CredentialType:
    """Add a kind of credential, or change ``kind``. Refuses with a sentence per mistake.

    ``fields`` is the JSON schema of what is recorded of it; ``renewal_months`` the usual time from one
    renewal to the next; ``reminder_days`` days before the last day, from the longest to the shortest (empty:
    as the parameter says). The code stays, and so does what records rely on: a field somebody filled in, and
    whether it is of a state.
    """
    require(actor, CONFIGURE)
    values: dict[str, Any] = {
        "name": " ".join(name.split()), "category": category, "order": order,
        "number_label": " ".join(number_label.split()), "issuer_label": " ".join(issuer_label.split()),
        "has_state": has_state, "expires": expires, "renewal_months": renewal_months,
        "reminder_days": list(reminder_days), "fields": fields, "active": active,
    }  # fmt: skip
    if kind is not None:
        kind = CredentialType.objects.select_for_update().get(pk=kind.pk)
    problems = mistakes_of(kind, code, values)
    if problems:
        raise Refused(" ".join(str(problem) for problem in problems), field=problems[0].field)
    row = kind or CredentialType(code=code)
    changed = [column for column in _COLUMNS if kind is None or getattr(row, column) != values[column]]
    if not changed:
        return row
    for column in changed:
        setattr(row, column, values[column])
    row._change_reason = f"Configured: {', '.join(changed)}"[:100]  # type: ignore[attr-defined]
    row.save()
    record_event(
        actor=actor,
        verb="credential_type.added" if kind is None else "credential_type.changed",
        subject=row,
        data={"code": row.code, "changed": changed},
    )
    return row


def mistakes_of(kind: CredentialType | None, code: str, values: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with a kind as it would be, a sentence per mistake with its field; at most 3 queries."""
    found = _mistakes_of_words(kind, code, values)
    broken = mistakes_in_schema(values["fields"])
    found += broken
    found += mistakes_in_ladder(values["reminder_days"])
    if values["reminder_days"] and not values["expires"]:
        found.append(Problem("What never runs out is not reminded of.", field="reminder_days"))
    if kind is not None and not broken:
        found += _relied_upon(kind, values)
    return found


def _mistakes_of_words(kind: CredentialType | None, code: str, values: Mapping[str, Any]) -> list[Problem]:
    found = []
    if kind is None:
        if not _CODE.fullmatch(code):
            found.append(
                Problem("The code is made of capitals, digits and _, like FLUOROSCOPY_PERMIT.", field="code")
            )
        elif CredentialType.objects.filter(code=code).exists():
            found.append(Problem(f"There is a kind with the code {code} already.", field="code"))
    elif code != kind.code:
        found.append(Problem("The code stays: rules and imports know the kind by it.", field="code"))
    if not values["name"]:
        found.append(Problem("Give the kind a name.", field="name"))
    others = CredentialType.objects.filter(name__iexact=values["name"])
    if (others.exclude(pk=kind.pk) if kind else others).exists():
        found.append(Problem(f"There is a kind called {values['name']} already.", field="name"))
    if values["category"] not in CredentialCategory.values:
        found.append(Problem("Choose the section of the file it stands in.", field="category"))
    if not values["issuer_label"]:
        found.append(Problem("Say what whoever issues it is called.", field="issuer_label"))
    months = values["renewal_months"]
    if months is not None and not 1 <= months <= 600:
        found.append(Problem("A renewal comes after 1 to 600 months.", field="renewal_months"))
    if months is not None and not values["expires"]:
        found.append(Problem("What never runs out is not renewed.", field="renewal_months"))
    return found


def _relied_upon(kind: CredentialType, values: Mapping[str, Any]) -> list[Problem]:
    """What records of the kind rely on and would lose."""
    found = []
    before = kind.fields.get("properties", {})
    dropped = sorted(set(before) - set(values["fields"].get("properties", {})))
    if dropped:
        said = CredentialPeriod.objects.live().filter(
            identity__credential_type=kind, extra__has_any_keys=dropped
        )
        extra = said.values_list("extra", flat=True).first()
        if extra is not None:
            name = next(each for each in dropped if each in extra)
            found.append(
                Problem(
                    f"“{before[name].get('title', name)}” is filled in on records; the field has to stay.",
                    field="fields",
                )
            )
    turned = values["has_state"] != kind.has_state or bool(values["number_label"]) != bool(kind.number_label)
    if turned and kind.credentials.exists():
        found.append(
            Problem(
                "Records exist: whether the kind is of a state and has a number cannot change any more.",
                field="has_state" if values["has_state"] != kind.has_state else "number_label",
            )
        )
    return found
