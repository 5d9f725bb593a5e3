"""Decisions as recorded, and whether they can still be proved."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from bylaws.choices import Body
from bylaws.models import Decision, Vote
from bylaws.policies import is_own_file
from bylaws.rules.voting import carries, members_needed
from bylaws.selectors.reviews import (
    meeting_bodies_of,
    meeting_bodies_stood_in,
    recused_cases,
    visible_steps,
)
from bylaws.subjects import handler
from bylaws.vote_shapes import THRESHOLD_KINDS
from config.accounts.policies import may
from config.kernel.canonical import NotCanonical, bytes_digest, canonical_bytes
from config.kernel.errors import Refused

CHUNK = 500


@dataclass(frozen=True)
class Problem:
    """What is wrong with one decision, as a sentence naming it; ``fact`` as in :class:`.Replayed`."""

    decision_uid: str
    sentence: str
    fact: str = ""


@dataclass
class Replay:
    """What came of proving decisions again. ``explained`` are differences that leave a decision standing."""

    checked: int = 0
    problems: list[Problem] = field(default_factory=list)
    explained: list[Problem] = field(default_factory=list)

    @property
    def failed(self) -> set[str]:
        """Uids of the decisions that do not hold."""
        return {problem.decision_uid for problem in self.problems}

    def touched(self) -> dict[str, list[str]]:
        """Every altered fact with the uids of the decisions it touched, in the order they were taken."""
        found: dict[str, list[str]] = {}
        for problem in self.problems:
            if problem.fact and problem.decision_uid not in found.setdefault(problem.fact, []):
                found[problem.fact].append(problem.decision_uid)
        return found


def visible_decisions(viewer) -> QuerySet[Decision]:
    """Decisions on files the person may see, and those of a body the person sits on today, also where they
    were taken from minutes and no agenda names the file. An alternate sees those of the body on which they
    voted. Never on the own file, nor on one the person is recused from.
    """
    seen = Q(step__in=visible_steps(viewer))
    for body, facility_id in meeting_bodies_of(viewer):
        seen |= Q(body=body, facility_id=facility_id)
    voted = Vote.objects.filter(user=viewer).values("motion_id")
    for body, facility_id in meeting_bodies_stood_in(viewer):
        seen |= Q(body=body, facility_id=facility_id, motion_id__in=voted)
    return (
        Decision.objects.filter(seen)
        .exclude(practitioner__user=viewer)
        .exclude(step__case_id__in=recused_cases(viewer))
        .select_related(
            "practitioner", "facility", "step__case__department", "acted_by", "recorded_by", "minutes"
        )
    )


def get_decision(*, viewer, uid) -> Decision | None:
    """The decision with its lines, if the person may see it."""
    decision = visible_decisions(viewer).prefetch_related("lines").filter(uid=uid).first()
    return None if decision is None or is_own_file(viewer, decision.practitioner) else decision


def roll_of(decision: Decision, viewer) -> list[Vote]:
    """Who voted how on the motion, for those who may see the body's matters: its members, its alternates
    where they voted, and who runs its meetings. Empty for everybody else and for an act without a vote of
    ours.
    """
    if decision.motion_id is None or is_own_file(viewer, decision.practitioner):
        return []
    body = (Body(decision.body), decision.facility_id)
    sees = body in meeting_bodies_of(viewer) or may(viewer, "bylaws.run_meeting", decision.facility)
    if not sees and body not in meeting_bodies_stood_in(viewer):
        return []
    votes = list(Vote.objects.filter(motion_id=decision.motion_id).standing().select_related("user"))
    if not sees and viewer.pk not in {vote.user_id for vote in votes}:
        return []
    return sorted(votes, key=lambda vote: (vote.user.last_name, vote.user.first_name, vote.pk))


def frozen_record(decision: Decision) -> dict[str, Any]:
    """What the deciders saw, as plain data."""
    return json.loads(decision.frozen)


def replay_all(told: Callable[[int], None] = lambda checked: None) -> Replay:
    """Every decision proved again, in the order they were recorded: hash, form, rows, tally, quorum, facts,
    verdicts. ``told`` hears now and then how many are done.
    """
    found = Replay()
    decisions = (
        Decision.objects.select_related(
            "step__case", "practitioner", "facility", "minutes", "motion", "meeting__minutes_paper"
        )
        .prefetch_related("lines")
        .order_by("pk")
    )
    for decision in decisions.iterator(chunk_size=CHUNK):
        found.checked += 1
        replay(decision, found)
        if found.checked % CHUNK == 0:
            told(found.checked)
    return found


def replay(decision: Decision, found: Replay | None = None) -> Replay:
    """One decision proved again; ``found`` is added to.

    The frozen text hashes to its hash and is canonical; the rows say what it says; the frozen numbers give
    the same quorum and result; and the subject's room gets the same verdicts from the frozen facts, and the
    same facts from what was known then.
    """
    found = Replay(checked=1) if found is None else found
    name = f"Decision {decision.uid} ({decision.get_body_display()}, {decision.decided_on.isoformat()})"

    def problem(sentence: str, fact: str = "") -> Problem:
        return Problem(str(decision.uid), f"{name}: {sentence}", fact)

    if bytes_digest(decision.frozen.encode("utf-8")) != decision.frozen_hash:
        found.problems.append(problem("the frozen record does not match its hash."))
        return found
    try:
        data = frozen_record(decision)
        if canonical_bytes(data).decode("utf-8") != decision.frozen:
            found.problems.append(problem("the frozen record is not in canonical form."))
            return found
    except (ValueError, NotCanonical):
        found.problems.append(problem("the frozen record cannot be read."))
        return found
    found.problems += [problem(sentence) for sentence in (*_rows(decision, data), *_numbers(data))]
    for each in handler(decision.step.case.subject_kind).replay(decision):
        (found.explained if each.explained else found.problems).append(problem(each.sentence, each.fact))
    return found


def _rows(decision: Decision, data: dict[str, Any]) -> list[str]:
    """Where the rows say something else than the frozen record."""
    case = decision.step.case
    scan = decision.minutes or getattr(decision.meeting, "minutes_paper", None)
    expected = {
        "body": decision.body,
        "kind": decision.kind,
        "decided_on": decision.decided_on.isoformat(),
        "facility": decision.facility.code,
        "practitioner": str(decision.practitioner.uid),
        "subject": {"kind": case.subject_kind, "uid": str(case.subject_uid)},
        "mover": decision.mover,
        "seconder": decision.seconder,
        "rationale": decision.rationale,
        "recusals": decision.recusals,
        "tally": None
        if decision.votes_for is None
        else {
            "for": decision.votes_for,
            "against": decision.votes_against,
            "abstentions": decision.abstentions,
        },
        "minutes": {"uid": str(scan.uid), "sha256": scan.sha256} if scan else None,
    }
    found = [f'"{key}" differs from the frozen record.' for key in expected if data.get(key) != expected[key]]
    lines = [
        (
            line.order,
            line.line_kind,
            str(line.line_uid),
            line.label,
            line.outcome,
            line.conditions,
            line.reason,
            line.proposed,
            line.stated,
        )
        for line in decision.lines.all()
    ]
    frozen = [
        (
            *(line[key] for key in ("order", "kind", "uid", "label", "outcome", "conditions", "reason")),
            line.get("proposed", False),
            line.get("stated", []),
        )
        for line in data.get("lines", [])
    ]
    if lines != frozen:
        found.append("its lines differ from the frozen record.")
    return found


def _numbers(data: dict[str, Any]) -> list[str]:
    """Whether the frozen parameters give the frozen quorum and result again."""
    quorum, tally = data.get("quorum"), data.get("tally")
    if quorum is None or tally is None:
        return []
    values = {parameter["code"]: parameter["value"] for parameter in data.get("parameters", [])}
    found = []
    try:
        if members_needed(values.get("bylaws.quorum", {}), quorum["base"]) != quorum["needed"]:
            found.append("the frozen quorum rule asks for another number of members.")
        if not (quorum["met"] and quorum["present"] >= quorum["needed"]):
            found.append("it was taken without a quorum.")
        threshold = values.get("bylaws.vote_threshold", {})
        # Records of before these two were told apart: who was present took part, and the base was in office.
        if threshold.get("kind") in THRESHOLD_KINDS and not carries(
            threshold,
            votes_for=tally["for"],
            votes_against=tally["against"],
            abstentions=tally["abstentions"],
            present=quorum.get("taking_part", quorum["present"]),
            in_office=quorum.get("in_office", quorum["base"]),
        ):
            found.append("its tally does not carry the motion.")
    except Refused as refused:
        found.append(refused.sentence)
    return found
