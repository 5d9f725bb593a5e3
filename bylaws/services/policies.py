"""Writing policies and procedures in versions, and recording what a body approved."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bylaws.choices import Body, PolicyKind
from bylaws.models import Policy, PolicyVersion
from bylaws.rules.policy_text import check_text
from bylaws.selectors.policies import nameable
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from config.organization.models import Facility
from config.rulebook.rules import rules

WRITE, APPROVE = "credentialing.manage_application", "bylaws.record_minutes"
LONGEST_NOTE = 300


@transaction.atomic
def add_policy(*, actor, facility: Facility, number: str, title: str, kind: str, body: str) -> Policy:
    """A new policy with its first version, a draft."""
    require(actor, WRITE, facility)
    number, title = " ".join(number.split()), " ".join(title.split())
    if not number or len(number) > 20:
        raise Refused("Give it a number of at most 20 characters.", field="number")
    if not title or len(title) > 200:
        raise Refused("Give it a title of at most 200 characters.", field="title")
    if kind not in PolicyKind.values:
        raise Refused("Say whether it is a policy or a procedure.", field="kind")
    # One writer of policies of a facility at a time: two cannot take the same number.
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    if Policy.objects.filter(facility=facility, number__iexact=number).exists():
        raise Refused(f"{facility} has a policy of that number already.", field="number")
    text = _checked(body, facility)
    now = clock.now()
    policy = Policy.objects.create(
        facility=facility, number=number, title=title, kind=kind, created_at=now, created_by=actor
    )
    version = PolicyVersion.objects.create(
        policy=policy, number=1, body=text, note="First version", made_at=now, made_by=actor
    )
    record_event(actor=actor, verb="policy.written", subject=version, facility=facility, data={"number": 1})
    return policy


@transaction.atomic
def write_version(*, actor, policy: Policy, body: str, note: str, newest: int) -> PolicyVersion:
    """The next version, a draft until a body approves it.

    ``newest`` is the number the writer started from: another one's version in between is a ``Conflict``.
    """
    policy = _lock(actor, policy, WRITE)
    before = policy.versions.order_by("-number").first()
    text, note = _checked(body, policy.facility), note.strip()
    if not note:
        raise Refused("Say in a sentence what is different.", field="note")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"What is different is longer than {LONGEST_NOTE} characters.", field="note")
    if before.number != newest:
        raise Conflict(f"Version {before.number} was written in the meantime. Look at it first.")
    if before.body == text:
        raise Refused("Nothing is different from the version before.", field="body")
    version = PolicyVersion.objects.create(
        policy=policy,
        number=before.number + 1,
        body=text,
        note=note,
        made_at=clock.now(),
        made_by=actor,
    )
    record_event(
        actor=actor,
        verb="policy.written",
        subject=version,
        facility=policy.facility,
        data={"number": version.number},
    )
    return version


@transaction.atomic
def record_approval(
    *, actor, version: PolicyVersion, body: str, approved_on: dt.date, in_force_from: dt.date
) -> PolicyVersion:
    """A body approved this version on a day; it is in force from another, or the same. Said once.

    Versions are approved in their order: what is older than one approved is approved no more.
    """
    policy = _lock(actor, version.policy, APPROVE)
    version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    version.policy = policy
    if body not in Body.values:
        raise Refused("Say which body approved it.", field="body")
    if version.approved_on is not None:
        raise Refused("This version is approved already.")
    newer = policy.versions.filter(approved_on__isnull=False, number__gt=version.number).first()
    if newer is not None:
        raise Refused(f"Version {newer.number} was approved. Write a new version with the older words.")
    if approved_on > clock.today(policy.facility):
        raise Refused("The approval cannot lie in the future.", field="approved_on")
    if approved_on < clock.date_at(version.made_at, policy.facility):
        raise Refused("This version was written only after that day.", field="approved_on")
    if in_force_from < approved_on:
        raise Refused("It cannot be in force before it was approved.", field="in_force_from")
    last = policy.versions.filter(in_force_from__gt=in_force_from).first()
    if last is not None:
        raise Refused(
            f"Version {last.number} is in force from a later day; this one cannot come before it.",
            field="in_force_from",
        )
    version.approved_by_body, version.approved_on, version.in_force_from = body, approved_on, in_force_from
    version.approval_recorded_at, version.approval_recorded_by = clock.now(), actor
    version.save(
        update_fields=[
            "approved_by_body", "approved_on", "in_force_from", "approval_recorded_at",
            "approval_recorded_by",
        ]
    )  # fmt: skip
    record_event(
        actor=actor,
        verb="policy.approved",
        subject=version,
        facility=policy.facility,
        data={
            "number": version.number,
            "body": str(body),
            "approved_on": approved_on.isoformat(),
            "in_force_from": in_force_from.isoformat(),
        },
    )
    return version


def _checked(body: str, facility: Facility) -> str:
    text = body.replace("\r\n", "\n").strip()
    named = nameable(facility, clock.today(facility))
    check_text(text, parameters=named, rules={rule.code for rule in rules()})
    return text


def _lock(actor, policy: Policy, permission: str) -> Policy:
    require(actor, permission, policy.facility)
    rows = Policy.objects.select_for_update(of=("self",), no_key=True).select_related("facility")
    return rows.get(pk=policy.pk)
