"""Comments on a version of a document: what is said, and what was done about it."""

from __future__ import annotations

from django.db import transaction

from bylaws.choices import VersionStatus
from bylaws.models import PolicyComment, PolicyVersion
from bylaws.selectors.policies import may_read
from bylaws.services.policies import may_write, require_owner
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.texts import needed

LONGEST = 4000


@transaction.atomic
def comment(*, actor, version: PolicyVersion, section: str, text: str) -> PolicyComment:
    """Say something of a version that is out for comments, to the section of that key or to the whole
    (empty).

    Whoever develops the document may comment on its draft too. After the last day nobody else may.
    """
    policy = version.policy
    writes = may_write(actor, policy)
    if not writes and not may_read(actor, policy.facility):
        raise Forbidden("You may not read this document.")
    version = PolicyVersion.objects.select_for_update(of=("self",), no_key=True).get(pk=version.pk)
    open_to = (VersionStatus.COMMENTS, VersionStatus.DRAFT) if writes else (VersionStatus.COMMENTS,)
    if version.status not in open_to:
        raise Refused("This version is not out for comments.")
    if not writes and version.comments_until and clock.today(policy.facility) > version.comments_until:
        raise Refused(f"Comments were taken until {version.comments_until:%d %b %Y}.")
    if section and section not in {each["key"] for each in version.outline}:
        raise Refused("This version has no such section.", field="section")
    said = needed(text, LONGEST, field="text", otherwise="Write what you want to say.")
    made = PolicyComment.objects.create(
        version=version,
        section=section,
        text=said,
        on_draft=version.status == VersionStatus.DRAFT,
        made_at=clock.now(),
        made_by=actor,
    )
    record_event(
        actor=actor,
        verb="policy.commented",
        subject=version,
        facility=policy.facility,
        data={"number": version.number, "section": section},
    )
    return made


@transaction.atomic
def resolve(*, actor, comment: PolicyComment, resolution: str) -> PolicyComment:
    """Say what was done about a comment: by whoever develops the document, once."""
    policy = comment.version.policy
    require_owner(actor, policy)
    comment = PolicyComment.objects.select_for_update(of=("self",)).get(pk=comment.pk)
    if comment.resolved_at is not None:
        raise Refused("This comment is resolved already.")
    comment.resolution = needed(
        resolution, 300, field="resolution", otherwise="Say what was done about it, or why nothing."
    )
    comment.resolved_at, comment.resolved_by = clock.now(), actor
    comment.save(update_fields=["resolution", "resolved_at", "resolved_by"])
    record_event(
        actor=actor,
        verb="policy.comment_resolved",
        subject=comment.version,
        facility=policy.facility,
        data={"section": comment.section},
    )
    return comment
