"""What a letter can say of one person at one hospital, and whether a template may be used at all."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import OuterRef, Subquery

from bylaws.choices import BarKind, Body, CaseStatus, DecisionKind, LineOutcome
from bylaws.models import BarPeriod, Decision, DecisionLine
from bylaws.parameters import HEARING_REQUEST_DAYS, PEER_REVIEW_STATEMENT, bind_many
from bylaws.selectors.hearing_rights import has_hearing_right
from bylaws.selectors.peer_review import remember
from config.accounts.choices import DataClass
from config.audit.models import AuditEvent
from config.kernel import clock
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.verdicts import Verdict
from credentialing.asked_for import NotAcceptedLine, not_accepted
from credentialing.choices import Element, ItemStatus, LetterOccasion
from credentialing.departed import Departed, departed
from credentialing.elements import data_class
from credentialing.endings import ENDED_BESIDE
from credentialing.evaluated import Evaluations, evaluations_to_tell
from credentialing.lost import Lost, LostPrivileges, lost_privileges
from credentialing.models import (
    Application,
    Deficiency,
    HearingRecord,
    LetterTemplate,
    LetterTemplateVersion,
    OfficeLetter,
    VerificationItem,
)
from credentialing.rules.affiliations import Term, said
from credentialing.rules.letter_occasions import APPROVED, DECIDED, Situation, judge
from credentialing.selectors.affiliations import membership_terms
from practitioners.choices import ContactKind
from practitioners.models import CredentialPeriod, Practitioner
from practitioners.selectors.addressing import address_lines, words_for
from practitioners.selectors.canonical import among

TRAINING = (Element.MEDICAL_SCHOOL, Element.RESIDENCY)
UNANSWERED = (ItemStatus.NOT_STARTED, ItemStatus.REQUESTED, ItemStatus.AWAITING)
#: Bodies whose word against can open the right to a hearing; of those before them it is advice.
HEARING = {str(Body.MEC), str(Body.BOARD)}

Values = dict[str, str | Sequence[str]]


@dataclass(frozen=True)
class About:
    """Whom a letter is about and where: the person, the hospital, the application it belongs to, and of its
    acts against somebody, or by which privileges ended, the one a letter is about (``act``, its uid; None:
    the one whose letter is owed).
    """

    practitioner: Practitioner
    facility: Facility
    application: Application | None = None
    act: uuid.UUID | None = None


@dataclass(frozen=True)
class Facts:
    """What was read of them: the situation the guards judge, and what the fields are filled from."""

    about: About
    on: dt.date
    situation: Situation
    term: Term | None
    left: Departed | None
    leave: BarPeriod | None
    missing: list[Deficiency]
    items: list[VerificationItem]
    adverse: Decision | None  # the act that opens the right to a hearing
    refused: list[DecisionLine]  # the lines of it that are against
    ended_beside: AuditEvent | None = None  # temporary privileges ended with the application waited beside
    not_accepted: Sequence[NotAcceptedLine] = ()
    lost: Lost = field(default_factory=dict)
    evaluated: Evaluations = field(default_factory=Evaluations)

    def lost_for(self, occasion: str) -> LostPrivileges | None:
        """The privileges given up or revoked a letter on this occasion tells of; where it is an occasion for
        neither, the newest.
        """
        return self.lost.get(str(occasion)) or next(iter(self.lost.values()), None)

    def act_of(self, occasion: str) -> uuid.UUID | None:
        """The one act of a room above a letter on this occasion is about; None where it is about none."""
        if self.left is not None and self.left.occasion == str(occasion):
            return self.left.uid
        lost = self.lost.get(str(occasion))
        return lost.uid if lost is not None else None

    def items_for(self, occasion: str) -> list[VerificationItem]:
        """Of which verification a letter on this occasion can tell; one is chosen when it is written."""
        if occasion == LetterOccasion.DISCREPANCY:
            return [each for each in self.items if each.status == ItemStatus.DISCREPANT]
        if occasion == LetterOccasion.TRAINING:
            return [each for each in self.items if each.status in UNANSWERED]
        return []


def facts_of(about: About) -> Facts:
    """Everything the guards and fields rest on, as of the hospital's today; twelve queries, one more where
    a body was against.
    """
    on = clock.today(about.facility)
    application = about.application
    missing, owed = _missing(application)
    items = _items(application)
    acts = acts_of(application, **_told())
    adverse, refused = _to_tell(acts, about.act)
    no_right = adverse is not None and not has_hearing_right(
        about.practitioner, about.facility, adverse.decided_on
    )
    bodies = {str(each.body) for each in acts}
    earlier = [each for each in acts if not bodies & HEARING and _against(each)]
    decided = any(each.kind == DecisionKind.DECISION for each in acts)
    terms = membership_terms(about.practitioner, about.facility)
    term = _term(terms, application)
    left = _departed(about, terms)
    leave = _leave(about, on)
    told: Any = refused[0] if refused else None
    ended = terms[-1] if terms and terms[-1].ended_early else None
    beside = _ended_beside(application)
    left_out = not_accepted(application)
    lost = lost_privileges(about.practitioner, about.facility, about.act if application is None else None)
    evaluated = evaluations_to_tell(about.practitioner, about.facility)
    situation = Situation(
        not_accepted=len(left_out),
        status=application.status if application else "",
        missing=len(missing),
        owed=owed,
        discrepancies=sum(1 for each in items if each.status == ItemStatus.DISCREPANT),
        training=sum(1 for each in items if each.status in UNANSWERED),
        member=any(each.first_day <= on <= each.last_day for each in terms),
        ended_on=ended.last_day if ended else None,
        left_how=left.how if left else "",
        left_for=left.occasion if left else "",
        leave=leave is not None,
        recommended=acts[-1].get_body_display() if acts and (not decided or adverse) else "",
        against=adverse.get_body_display() if adverse else "",
        no_right=about.practitioner.get_provider_type_display() if no_right else "",
        by_board=adverse is not None and adverse.body == Body.BOARD,
        held=decided and adverse is not None and adverse.body != Body.BOARD,
        only_earlier=earlier[-1].get_body_display() if earlier else "",
        noticed_on=told.issued_on if told else None,
        kind=application.kind if application else "",
        hearing=(told.event if told else None) or "",
        temporary_ended_on=dt.date.fromisoformat(beside.data["from"]) if beside else None,
        lost_on={occasion: each.first_day_without for occasion, each in lost.items()},
        evaluations={str(each): len(evaluated.of(each)) for each in LetterOccasion},
    )
    return Facts(
        about,
        on,
        situation,
        term,
        left,
        leave,
        missing,
        items,
        adverse,
        refused,
        beside,
        left_out,
        lost,
        evaluated,
    )


def offered(facts: Facts) -> list[tuple[LetterTemplate, Verdict]]:
    """Every template of letters that has a version in force, and whether it may be used now; one query."""
    letters = LetterTemplate.objects.exclude(occasion=LetterOccasion.MAIL)  # which go out by themselves
    rows = letters.filter(versions__published_at__isnull=False).distinct().order_by("name")
    return [(each, judge(each.occasion, facts.situation)) for each in rows]


def in_force(template: LetterTemplate) -> LetterTemplateVersion | None:
    """The newest published version; None where nothing was published."""
    return template.versions.filter(published_at__isnull=False).order_by("-number").first()


def values_of(
    facts: Facts,
    *,
    signed_by: str,
    item: VerificationItem | None = None,
    occasion: str = LetterOccasion.ANY,
) -> Values:
    """What each field says in a letter on the occasion; one without a value is left out. Four queries at
    most.
    """
    about, application, term = facts.about, facts.about.application, facts.term
    name, dear = words_for(about.practitioner)
    values: Values = {
        "practitioner_name": name,
        "salutation": dear,
        "practitioner_npi": about.practitioner.npi or "",
        "facility_name": about.facility.name,
        "facility_phone": about.facility.office_phone,
        "signed_by": signed_by,
        "today": said(facts.on),
        "department": application.department.name if application else term.department if term else "",
        "category": application.category.name
        if application and application.category
        else term.category
        if term
        else "",
        "missing": [each.what for each in facts.missing],
        "missing_due": said(max(each.due_on for each in facts.missing)) if facts.missing else "",
    }
    if application is not None:
        values |= {
            "application_kind": application.get_kind_display().lower(),
            "received_on": said(application.received_on) if application.received_on else "",
            "withdrawn_reason": application.closing_reason,
            "decided_on": said(application.decided_on) if application.decided_on else "",
        }
    if term is not None:
        values |= {"term_first_day": said(term.first_day), "term_last_day": said(term.last_day)}
    if facts.left is not None:
        values["ended_on"] = said(facts.left.last_day)
    if facts.leave is not None:
        end = last_day(facts.leave.valid.upper)
        values |= {
            "leave_first_day": said(facts.leave.valid.lower),
            "leave_last_day": said(end) if end else "",
        }
    if facts.not_accepted:
        values["not_accepted"] = [f"{each.label}: {each.reason}" for each in facts.not_accepted]
    if facts.ended_beside is not None:
        values |= {
            "temporary_ended_on": said(dt.date.fromisoformat(facts.ended_beside.data["from"])),
            "temporary_privileges": facts.ended_beside.data["privileges"],
            "waited_beside": facts.ended_beside.data["beside"],
        }
    lost = facts.lost_for(occasion)
    if lost is not None:
        values |= {
            "lost_from": said(lost.first_day_without),
            "lost_privileges": list(lost.names),
            "lost_by": lost.decision,
        }
    values |= _of_item(item) if item is not None else {}
    values |= _of_adverse(facts, facts.adverse) if facts.adverse is not None else {}
    return {name: value for name, value in values.items() if value}


def hearing_days(facility: Facility, on: dt.date) -> int | None:
    """Days from receipt in which a hearing can be asked for; None where no source says."""
    found = bind_many(
        [HEARING_REQUEST_DAYS.code, PEER_REVIEW_STATEMENT.code], facility=facility, on=on
    )  # a notice of it is marked with the other: read together
    remember(facility, found[PEER_REVIEW_STATEMENT.code])
    bound = found[HEARING_REQUEST_DAYS.code]
    return int(bound.value) if bound.is_set else None


def address_of(practitioner: Practitioner) -> str:
    """Name and address as on the envelope, a line each; the name alone where no address is on file."""
    return "\n".join(address_lines(practitioner))


def email_of(practitioner: Practitioner) -> str:
    """The newest e-mail address on file; empty where there is none."""
    found = practitioner.contact_points.filter(kind=ContactKind.EMAIL).order_by("-pk").first()
    return found.line_1 if found else ""


# --- what they rest on ----------------------------------------------------------------------------------


def _missing(application: Application | None) -> tuple[list[Deficiency], int]:
    """What is still owed, and how much was when the application was withdrawn."""
    if application is None:
        return [], 0
    missing = application.deficiencies.filter(item__isnull=True)  # a discrepancy has a letter of its own
    rows = [each for each in missing.order_by("due_on", "pk") if each.answered_at is None]
    reason = application.closing_reason
    owed = sum(
        1 for each in rows if each.withdrawn_at is None or (reason and each.withdrawal_reason == reason)
    )
    return [each for each in rows if each.withdrawn_at is None], owed


def _items(application: Application | None) -> list[VerificationItem]:
    """Verifications a letter may tell of: contradicted ones of the general class, schools not heard of."""
    if application is None or application.status in (*DECIDED, "withdrawn", "closed_ineligible"):
        return []
    rows = application.items.select_related("credential__credential_type", "evidence").order_by("label", "pk")
    return [
        each
        for each in rows
        if (each.status == ItemStatus.DISCREPANT and may_be_told(each))
        or (each.element in TRAINING and each.status in UNANSWERED and each.credential_id)
    ]


def may_be_told(item: VerificationItem) -> bool:
    """Whether the applicant may read what the source said: never of references, of what other hospitals
    say, of the data bank.
    """
    of_evidence = item.evidence.data_class if item.evidence else DataClass.GENERAL
    return data_class(item.element) == DataClass.GENERAL and of_evidence == DataClass.GENERAL


def acts_of(application: Application | None, **annotations: Any) -> list[Decision]:
    """What the bodies said of the application, in order, each with its lines in ``said``; without what
    deferred it, which says nothing yet. One query. ``annotations`` are asked of every line.
    """
    if application is None:
        return []
    rows: Any = (
        DecisionLine.objects.filter(
            decision__step__case__subject_uid=application.uid,
            decision__step__case__status__in=[CaseStatus.OPEN, CaseStatus.DECIDED],
        )
        .select_related("decision")
        .annotate(**annotations)
        .order_by("decision__recorded_at", "decision_id", "order")
    )
    acts: dict[int, Any] = {}
    for line in rows:
        act = acts.setdefault(line.decision_id, line.decision)
        vars(act).setdefault("said", []).append(line)
    return [act for act in acts.values() if not any(line.outcome == LineOutcome.DEFER for line in act.said)]


def _against(made: Any) -> list[DecisionLine]:
    return [line for line in made.said if line.outcome == LineOutcome.NOT_RECOMMEND]


def adverse_acts(acts: Sequence[Decision]) -> list[tuple[Decision, list[DecisionLine]]]:
    """Every act that is against, each with the lines it is the first to be against: the Medical Executive
    Committee's newest word, then what the board proposes or refuses otherwise. Source: domain.md 2.7.
    """
    mec = next((each for each in reversed(acts) if each.body == Body.MEC), None)
    first = _against(mec) if mec is not None else []
    found: list[tuple[Decision, list[DecisionLine]]] = [(mec, first)] if mec is not None and first else []
    told = {line.line_uid for line in first}
    for act in acts:
        if act.body != Body.BOARD and act.kind != DecisionKind.DECISION:
            continue
        refused = [line for line in _against(act) if line.line_uid not in told]
        if refused:
            found.append((act, refused))
            told |= {line.line_uid for line in refused}
    return found


def adverse_of(
    acts: Sequence[Decision], *, decided_too: bool = False
) -> tuple[Decision | None, list[DecisionLine]]:
    """The act that opens the right to a hearing, with its lines that are against: the board's where it
    proposes or refuses what nobody had been against before it, else the Medical Executive Committee's while
    the board has not decided the lines; afterwards only where that is asked for. Source: domain.md 2.7.
    """
    found = adverse_acts(acts)
    if not found:
        return None, []
    if not decided_too and _is_decided(acts, *found[-1]):
        return None, []
    return found[-1]


def _is_decided(acts: Sequence[Decision], act: Decision, against: Sequence[DecisionLine]) -> bool:
    """Whether the board has decided every line the Medical Executive Committee was against."""
    decided = {
        line.line_uid
        for each in acts
        if each.kind == DecisionKind.DECISION
        for line in vars(each)["said"]
        if not line.proposed
    }
    return act.body == Body.MEC and all(line.line_uid in decided for line in against)


def _to_tell(acts: Sequence[Decision], named: uuid.UUID | None) -> tuple[Decision | None, list[DecisionLine]]:
    """The act a notice is about: the one ``named``, none where that opened no right or is decided; else the
    first without a notice where several are against, else :func:`adverse_of`. The lines know of the notice
    (:func:`_told`). Pure.
    """
    newest = adverse_of(acts)
    several = [each for each in adverse_acts(acts) if each[0].body in HEARING]
    if named is not None:
        chosen = [each for each in several if each[0].uid == named and not _is_decided(acts, *each)]
        return chosen[0] if chosen else (None, [])
    if newest[0] is None or len(several) < 2:
        return newest
    lines: list[Any] = [against[0] for _, against in several]
    return next((each for each, line in zip(several, lines, strict=True) if line.issued_on is None), newest)


def _told() -> dict[str, Any]:
    """Of a line's act, read with the line: when its notice was issued, and what was recorded last of the
    right to a hearing.
    """
    notice = OfficeLetter.objects.filter(decision=OuterRef("decision")).order_by("pk")
    newest = HearingRecord.objects.filter(decision=OuterRef("decision")).order_by("-number")
    return {
        "issued_on": Subquery(notice.values("letter__issued_on")[:1]),
        "event": Subquery(newest.values("event")[:1]),
    }


def _term(terms: Sequence[Term], application: Application | None) -> Term | None:
    """The term the application led to, where it did; else the latest one."""
    if application is not None and application.status in APPROVED and application.decided_on:
        for each in terms:
            if each.first_day >= application.decided_on:
                return each
    return terms[-1] if terms else None


def _ended_beside(application: Application | None) -> AuditEvent | None:
    """That temporary privileges of this application ended with the one they waited beside; one query, none
    where it waited beside nothing.
    """
    if application is None or application.awaits_id is None:
        return None
    return AuditEvent.objects.filter(subject_uid=application.uid, verb=ENDED_BESIDE).order_by("-pk").first()


def _departed(about: About, terms: Sequence[Term]) -> Departed | None:
    """How the person left; None where they did not, or belong to the staff again."""
    left = departed(about.practitioner, about.facility)
    if left is None or any(each.last_day > left.last_day for each in terms):
        return None
    return left


def _leave(about: About, on: dt.date) -> BarPeriod | None:
    """The leave that stands or is to come."""
    rows = BarPeriod.objects.live().filter(
        identity__practitioner__in=among([about.practitioner.pk]),
        identity__facility=about.facility,
        identity__kind=BarKind.LEAVE,
    )
    coming = [
        each for each in rows.order_by("valid", "pk") if each.valid.upper is None or each.valid.upper > on
    ]
    return coming[0] if coming else None


def _of_item(item: VerificationItem) -> dict[str, Any]:
    period: CredentialPeriod | None = None
    if item.credential is not None:
        period = item.credential.periods.live().order_by("-valid").first()
    days = _days(period)
    if item.status != ItemStatus.DISCREPANT:
        issuer = item.credential.issuer if item.credential is not None else ""
        return {"programme": issuer, "programme_what": item.get_element_display(), "programme_days": days}
    number = item.credential.number if item.credential is not None else ""
    return {
        "discrepancy_item": item.label,
        "discrepancy_stated": ", ".join(part for part in (number, days) if part),
        "discrepancy_source": item.source,
        "discrepancy_source_says": item.note or item.result,
    }


def _days(period: CredentialPeriod | None) -> str:
    if period is None or period.start is None:
        return ""
    return f"{said(period.start)} to {said(period.end)}" if period.end else f"since {said(period.start)}"


def _of_adverse(facts: Facts, made: Decision) -> dict[str, Any]:
    days = hearing_days(facts.about.facility, facts.on)
    decided = made.kind == DecisionKind.DECISION

    def word(line: DecisionLine) -> str:
        if made.body != Body.BOARD:
            return str(LineOutcome.NOT_RECOMMEND.label).lower()
        return "not granted" if decided and not line.proposed else "proposed not to be granted"

    return {
        "recommending_body": made.get_body_display(),
        "recommended_on": said(made.decided_on),
        "recommendation": [f"{line.label}: {word(line)}" for line in facts.refused],
        "reasons": list(dict.fromkeys(line.reason for line in facts.refused if line.reason)),
        "hearing_days": str(days) if days else "",
    }
