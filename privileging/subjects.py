"""The application as the approval chain sees it, and what this room adds to an application."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from bylaws import held as held_by_members
from bylaws import imposed, matters
from bylaws.subjects import CaseLine, CasePage, Comparison, HeldLine, Replayed, SubjectPaper
from bylaws.subjects import register as register_subject
from config.accounts.choices import DataClass
from config.kernel.errors import Refused
from config.rulebook.verdicts import Verdict
from credentialing import needs
from credentialing.asked_for import (
    register_asked_for,
    register_asked_for_many,
    register_not_accepted,
)
from credentialing.departed import register_departures
from credentialing.endings import register_closing, register_end_of_activation
from credentialing.evaluated import register_evaluations
from credentialing.lost import register_lost_privileges
from credentialing.models import Application
from credentialing.packet_parts import PrivilegePart, register_privileges
from credentialing.selectors.assessment import stopped_by, why_not_clean, why_not_expedited
from credentialing.selectors.file_papers import papers_of
from credentialing.selectors.gate import completeness
from credentialing.selectors.hearings import held_for_hearing
from credentialing.services.applications import follow_meeting
from privileging.selectors.asked_for import read_asked_for, read_asked_for_many
from privileging.selectors.cases import (
    all_held,
    application_of,
    case_lines,
    case_page,
    case_snapshot,
    held_lines,
)
from privileging.selectors.comparing import compared
from privileging.selectors.departures import departed_from
from privileging.selectors.eligibility import not_accepted_of
from privileging.selectors.endings import lost_privileges_of
from privileging.selectors.evaluation_letters import evaluations_of
from privileging.selectors.fppe import MATTER, addresses_of
from privileging.selectors.grants import (
    held_alone,
    held_codes,
    held_codes_of,
    held_forms,
    held_places,
    held_without,
)
from privileging.selectors.imposed_proctoring import last_day_of_proctoring
from privileging.selectors.needs import needs_of, submission_problems
from privileging.selectors.packets import held, judge, offered
from privileging.selectors.replaying import replay
from privileging.selectors.requests import lines_of
from privileging.services.decisions import carry_out, give_back
from privileging.services.disasters import end_with_activation
from privileging.services.for_a_time import end_beside
from privileging.services.packets import ask_from_packet


class ApplicationSubject:
    """Handler of the subject kind "application" (see :class:`bylaws.subjects.SubjectHandler`)."""

    kind = "application"

    def lines(self, subject_uid: uuid.UUID, on: dt.date) -> list[CaseLine]:
        """The appointment and every privilege asked for, with its criteria."""
        return case_lines(subject_uid, on)

    def page(self, subject_uid: uuid.UUID, on: dt.date, viewer) -> CasePage:
        """Lines and head of the review page, from one reading of the file."""
        return case_page(subject_uid, on, viewer)

    def held(self, subject_uid: uuid.UUID, on: dt.date) -> list[HeldLine]:
        """Lines held for a hearing."""
        return held_lines(subject_uid, on)

    def compared(self, lines: Sequence[CaseLine], on: dt.date) -> Comparison:
        """The lines beside what peers of the specialty hold and the last term."""
        return compared([line.source for line in lines if line.source is not None], on)

    def gate(self, subject_uid: uuid.UUID, on: dt.date) -> Verdict:
        """Whether everything required has been found out."""
        return completeness(application_of(subject_uid), on)

    def snapshot(self, subject_uid: uuid.UUID, on: dt.date) -> dict[str, Any]:
        """What the deciders saw."""
        return case_snapshot(subject_uid, on)

    def check_ready(self, subject_uid: uuid.UUID, on: dt.date) -> None:
        """Refuse when something required is not found out, or not fresh, on the day of the act, when a red
        flag that weighs came after the file was complete and nobody has seen to it, or while a right to a
        hearing stands in the way.
        """
        application = application_of(subject_uid)
        if not application.is_open:  # what was held may be denied now; to grant it asks more (``carry_out``)
            self._check_left(application, on)
            return
        verdict = completeness(application, on)
        if not verdict.met:
            open_leaves = [leaf for leaf in verdict.leaves() if not leaf.met]
            named = "; ".join(f"{leaf.title}: {leaf.sentence}" for leaf in open_leaves[:3])
            raise Refused(
                f"The file cannot be acted on as of {on.day} {on:%b %Y}. {named or verdict.sentence}"
            )
        if not application.rule.membership and not lines_of(application).exists():
            raise Refused("Nothing that is asked for is processed: withdraw the application instead.")
        if stopped := stopped_by(application, on) or held_for_hearing(application, on):
            raise Refused(stopped)
        self._check_left(application, on)

    def _check_left(self, application, on: dt.date) -> None:
        if stopped := all_held(application, list(lines_of(application)), on):
            raise Refused(stopped)

    def why_not_expedited(self, subject_uid: uuid.UUID, on: dt.date) -> str:
        """Why the file is not clean."""
        return why_not_expedited(application_of(subject_uid))

    def why_not_clean(self, subject_uids: Collection[uuid.UUID], on: dt.date) -> dict[uuid.UUID, str]:
        """Why files are not clean, many at once."""
        applications = (
            Application.objects.filter(uid__in=subject_uids)
            .select_related("practitioner", "facility", "category_raise__raised_by")
            .prefetch_related("red_flags")
        )
        return why_not_clean(list(applications), on)

    def papers(self, subject_uids: Collection[uuid.UUID], viewer) -> dict[uuid.UUID, SubjectPaper]:
        """The files on paper, for the packet of a meeting."""
        return papers_of(subject_uids, viewer)

    def on_scheduled(self, subject_uid: uuid.UUID, on: dt.date, actor) -> None:
        """The planned day of the decision follows the meeting."""
        follow_meeting(actor=actor, application=application_of(subject_uid), day=on)

    def on_acted(self, decision) -> None:
        """The board's decision creates appointment, grants, focused evaluations and the letter; a line acted
        against is held where there is a right to a hearing.
        """
        carry_out(decision)

    def on_given_back(self, subject_uid: uuid.UUID, actor) -> None:
        """What was held is asked for again."""
        give_back(actor=actor, application=application_of(subject_uid))

    def replay(self, decision) -> list[Replayed]:
        """What no longer holds of what the deciders saw, and what is explained."""
        return replay(decision)


register_subject(ApplicationSubject())
matters.register(matters.MatterKind(MATTER, DataClass.PEER_REVIEW, addresses_of))
imposed.register(last_day_of_proctoring)
held_by_members.register(held_codes)
held_by_members.register_places(held_places)
held_by_members.register_forms(held_forms)
held_by_members.register_alone(held_alone)
held_by_members.register_without(held_without)
held_by_members.register_codes(held_codes_of)
needs.register(needs_of)
needs.register_submission_check(submission_problems)
register_asked_for(read_asked_for)
register_asked_for_many(read_asked_for_many)
register_not_accepted(not_accepted_of)
register_departures(departed_from)
register_lost_privileges(lost_privileges_of)
register_evaluations(evaluations_of)
register_closing(end_beside)
register_end_of_activation(end_with_activation)
register_privileges(PrivilegePart(offered=offered, held=held, ask=ask_from_packet, judge=judge))
