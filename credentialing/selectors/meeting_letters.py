"""The letters what a meeting decided calls for, and how far each is."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from bylaws.choices import Body, DecisionKind
from bylaws.models import Decision, Meeting
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, may_see_class
from config.organization.models import Facility
from credentialing import kinds
from credentialing.choices import ApplicationKind, LetterOccasion, LetterState
from credentialing.models import Application, LetterTemplate
from credentialing.rules.letter_occasions import NOTICES, Situation, judge
from credentialing.selectors.hearings import notices_owed
from credentialing.selectors.letters import WRITE, kind_of, state_of, visible_letters, with_state
from practitioners.choices import ContactKind, LetterKind
from practitioners.models import Practitioner
from practitioners.selectors.addressing import address_lines
from practitioners.selectors.canonical import own_records

#: A kind of files by which nothing but an application is meant.
APPLICATION = "application"
#: Occasions on which a meeting may call for a letter of the office.
OCCASIONS = (LetterOccasion.APPOINTED, LetterOccasion.FOR_A_TIME, LetterOccasion.DISASTER, *NOTICES)
NO_EMAIL = "No e-mail address is on file: print it, and record how it went out."
WITH_PROOF = "It goes by certified mail, courier or by hand: record how it went out."


@dataclass(frozen=True)
class MeetingLetter:
    """One letter a decision of the meeting calls for. Without a ``letter`` it is not issued yet, and made
    from ``template``; ``problem`` says what has to be done first, or by hand.
    """

    key: str
    name: str
    decision: Decision
    application: Application
    template: LetterTemplate | None = None
    letter: Any = None  # of ``with_state``
    email: str = ""  # where it goes by itself; empty: it has to be sent by hand
    problem: str = ""

    @property
    def practitioner(self) -> Practitioner:
        """To whom it is."""
        return self.application.practitioner

    @property
    def issues(self) -> bool:
        """Whether it is still to be issued, and can be."""
        return self.letter is None and self.template is not None

    @property
    def sends(self) -> bool:
        """Whether it still has to be handed over and goes as an e-mail."""
        waits = self.letter is None or state_of(self.letter) == LetterState.TO_SEND
        return waits and bool(self.email)

    @property
    def waits(self) -> bool:
        """Whether the act on all letters has something to do with this one."""
        return self.issues or (self.letter is not None and self.sends)

    @property
    def badge(self) -> LetterState | None:
        """How far it is; None while it is not issued."""
        return None if self.letter is None else state_of(self.letter)


def meeting_with_letters(viewer, uid) -> Meeting | None:
    """The meeting of that uid, where the person writes letters for its facility."""
    meetings = Meeting.objects.filter(committee__facility_id__in=facilities_with(viewer, WRITE))
    return meetings.select_related("committee__facility").filter(uid=uid).first()


def decisions_of(viewer, meeting: Meeting) -> QuerySet[Decision]:
    """What the meeting said of applications, in the order of its acts; never of the viewer's own."""
    return (
        Decision.objects.filter(meeting=meeting, step__case__subject_kind=APPLICATION)
        .exclude(practitioner_id__in=own_records(viewer))
        .select_related("step__case")
        .order_by("recorded_at", "pk")
    )


def letters_of_meeting(viewer, meeting: Meeting) -> list[MeetingLetter]:
    """Every letter the decisions of the meeting call for that the viewer may see: the board's decision, the
    welcome of who was appointed, what was granted for a time, the notice of what is adverse. The same number
    of queries however much was decided.
    """
    decisions = list(decisions_of(viewer, meeting))
    if not decisions:
        return []
    facility = meeting.committee.facility
    uids = {each.step.case.subject_uid for each in decisions}
    applications = {
        each.uid: each
        for each in Application.objects.filter(uid__in=uids)
        .select_related("practitioner", "facility", "department", "category", "coordinator")
        .prefetch_related("practitioner__contact_points", "practitioner__names")
    }
    found = _Found(
        facility=facility,
        templates=_templates(viewer, facility),
        owed=set(notices_owed(viewer, facility).filter(meeting=meeting).values_list("pk", flat=True)),
        final=_final_acts(applications.values()),
    )
    found.sort(_written(viewer, decisions, applications.values()))
    rows: list[MeetingLetter] = []
    for decision in decisions:
        application = applications.get(decision.step.case.subject_uid)
        if application is not None:
            rows += found.of(decision, application)
    return rows


def _templates(viewer, facility: Facility) -> dict[str, LetterTemplate]:
    """For each occasion the oldest published template of a class the viewer may see."""
    rows = LetterTemplate.objects.filter(occasion__in=OCCASIONS, versions__published_at__isnull=False)
    found: dict[str, LetterTemplate] = {}
    for each in rows.distinct().order_by("pk"):
        if may_see_class(viewer, each.data_class, facility):
            found.setdefault(each.occasion, each)
    return found


def _final_acts(applications: Iterable[Application]) -> dict[uuid.UUID, list[Decision]]:
    """The decisions on each application, by whichever meeting or person, the first one first."""
    rows = (
        Decision.objects.filter(
            step__case__subject_kind=APPLICATION,
            step__case__subject_uid__in=[each.uid for each in applications],
            kind=DecisionKind.DECISION,
        )
        .select_related("step__case")
        .order_by("recorded_at", "pk")
    )
    found: dict[uuid.UUID, list[Decision]] = {}
    for each in rows:
        found.setdefault(each.step.case.subject_uid, []).append(each)
    return found


def _written(viewer, decisions: Sequence[Decision], applications: Iterable[Application]) -> list[Any]:
    """Letters that tell of these files already, with how far each is, the oldest first."""
    told = Q(subject_kind=APPLICATION, subject_uid__in=[each.uid for each in applications]) | Q(
        subject_kind="decision", subject_uid__in=[each.uid for each in decisions]
    )
    rows = visible_letters(viewer).filter(
        Q(told, kind=LetterKind.DECISION)
        | Q(office__decision__in=decisions)
        | Q(office__application__in=list(applications), office__version__template__occasion__in=OCCASIONS)
    )
    return list(with_state(rows).order_by("issued_at", "pk"))


@dataclass
class _Found:
    """What was read of the files of one meeting, for the letters of each."""

    facility: Facility
    templates: dict[str, LetterTemplate]
    owed: set[int]
    final: dict[uuid.UUID, list[Decision]]
    by_act: dict[uuid.UUID, Any] = field(default_factory=dict)
    by_application: dict[uuid.UUID, list[Any]] = field(default_factory=dict)
    notices: dict[int, Any] = field(default_factory=dict)
    office: dict[tuple[int, str], Any] = field(default_factory=dict)

    def sort(self, letters: Iterable[Any]) -> None:
        """Put each letter where it is looked for."""
        for each in letters:
            office = getattr(each, "office", None)
            if office is None:
                if each.subject_kind == APPLICATION:
                    self.by_application.setdefault(each.subject_uid, []).append(each)
                else:
                    self.by_act[each.subject_uid] = each
            elif office.decision_id is not None:
                self.notices[office.decision_id] = each
            elif office.application_id is not None:
                self.office[office.application_id, office.version.template.occasion] = each

    def of(self, decision: Decision, application: Application) -> list[MeetingLetter]:
        """The letters one decision calls for, the decision's own first."""
        rows = []
        own = self.by_act.get(decision.uid) or self._telling(decision, application)
        if own is not None:
            rows.append(self._row(decision, application, own))
        if decision.kind == DecisionKind.DECISION and self._decided_by(decision, application):
            occasion = _occasion(application)
            if occasion and judge(occasion, Situation(status=application.status, kind=application.kind)).met:
                rows.append(self._office(decision, application, occasion))
        if decision.pk in self.owed or decision.pk in self.notices:
            board = decision.body == Body.BOARD
            rows.append(
                self._office(
                    decision, application, LetterOccasion.ADVERSE_BOARD if board else LetterOccasion.ADVERSE
                )
            )
        return rows

    def _decided_by(self, decision: Decision, application: Application) -> bool:
        """Whether this is the act that decided the application, and not what was left of it later."""
        acts = self.final.get(application.uid, [])
        return bool(acts) and decision.uid not in self.by_act and acts[0].pk == decision.pk

    def _telling(self, decision: Decision, application: Application) -> Any:
        """The decision letter of the application, where it was made with this act."""
        for letter in self.by_application.get(application.uid, []):
            before = [
                each for each in self.final.get(application.uid, []) if each.recorded_at <= letter.issued_at
            ]
            if before and before[-1].pk == decision.pk:
                return letter
        return None

    def _office(self, decision: Decision, application: Application, occasion: str) -> MeetingLetter:
        """A letter of the office, issued or to be issued."""
        notice = occasion in NOTICES
        letter = self.notices.get(decision.pk) if notice else self.office.get((application.pk, str(occasion)))
        if letter is not None:
            return self._row(decision, application, letter)
        template = self.templates.get(occasion)
        key = f"{decision.uid}:{occasion}"
        if template is None:
            label = LetterOccasion(occasion).label
            return MeetingLetter(
                key, label, decision, application, problem="No template for it is published."
            )
        if notice and len(address_lines(application.practitioner)) < 2:
            where = "No mailing address is on file: add it, or write the notice from the application."
            return MeetingLetter(key, template.name, decision, application, problem=where)
        proved = template.starts_clock or template.data_class != DataClass.GENERAL
        return MeetingLetter(
            key,
            template.name,
            decision,
            application,
            template,
            email="" if proved else _email(application.practitioner),
            problem=_by_hand(application.practitioner, proved),
        )

    def _row(self, decision: Decision, application: Application, letter: Any) -> MeetingLetter:
        """A letter that is issued."""
        office = getattr(letter, "office", None)
        proved = letter.kind == LetterKind.SPECIAL_NOTICE or bool(office is not None and office.clock_days)
        waits = state_of(letter) == LetterState.TO_SEND
        return MeetingLetter(
            str(letter.uid),
            kind_of(letter),
            decision,
            application,
            letter=letter,
            email="" if proved else _email(application.practitioner),
            problem=_by_hand(application.practitioner, proved) if waits else "",
        )


def _occasion(application: Application) -> str:
    """Which letter of the office a file that was granted calls for, beside the decision's own."""
    if application.kind in (ApplicationKind.TEMPORARY, ApplicationKind.LOCUM):
        return LetterOccasion.FOR_A_TIME
    if application.kind == ApplicationKind.DISASTER:
        return LetterOccasion.DISASTER
    rule = kinds.kind_of(application.kind)
    return LetterOccasion.APPOINTED if rule.opens_term and not rule.renews else ""


def _email(person: Practitioner) -> str:
    """The newest e-mail address on file, of what was read with the application; empty where there is none."""
    found = [each for each in person.contact_points.all() if each.kind == ContactKind.EMAIL]
    return max(found, key=lambda each: each.pk).line_1 if found else ""


def _by_hand(person: Practitioner, proved: bool) -> str:
    if proved:
        return WITH_PROOF
    return "" if _email(person) else NO_EMAIL
