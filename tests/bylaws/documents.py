"""Writing, approving and publishing a document in one act, for tests that need one in force."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bylaws.models import Policy, PolicyVersion
from bylaws.services import policies


def approve(actor: Any, version: PolicyVersion, on: dt.date) -> PolicyVersion:
    """Every body the document needs approved the version on the day, by its minutes."""
    version = policies.put_before_bodies(actor=actor, version=version)
    for body in policies.bodies_for(version.policy):
        version = policies.record_approval(
            actor=actor, version=version, body=body, approved_on=on, minutes="Minutes, item 4"
        )
    return version


def in_force(
    actor: Any, version: PolicyVersion, on: dt.date, start: dt.date | None = None, **more: Any
) -> PolicyVersion:
    """The version approved on a day and in force from it, or from ``start``."""
    version = approve(actor, version, on)
    return policies.publish(actor=actor, version=version, in_force_from=start or on, **more)


def document(actor: Any, facility: Any, body: str, **more: Any) -> Policy:
    """A document of the medical staff: bylaws where nothing else is said."""
    given = {"number": "MS-01", "title": "Medical Staff Bylaws", "kind": "bylaws", "owner": "medical_staff"}
    return policies.add_policy(actor=actor, facility=facility, body=body, **(given | more))
