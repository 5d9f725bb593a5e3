"""Writing governing documents in versions: drafts, the bodies' approvals, publication, review.

Which of the two offices develops a document, its owner says: the credentialing coordinator the policies of
credentialing, the medical staff coordinator all others. Approvals are recorded by whoever records minutes.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from bylaws.choices import (
    IN_DEVELOPMENT,
    PURSUED,
    Acknowledgers,
    CommitteeKind,
    DocumentBody,
    DocumentOwner,
    MotionStatus,
    PolicyKind,
    VersionStatus,
)
from bylaws.models import (
    Amendment,
    Motion,
    Policy,
    PolicyApproval,
    PolicyComment,
    PolicyReview,
    PolicyVersion,
)
from bylaws.parameters import DOCUMENT_BODIES, bind, bodies_problem
from bylaws.rules.policy_text import carry_keys, check_length, check_text, outline_of, sections_of
from bylaws.selectors.policies import basis, in_force, nameable, versions_of
from bylaws.workflow import POLICY_VERSION
from config.accounts.policies import may, permissions, require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from config.kernel.texts import needed, within
from config.organization.models import Facility
from config.rulebook.rules import rules

#: What the owner of a document needs.
WRITES = {
    DocumentOwner.MEDICAL_STAFF: "bylaws.manage_documents",
    DocumentOwner.CREDENTIALING: "credentialing.manage_policies",
}
APPROVE = "bylaws.record_minutes"
#: Bodies whose word on an amendment is part of its way.
BY_AMENDMENT = (DocumentBody.MEDICAL_STAFF, DocumentBody.BOARD)
LONGEST_NOTE = 300
LONGEST_REVIEW = 120  # months
#: Bodies that meet here, so that their motion can be named.
MEET = (CommitteeKind.CREDENTIALS_COMMITTEE, CommitteeKind.MEC, CommitteeKind.BOARD)


def may_write(user, policy: Policy) -> bool:
    """Whether the person's office develops the document."""
    return may(user, WRITES[DocumentOwner(policy.owner)], policy.facility)


def owners_for(user, facility: Facility) -> list[str]:
    """The offices the person may write for at the facility."""
    return [str(owner) for owner, permission in WRITES.items() if may(user, permission, facility)]


# --- writing ------------------------------------------------------------------------------------------------


@transaction.atomic
def add_policy(
    *,
    actor,
    facility: Facility,
    number: str,
    title: str,
    kind: str,
    owner: str,
    body: str,
    review_months: int | None = None,
    source_name: str = "",
) -> Policy:
    """A new document with its first version, a draft. ``review_months``: its own cycle, else the parameter's.

    ``source_name`` is the file it was imported from.
    """
    if owner not in DocumentOwner.values:
        raise Refused("Say which office develops it.", field="owner")
    require(actor, WRITES[DocumentOwner(owner)], facility)
    number, title = " ".join(number.split()), " ".join(title.split())
    if not number or len(number) > 20:
        raise Refused("Give it a number of at most 20 characters.", field="number")
    if not title or len(title) > 200:
        raise Refused("Give it a title of at most 200 characters.", field="title")
    if kind not in PolicyKind.values:
        raise Refused("Say what it is: bylaws, rules, a policy, a procedure or a manual.", field="kind")
    if review_months is not None and not 1 <= review_months <= LONGEST_REVIEW:
        raise Refused(f"A document is reviewed every 1 to {LONGEST_REVIEW} months.", field="review_months")
    # One writer of documents of a facility at a time: two cannot take the same number.
    Facility.objects.select_for_update(no_key=True).get(pk=facility.pk)
    if Policy.objects.filter(facility=facility, number__iexact=number).exists():
        raise Refused(f"{facility} has a document of that number already.", field="number")
    text = _checked(body, facility)
    policy = Policy.objects.create(
        facility=facility,
        number=number,
        title=title,
        kind=kind,
        owner=owner,
        review_months=review_months,
        created_at=clock.now(),
        created_by=actor,
    )
    _write(actor, policy, 1, text, "First version", source_name)
    return policy


@transaction.atomic
def write_version(
    *, actor, policy: Policy, body: str, note: str, newest: int, source_name: str = ""
) -> PolicyVersion:
    """The next version, a draft; one still in development is set aside by it. Every section that was there
    before keeps its key.

    ``newest`` is the number the writer started from: another one's version in between is a ``Conflict``.
    """
    policy = _lock(policy)
    require_owner(actor, policy)
    versions = versions_of(policy)
    before, base = versions[0], basis(versions)
    note = needed(note, LONGEST_NOTE, field="note", otherwise="Say in a sentence what is different.")
    body = _stripped(body)
    check_length(body)
    text = _checked(carry_keys(base.body, body), policy.facility)
    if before.number != newest:
        raise Conflict(f"Version {before.number} was written in the meantime. Look at it first.")
    if base.status != VersionStatus.SET_ASIDE and base.body == text:
        raise Refused("Nothing is different from the version before.", field="body")
    if VersionStatus(before.status) in IN_DEVELOPMENT:
        _refuse_amended(before)
        _move(actor, before, VersionStatus.SET_ASIDE)
    return _write(actor, policy, before.number + 1, text, note, source_name)


def _write(actor, policy: Policy, number: int, text: str, note: str, source_name: str) -> PolicyVersion:
    version = PolicyVersion.objects.create(
        policy=policy,
        number=number,
        body=text,
        outline=outline_of(sections_of(text)),
        note=note,
        source_name=source_name[:120],
        made_at=clock.now(),
        made_by=actor,
    )
    record_event(
        actor=actor,
        verb="policy.written",
        subject=version,
        facility=policy.facility,
        data={"number": number, "source": source_name[:120]},
    )
    return version


# --- on its way ---------------------------------------------------------------------------------------------


@transaction.atomic
def ask_for_comments(*, actor, version: PolicyVersion, until: dt.date) -> PolicyVersion:
    """Let everybody who may read the document read this draft and comment on it, up to and including a "
    "day."""
    version = _locked_version(version)
    require_owner(actor, version.policy)
    if until < clock.today(version.policy.facility):
        raise Refused("The last day of the comments lies in the past.", field="until")
    version.comments_until = until
    return _move(actor, version, VersionStatus.COMMENTS, until=until.isoformat())


@transaction.atomic
def put_before_bodies(*, actor, version: PolicyVersion) -> PolicyVersion:
    """Nothing more is said of it: the bodies have it. Refused while a comment is not resolved, or while
    nobody has set soundly which bodies approve such a document.
    """
    version = _locked_version(version)
    policy = version.policy
    require_owner(actor, policy)
    open_ones = PolicyComment.objects.filter(version__policy=policy, resolved_at__isnull=True).count()
    if open_ones:
        are = "1 comment is" if open_ones == 1 else f"{open_ones} comments are"
        raise Refused(f"{are} not resolved. Say what was done about each first.")
    bodies_for(policy)
    return _move(actor, version, VersionStatus.BODIES)


@transaction.atomic
def set_aside(*, actor, version: PolicyVersion) -> PolicyVersion:
    """Give up a version that is not published."""
    version = _locked_version(version)
    require_owner(actor, version.policy)
    _refuse_amended(version)
    return _move(actor, version, VersionStatus.SET_ASIDE)


def _refuse_amended(version: PolicyVersion) -> None:
    """What members were given notice of is what is put in force: it does not change under them."""
    if why := amended_by(version):
        raise Refused(f"{why} Withdraw the amendment first.")


def amended_by(version: PolicyVersion) -> str:
    """Which amendment on its way would put the version in force, in a sentence; empty where none would. One
    query.
    """
    amendment = Amendment.objects.filter(version=version, status__in=PURSUED).first()
    if amendment is None:
        return ""
    return f"{version} is what the amendment “{amendment}” would put in force, and notice of it is given."


def why_not_approved(version: PolicyVersion, body: str) -> str:
    """Why the approval of the body is not recorded on its own, in a sentence; empty where it is. What the
    medical staff votes on by ballot is approved by the ballot, and by the board that decides on it then.
    """
    if body not in BY_AMENDMENT or not (why := amended_by(version)):
        return ""
    return f"{why} The ballot and the board's decision on it are recorded with the amendment."


def why_not_published(version: PolicyVersion) -> str:
    """Why the version is not put in force on its own, in a sentence; empty where it is."""
    why = amended_by(version)
    return f"{why} It comes into force with the amendment." if why else ""


def bodies_for(policy: Policy) -> list[DocumentBody]:
    """The bodies that approve such a document, in their order; refuses a chain that is not sound."""
    today = clock.today(policy.facility)
    bound = bind(DOCUMENT_BODIES.code, facility=policy.facility, on=today, subject=policy.kind)
    problem = bodies_problem(bound.value, policy.kind)
    if problem:
        kind = policy.get_kind_display().lower()
        raise Refused(f"Which bodies approve {kind} is not set soundly: {problem}.")
    return [DocumentBody(body) for body in bound.value]


def next_body(version: PolicyVersion) -> DocumentBody | None:
    """The body whose approval comes next; None when all have approved it. Two queries."""
    given = set(version.approvals.values_list("body", flat=True))
    return next((body for body in bodies_for(version.policy) if body not in given), None)


def motions_for(version: PolicyVersion, body: str) -> list[Motion]:
    """Motions that carried in the body since the version was written, the newest first; one query."""
    if body not in MEET:
        return []
    return list(
        Motion.objects.filter(
            status=MotionStatus.CARRIED,
            closed_at__gte=version.made_at,
            agenda_item__meeting__committee__facility=version.policy.facility,
            agenda_item__meeting__committee__kind=body,
            agenda_item__practitioner__isnull=True,
            agenda_item__step__isnull=True,
        )
        .select_related("agenda_item__meeting__committee__facility")
        .order_by("-closed_at")[:50]
    )


@transaction.atomic
def record_approval(
    *,
    actor,
    version: PolicyVersion,
    body: str,
    approved_on: dt.date | None = None,
    motion: Motion | None = None,
    minutes: str = "",
) -> PolicyVersion:
    """A body approved this version: by a motion that carried here, whose day counts, or on a day by its
    minutes (``minutes`` says where it stands). Bodies approve in their order; with the last one it is
    approved.
    """
    version = _locked_version(version)
    policy = version.policy
    require(actor, APPROVE, policy.facility)
    if version.status != VersionStatus.BODIES:
        POLICY_VERSION.move(version.status, VersionStatus.APPROVED)
    if body not in DocumentBody.values:
        raise Refused("Say which body approved it.", field="body")
    expected = next_body(version)
    if body != expected:
        raise Refused(
            f"The {DocumentBody(body).label} does not come next: "
            + (f"the {expected.label} approves it before." if expected else "every body approved it."),
            field="body",
        )
    if why := why_not_approved(version, body):
        raise Refused(why, field="body")
    said = within(minutes, 300, field="minutes")
    if motion is not None:
        motion = next((each for each in motions_for(version, body) if each.pk == motion.pk), None)
        if motion is None or motion.closed_at is None:
            raise Refused(
                f"That motion did not carry in the {DocumentBody(body).label} since this version was "
                f"written.",
                field="motion",
            )
        approved_on = clock.date_at(motion.closed_at, policy.facility)
    elif not said:
        raise Refused("Choose the motion, or say where it stands in the minutes.", field="minutes")
    if approved_on is None:
        raise Refused("Say on which day.", field="approved_on")
    _check_day(version, approved_on)
    PolicyApproval.objects.create(
        version=version,
        body=body,
        approved_on=approved_on,
        motion=motion,
        minutes=said,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    data = {"number": version.number, "body": str(body), "approved_on": approved_on.isoformat()}
    if next_body(version) is None:
        return _move(actor, version, VersionStatus.APPROVED, **data)
    record_event(
        actor=actor, verb="policy.approved_by_body", subject=version, facility=policy.facility, data=data
    )
    return version


def _check_day(version: PolicyVersion, approved_on: dt.date) -> None:
    facility = version.policy.facility
    if approved_on > clock.today(facility):
        raise Refused("The approval cannot lie in the future.", field="approved_on")
    if approved_on < clock.date_at(version.made_at, facility):
        raise Refused("This version was written only after that day.", field="approved_on")
    before = version.approvals.order_by("-approved_on").first()
    if before is not None and approved_on < before.approved_on:
        raise Refused(
            f"The {before.get_body_display()} approved it only on {before.approved_on:%d %b %Y}.",
            field="approved_on",
        )


@transaction.atomic
def publish(
    *,
    actor,
    version: PolicyVersion,
    in_force_from: dt.date,
    acknowledged_by: str = Acknowledgers.NOBODY,
    acknowledge_until: dt.date | None = None,
) -> PolicyVersion:
    """An approved version is in force from a day on; the one before it until the day before.

    ``acknowledged_by`` says who confirms having received it, up to and including ``acknowledge_until``.
    """
    version = _locked_version(version)
    policy = version.policy
    require_owner(actor, policy)
    POLICY_VERSION.move(version.status, VersionStatus.PUBLISHED)
    if why := why_not_published(version):
        raise Refused(why)
    approved_on = max(version.approvals.values_list("approved_on", flat=True))
    if in_force_from < approved_on:
        raise Refused("It cannot be in force before it was approved.", field="in_force_from")
    last = policy.versions.filter(in_force_from__gt=in_force_from).first()
    if last is not None:
        raise Refused(
            f"Version {last.number} is in force from a later day; this one cannot come before it.",
            field="in_force_from",
        )
    if acknowledged_by not in Acknowledgers.values:
        raise Refused("Say who acknowledges it.", field="acknowledged_by")
    if acknowledged_by == Acknowledgers.NOBODY:
        acknowledge_until = None
    elif acknowledge_until is None:
        raise Refused("Say by which day it is acknowledged.", field="acknowledge_until")
    elif acknowledge_until < in_force_from:
        raise Refused("The last day lies before it is in force.", field="acknowledge_until")
    version.in_force_from = in_force_from
    version.acknowledged_by, version.acknowledge_until = acknowledged_by, acknowledge_until
    version.published_at, version.published_by = clock.now(), actor
    return _move(
        actor,
        version,
        VersionStatus.PUBLISHED,
        number=version.number,
        in_force_from=in_force_from.isoformat(),
        acknowledged_by=str(acknowledged_by),
    )


# --- review -------------------------------------------------------------------------------------------------


@transaction.atomic
def record_review(*, actor, policy: Policy, reviewed_on: dt.date, by_whom: str) -> PolicyReview:
    """The document in force was gone through on a day and stays as it is; its next review counts from there.

    Where something has to be changed, a next version is written instead: its approval counts as a review.
    """
    policy = _lock(policy)
    require_owner(actor, policy)
    today = clock.today(policy.facility)
    if reviewed_on > today:
        raise Refused("The review cannot lie in the future.", field="reviewed_on")
    holding = in_force(versions_of(policy), reviewed_on)
    if holding is None:
        raise Refused("No version was in force on that day.", field="reviewed_on")
    said = needed(by_whom, 200, field="by_whom", otherwise="Say who went through it.")
    if policy.reviews.filter(reviewed_on__gte=reviewed_on).exists():
        raise Refused("A review of that day or a later one is on record.", field="reviewed_on")
    review = PolicyReview.objects.create(
        policy=policy,
        version=holding,
        reviewed_on=reviewed_on,
        by_whom=said,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    record_event(
        actor=actor,
        verb="policy.reviewed",
        subject=holding,
        facility=policy.facility,
        data={"number": holding.number, "reviewed_on": reviewed_on.isoformat()},
    )
    return review


# --- shared -------------------------------------------------------------------------------------------------


def require_owner(actor, policy: Policy) -> None:
    """Refuse unless the person's office develops the document."""
    require(actor, WRITES[DocumentOwner(policy.owner)], policy.facility)


def _move(actor, version: PolicyVersion, target: str, **data) -> PolicyVersion:
    move = POLICY_VERSION.check(version, target, permissions(actor, version.policy.facility))
    version.status = target
    version.save(
        update_fields=[
            "status", "comments_until", "in_force_from", "acknowledged_by", "acknowledge_until",
            "published_at", "published_by",
        ]
    )  # fmt: skip
    record_event(
        actor=actor,
        verb=move.event,
        subject=version,
        facility=version.policy.facility,
        data={"number": version.number} | data,
    )
    return version


def _stripped(body: str) -> str:
    return body.replace("\r\n", "\n").strip()


def _checked(body: str, facility: Facility) -> str:
    text = _stripped(body)
    named = nameable(facility, clock.today(facility))
    check_text(text, parameters=named, rules={rule.code for rule in rules()})
    return text


def _lock(policy: Policy) -> Policy:
    rows = Policy.objects.select_for_update(of=("self",), no_key=True).select_related("facility")
    return rows.get(pk=policy.pk)


def _locked_version(version: PolicyVersion) -> PolicyVersion:
    policy = _lock(version.policy)
    version = PolicyVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    version.policy = policy
    return version
