"""The hospital's own packets: versions written, published by a second person, ended."""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction

from config.accounts.policies import require, require_everywhere
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from config.organization.models import Facility
from credentialing.models import PacketTemplateVersion
from credentialing.rules.packet_texts import differences, written_of
from credentialing.rules.packets import BadTemplate
from credentialing.selectors.packet_templates import MANAGE, versions_of

LONGEST_NOTE = 300
LONGEST_CODE = 40
_CODE = re.compile(r"[a-z][a-z0-9_]*")
#: Why who wrote a version is not offered its publication.
ANOTHER_PERSON = "You wrote this version: a second person reads it and publishes it."


@transaction.atomic
def write_version(
    *, actor, code: str, facility: Facility | None, text: str, note: str, newest: int
) -> PacketTemplateVersion:
    """Write the next version of a template, or the first of a new one; it is used once it is published.

    ``facility``: None, for every one. ``newest`` is the number the writer started from (0: a new template);
    another one's version in between is a ``Conflict``. Raises ``Refused`` saying what in the text is wrong.
    """
    _require(actor, facility)
    if len(code) > LONGEST_CODE or not _CODE.fullmatch(code):
        raise Refused(
            f"A short name is made of small letters, digits and _, at most {LONGEST_CODE} of them.",
            field="code",
        )
    if not (note := note.strip()):
        raise Refused("Say in a sentence what is different.", field="note")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"What is different is longer than {LONGEST_NOTE} characters.", field="note")
    versions = versions_of(actor, code)
    before = max((each.number for each in versions), default=0)
    if before != newest:
        if not newest:
            raise Refused("There is a template of that short name already.", field="code")
        raise Conflict(f"Version {before} was written in the meantime. Look at it first.")
    try:
        written = written_of(text, code=code, version=before + 1)
    except BadTemplate as problem:
        raise Refused(str(problem), field="text") from None
    last = versions[0] if versions else None
    same_place = last is not None and (last.row.facility if last.row else None) == facility
    if last is not None and same_place and not differences(last.written, written):
        raise Refused("Nothing is different from the version before.", field="text")
    try:
        with transaction.atomic():
            version = PacketTemplateVersion.objects.create(
                code=code,
                number=before + 1,
                facility=facility,
                written=written,
                note=note,
                made_at=clock.now(),
                made_by=actor,
            )
    except IntegrityError:
        raise Conflict("Somebody wrote a version at the same moment. Look at it first.") from None
    _record(actor, "packet_template.written", version)
    return version


@transaction.atomic
def publish_version(*, actor, version: PacketTemplateVersion) -> PacketTemplateVersion:
    """From now on packets are made from this version; packets sent already keep theirs.

    A second person publishes: whoever wrote the version does not put it in force.
    """
    version = _lock(actor, version)
    if version.published_at is not None:
        raise Refused("This version is published already.")
    newer = PacketTemplateVersion.objects.filter(
        code=version.code, facility=version.facility, published_at__isnull=False, number__gt=version.number
    ).first()
    if newer is not None:
        raise Refused(f"Version {newer.number} is published. Write a new version with the older words.")
    if version.made_by_id == actor.pk:
        raise Refused(ANOTHER_PERSON)
    version.published_at, version.published_by = clock.now(), actor
    version.save(update_fields=["published_at", "published_by"])
    _record(actor, "packet_template.published", version)
    return version


@transaction.atomic
def end_version(*, actor, version: PacketTemplateVersion) -> PacketTemplateVersion:
    """Use a published version no more; an older one of ours, or what is shipped, is used again."""
    version = _lock(actor, version)
    if not version.in_force:
        raise Refused("This version is not in force: there is nothing to end.")
    version.ended_at, version.ended_by = clock.now(), actor
    version.save(update_fields=["ended_at", "ended_by"])
    _record(actor, "packet_template.ended", version)
    return version


def _require(actor, facility: Facility | None) -> None:
    if facility is None:
        require_everywhere(actor, MANAGE)
    else:
        require(actor, MANAGE, facility)


def _lock(actor, version: PacketTemplateVersion) -> PacketTemplateVersion:
    version = PacketTemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    _require(actor, version.facility)
    return version


def _record(actor, verb: str, version: PacketTemplateVersion) -> None:
    record_event(
        actor=actor,
        verb=verb,
        subject=version,
        facility=version.facility,
        data={"code": version.code, "number": version.number},
    )
