"""Numbers and lists the bylaws set: chains, quorum, votes, terms, standing conditions.

Values with their sources stand in ``parameters.yaml`` beside this file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bylaws.choices import BarScope, Body, ConsequenceMode, DocumentBody, PolicyKind
from bylaws.vote_shapes import quorum_problem, threshold_problem
from config.organization.models import Facility
from config.rulebook.parameters import ParameterDefinition, define
from config.rulebook.selectors.parameters import Bound, resolve_many

APPROVAL_CHAIN = define(
    ParameterDefinition(
        code="bylaws.approval_chain",
        title="Bodies that act on an application, in order",
        combine="no_merge",
        selected_by="the day the file is sent to review",
    )
)

#: Subject of the chain of clean files, beside the kinds of applications.
EXPEDITED = "expedited"

QUORUM = define(
    ParameterDefinition(
        code="bylaws.quorum",
        title="Voting members who must be present for a body to act",
        combine="no_merge",
        unit="voting members",
        selected_by="the day of the vote",
        problem=quorum_problem,
    )
)

VOTE_THRESHOLD = define(
    ParameterDefinition(
        code="bylaws.vote_threshold",
        title="Votes a motion needs",
        combine="no_merge",
        unit="votes",
        selected_by="the day of the vote",
        problem=threshold_problem,
    )
)

#: Values of the parameter below: votes show as they are given, or once the vote is closed.
VOTES_OPEN, VOTES_INDEPENDENT = "open", "independent"

VOTE_VISIBILITY = define(
    ParameterDefinition(
        code="bylaws.vote_visibility",
        title="Whether members see the votes of others while the vote is open",
        combine="no_merge",
        choices=(VOTES_OPEN, VOTES_INDEPENDENT),
        selected_by="the day somebody looks, while the vote is open",
    )
)

#: Values of the parameter below.
REMOTE_ALLOWED, REMOTE_REFUSED = "allowed", "in_person_only"

REMOTE_ATTENDANCE = define(
    ParameterDefinition(
        code="bylaws.remote_attendance",
        title="Whether members may attend a meeting from elsewhere, and count as present",
        combine="no_merge",
        choices=(REMOTE_ALLOWED, REMOTE_REFUSED),
        selected_by="the day somebody is marked as present",
    )
)

#: Values of the parameter below: not at all; only with everybody in office; with everybody not recused.
CONSENT_NOT_ALLOWED, CONSENT_ALL_MEMBERS, CONSENT_TAKING_PART = (
    "not_allowed",
    "all_members",
    "all_taking_part",
)

WRITTEN_CONSENT = define(
    ParameterDefinition(
        code="bylaws.written_consent",
        title="Whether a body may decide without a meeting, by unanimous written consent, and of whom",
        combine="no_merge",
        choices=(CONSENT_NOT_ALLOWED, CONSENT_ALL_MEMBERS, CONSENT_TAKING_PART),
        selected_by="the day the consent is asked for",
    )
)

APPOINTMENT_TERM = define(
    ParameterDefinition(
        code="bylaws.appointment_term_months",
        title="Longest term of an appointment",
        combine="min",
        unit="months",
        floor=1,
        ceiling=36,
        limit_reason="No accreditor allows a term of more than three years.",
        selected_by="the day judged; for a new term, the day it begins",
    )
)

STANDING_CONDITIONS = define(
    ParameterDefinition(
        code="bylaws.standing_conditions",
        title="Rules whose breach suspends privileges by itself",
        combine="union",
        selected_by="the day judged",
    )
)


#: Values of ``practitioners.choices.ProviderType``.
SUPERVISED_PROFESSIONS = define(
    ParameterDefinition(
        code="bylaws.supervised_professions",
        title="Professions that practice here only under a supervising or collaborating practitioner",
        combine="union",
        of_text=True,
        selected_by="the day judged",
    )
)


COVER_PER_CLAIM = define(
    ParameterDefinition(
        code="bylaws.cover_per_claim_usd",
        title="Limit per claim that malpractice coverage reaches at least",
        combine="max",
        unit="US dollars",
        floor=0,
        selected_by="the day judged",
    )
)

COVER_AGGREGATE = define(
    ParameterDefinition(
        code="bylaws.cover_aggregate_usd",
        title="Limit in aggregate that malpractice coverage reaches at least",
        combine="max",
        unit="US dollars",
        floor=0,
        selected_by="the day judged",
    )
)

PRECAUTIONARY_REVIEW = define(
    ParameterDefinition(
        code="bylaws.precautionary_review_days",
        title="Days within which the Medical Executive Committee reviews a precautionary suspension",
        combine="min",
        unit="days",
        floor=1,
        selected_by="the day judged",
    )
)


EXPEDITED_VOTERS = define(
    ParameterDefinition(
        code="bylaws.expedited_voters",
        title="Voting members of the board who decide on its behalf the expedited way",
        combine="max",
        unit="voting members",
        floor=2,
        limit_reason="A committee that decides for the board has at least two of its voting members.",
        selected_by="the day of the vote",
    )
)


#: Values of ``practitioners.choices.ProviderType``.
HEARING_RIGHTS = define(
    ParameterDefinition(
        code="bylaws.hearing_rights",
        title="Professions with a right to a hearing before something adverse is decided",
        combine="union",
        selected_by="the day of the act against",
    )
)


HEARING_REQUEST_DAYS = define(
    ParameterDefinition(
        code="bylaws.hearing_request_days",
        title="Days from receipt of the notice of something adverse in which a hearing can be asked for",
        combine="max",
        unit="days",
        floor=30,
        limit_reason="42 USC 11112(b)(1): not less than 30 days",
        selected_by="the day the practitioner was told of the right to a hearing; until then the day judged",
    )
)


HEARING_NOTICE_DAYS = define(
    ParameterDefinition(
        code="bylaws.hearing_notice_days",
        title="Days from the notice of a hearing to the hearing",
        combine="max",
        unit="days",
        floor=30,
        limit_reason="42 USC 11112(b)(2): the hearing is not less than 30 days after the date of the notice",
        selected_by="the day the practitioner was told of the right to a hearing; until then the day judged",
    )
)


PEER_REVIEW_STATEMENT = define(
    ParameterDefinition(
        code="bylaws.peer_review_statement",
        title="The words that stand on every page and paper of peer review",
        combine="no_merge",
        selected_by="the day somebody looks",
    )
)


CURE_TIME = define(
    ParameterDefinition(
        code="bylaws.cure_months",
        title="Months within which an automatic suspension is cured; after them lifting needs the bodies",
        combine="no_merge",
        unit="months",
        floor=1,
        selected_by="the day judged",
    )
)


REPORT_DAYS = define(
    ParameterDefinition(
        code="bylaws.data_bank_report_days",
        title="Days after an adverse action became reportable within which the data bank is told",
        combine="min",
        unit="days",
        floor=1,
        selected_by="the day judged",
    )
)


#: What follows from a finding, by the code of the rule as the subject; without one for every other rule.
#: Standing conditions and what the law bars follow by themselves whatever stands here.
FINDING_CONSEQUENCE = define(
    ParameterDefinition(
        code="bylaws.finding_consequence",
        title="What follows when a rule stays unmet after the notice",
        combine="no_merge",
        choices=tuple(str(each) for each in ConsequenceMode.values),
        selected_by="the day judged",
    )
)


#: Subject: the code of a rule. Without a value something may follow once the notice was answered,
#: or once its time is over.
UNMET_DAYS = define(
    ParameterDefinition(
        code="bylaws.finding_unmet_days",
        title="Days for which a rule is unmet before something may follow",
        combine="no_merge",
        unit="days",
        floor=0,
        selected_by="the day judged",
    )
)


ANSWER_DAYS = define(
    ParameterDefinition(
        code="bylaws.finding_answer_days",
        title="Days a practitioner has to answer the notice of a finding",
        combine="no_merge",
        unit="days",
        floor=1,
        selected_by="the day of the notice",
    )
)


#: Values are codes of ``StaffCategory``, as of the parameters of duties below.
VOTING_CATEGORIES = define(
    ParameterDefinition(
        code="bylaws.voting_categories",
        title="Categories of the medical staff whose members vote",
        combine="union",
        of_text=True,
        selected_by="the day of the vote or the ballot",
    )
)

OFFICE_CATEGORIES = define(
    ParameterDefinition(
        code="bylaws.office_categories",
        title="Categories of the medical staff whose members may hold office",
        combine="union",
        of_text=True,
        selected_by="the day judged; for a new term, the day it begins",
    )
)


ATTENDANCE_PERCENT = define(
    ParameterDefinition(
        code="bylaws.attendance_percent",
        title="Share of the meetings of the medical staff a member attends in a year",
        combine="max",
        unit="% of the meetings",
        floor=0,
        ceiling=100,
        limit_reason="It is a share of the meetings that were held.",
        selected_by="the day judged, for the whole medical staff year so far",
    )
)

#: Values are codes of ``StaffCategory``.
ATTENDANCE_CATEGORIES = define(
    ParameterDefinition(
        code="bylaws.attendance_categories",
        title="Categories of the medical staff whose members have to attend meetings",
        combine="union",
        of_text=True,
        selected_by="the day judged; a meeting counts by the category its day found the member in",
    )
)

#: Values of ``CommitteeKind``: the medical staff as a whole, and the department of the member.
ATTENDANCE_MEETINGS = define(
    ParameterDefinition(
        code="bylaws.attendance_meetings",
        title="Meetings that members have to attend",
        combine="union",
        of_text=True,
        selected_by="the day judged",
    )
)

#: Values of the parameter below.
REMOTE_COUNTS, REMOTE_DOES_NOT_COUNT = "counts", "does_not_count"

ATTENDANCE_REMOTE = define(
    ParameterDefinition(
        code="bylaws.attendance_remote",
        title="Whether a meeting attended from elsewhere counts as attended",
        combine="no_merge",
        choices=(REMOTE_COUNTS, REMOTE_DOES_NOT_COUNT),
        selected_by="the day judged",
    )
)

STAFF_YEAR_MONTH = define(
    ParameterDefinition(
        code="bylaws.staff_year_month",
        title="Month in which the medical staff year begins",
        combine="no_merge",
        unit="month of the year",
        floor=1,
        ceiling=12,
        limit_reason="A year has twelve months.",
        selected_by="the day judged",
    )
)


#: Subject: a value of ``DutyKind``.
DUTY_LIST_DAYS = define(
    ParameterDefinition(
        code="bylaws.duty_list_days",
        title="Days for which a list of counts from another system speaks",
        combine="min",
        unit="days",
        floor=1,
        selected_by="the day judged",
    )
)

RECORD_DAYS = define(
    ParameterDefinition(
        code="bylaws.record_days",
        title="Days after discharge within which a medical record is completed",
        combine="min",
        unit="days",
        floor=1,
        ceiling=30,
        limit_reason="42 CFR 482.24(c)(4)(vii): within 30 days after discharge",
        selected_by="the day judged",
    )
)

RECORD_SUSPENSIONS = define(
    ParameterDefinition(
        code="bylaws.record_suspensions",
        title="Suspensions for medical records in twelve months with which membership is deemed resigned",
        combine="no_merge",
        unit="suspensions",
        floor=1,
        selected_by="the day judged",
    )
)

RECORD_SUSPENDED_DAYS = define(
    ParameterDefinition(
        code="bylaws.record_suspended_days",
        title="Days suspended for medical records in twelve months with which membership is deemed resigned",
        combine="no_merge",
        unit="days",
        floor=1,
        selected_by="the day judged",
    )
)

DUES_GRACE = define(
    ParameterDefinition(
        code="bylaws.dues_grace_days",
        title="Days after dues were due within which they are paid",
        combine="no_merge",
        unit="days",
        floor=0,
        selected_by="the day judged",
    )
)

#: Values are codes of ``StaffCategory``.
DUES_CATEGORIES = define(
    ParameterDefinition(
        code="bylaws.dues_categories",
        title="Categories of the medical staff whose members owe dues",
        combine="union",
        of_text=True,
        selected_by="the day judged",
    )
)

CALL_SHIFTS = define(
    ParameterDefinition(
        code="bylaws.call_shifts",
        title="Call shifts a member of the rotation covers in the period of a list",
        combine="no_merge",
        unit="shifts",
        floor=0,
        selected_by="the day judged",
    )
)

#: Values are codes of ``StaffCategory``.
CALL_CATEGORIES = define(
    ParameterDefinition(
        code="bylaws.call_categories",
        title="Categories of the medical staff whose members take call",
        combine="union",
        of_text=True,
        selected_by="the day judged",
    )
)

CALL_AGE = define(
    ParameterDefinition(
        code="bylaws.call_exempt_age",
        title="Age from which a member is exempt from call",
        combine="no_merge",
        unit="years",
        floor=1,
        selected_by="the day judged",
    )
)

CALL_SERVICE = define(
    ParameterDefinition(
        code="bylaws.call_exempt_years",
        title="Years of membership after which a member is exempt from call",
        combine="no_merge",
        unit="years",
        floor=1,
        selected_by="the day judged",
    )
)


BOARD_YEARS = define(
    ParameterDefinition(
        code="bylaws.board_certified_years",
        title="Years after training within which somebody is board certified",
        combine="no_merge",
        unit="years",
        floor=1,
        selected_by="the day judged",
    )
)

#: Values of ``practitioners.choices.ProviderType``.
BOARD_PROFESSIONS = define(
    ParameterDefinition(
        code="bylaws.board_certified_professions",
        title="Professions board certification is asked of",
        combine="union",
        of_text=True,
        selected_by="the day judged",
    )
)

BOARD_GRACE = define(
    ParameterDefinition(
        code="bylaws.board_certification_grace_months",
        title="Months after a board certification ended within which it is renewed",
        combine="no_merge",
        unit="months",
        floor=0,
        selected_by="the day judged",
    )
)

LONGEST_LEAVE = define(
    ParameterDefinition(
        code="bylaws.leave_months",
        title="Longest leave of absence",
        combine="no_merge",
        unit="months",
        floor=1,
        selected_by="the day judged",
    )
)


AMENDMENT_NOTICE = define(
    ParameterDefinition(
        code="bylaws.amendment_notice_days",
        title="Days of notice before the ballot on an amendment opens",
        combine="max",
        unit="days",
        floor=0,
        selected_by="the day the ballot opens",
    )
)

AMENDMENT_BALLOT = define(
    ParameterDefinition(
        code="bylaws.amendment_ballot_days",
        title="Days for which the ballot on an amendment is open",
        combine="max",
        unit="days",
        floor=0,
        selected_by="the day the ballot is counted",
    )
)

AMENDMENT_TURNOUT = define(
    ParameterDefinition(
        code="bylaws.amendment_turnout_percent",
        title="Share of the voting members whose votes an amendment needs at least",
        combine="max",
        unit="% of the voting members",
        floor=0,
        ceiling=100,
        limit_reason="It is a share of the voting members.",
        selected_by="the day the ballot is counted",
    )
)

AMENDMENT_THRESHOLD = define(
    ParameterDefinition(
        code="bylaws.amendment_threshold",
        title="Votes an amendment needs",
        combine="no_merge",
        unit="votes",
        selected_by="the day the ballot is counted",
        problem=threshold_problem,
    )
)


DOCUMENT_BODIES = define(
    ParameterDefinition(
        code="bylaws.document_bodies",
        title="Bodies that approve a governing document, in order",
        combine="no_merge",
        of_text=True,
        selected_by="the day the document is put before the bodies",
    )
)


#: Subject: a kind of committee (``bylaws.choices.CommitteeKind``).
MEETINGS_A_YEAR = define(
    ParameterDefinition(
        code="bylaws.meetings_a_year",
        title="Meetings a body holds in twelve months, where its charter does not say",
        combine="max",
        unit="meetings",
        floor=1,
        selected_by="the day judged",
    )
)

MINUTES_DAYS = define(
    ParameterDefinition(
        code="bylaws.minutes_days",
        title="Days after a meeting before which its minutes are late for no next meeting",
        combine="no_merge",
        unit="days",
        floor=0,
        selected_by="the day judged",
    )
)

DOCUMENT_REVIEW = define(
    ParameterDefinition(
        code="bylaws.document_review_months",
        title="Months after which a governing document is reviewed",
        combine="min",
        unit="months",
        floor=1,
        selected_by="the day judged",
    )
)


#: Subject: an office of the medical staff (``bylaws.choices.StaffOffice``).
OFFICER_TERM = define(
    ParameterDefinition(
        code="bylaws.officer_term_months",
        title="Longest term of an officer of the medical staff",
        combine="no_merge",
        unit="months",
        floor=1,
        selected_by="the day judged; for a new term, the day it begins",
    )
)

#: Subject: as above.
OFFICER_TERMS_IN_A_ROW = define(
    ParameterDefinition(
        code="bylaws.officer_consecutive_terms",
        title="Terms in a row one person holds the same office of the medical staff",
        combine="no_merge",
        unit="terms",
        floor=1,
        selected_by="the day judged; for a new term, the day it begins",
    )
)

#: Values of ``StaffOffice``.
OFFICERS_CERTIFIED = define(
    ParameterDefinition(
        code="bylaws.officers_certified",
        title="Offices of the medical staff whose holder is board certified",
        combine="union",
        of_text=True,
        selected_by="the day judged",
    )
)

OFFICER_NOTICE_DAYS = define(
    ParameterDefinition(
        code="bylaws.officer_end_notice_days",
        title="Days before the end of an officer's term from which on Today asks for a successor",
        combine="max",
        unit="days",
        floor=0,
        selected_by="the day somebody looks",
    )
)


DISCLOSURE_MONTHS = define(
    ParameterDefinition(
        code="bylaws.disclosure_months",
        title="Months after which interests are disclosed again",
        combine="min",
        unit="months",
        floor=1,
        selected_by="the day judged",
    )
)

DISCLOSURE_FIRST_DAYS = define(
    ParameterDefinition(
        code="bylaws.disclosure_first_days",
        title="Days from coming to an office or a seat within which interests are disclosed first",
        combine="min",
        unit="days",
        floor=0,
        selected_by="the day judged",
    )
)

#: Values of ``bylaws.choices.DisclosureOwed``.
DISCLOSURE_OWED_BY = define(
    ParameterDefinition(
        code="bylaws.disclosure_owed_by",
        title="For what somebody owes a yearly disclosure of interests",
        combine="union",
        of_text=True,
        selected_by="the day judged",
    )
)


def bind(
    code: str, *, facility: Facility, on: dt.date, subject: str = "", known_at: dt.datetime | None = None
) -> Bound:
    """The value that binds for ``subject``, else the one without a subject; one query either way."""
    return bind_many([code], facility=facility, on=on, subject=subject, known_at=known_at)[code]


def bind_many(
    codes: Sequence[str],
    *,
    facility: Facility,
    on: dt.date,
    subject: str = "",
    known_at: dt.datetime | None = None,
) -> dict[str, Bound]:
    """As :func:`bind`, of several parameters by their code; one query for all of them."""
    found = resolve_many(codes, facility=facility, on=on, known_at=known_at)
    return {
        code: found.get((code, subject)) or found.get((code, ""), Bound(code, subject, None))
        for code in codes
    }


@dataclass(frozen=True)
class ConditionEntry:
    """One entry of the standing conditions as it is read everywhere: by the nightly run, in the file, by the
    lookup. ``listed`` says whether its privileges came as a list at all.
    """

    rule: str
    scope: str
    codes: frozenset[str]
    listed: bool = True

    def reaches(self, code: str) -> bool:
        """Whether it concerns the privilege. Whatever is not plainly narrowed concerns all: a slip in what
        somebody typed shall not let anybody through.
        """
        return self.scope != BarScope.LISTED or code in self.codes


def condition_entries(value) -> list[ConditionEntry]:
    """The entries of the standing conditions, whatever somebody typed: what is no mapping is taken as the
    name of a rule, so that it can be said what is wrong with it and the others still hold.
    """
    return [_entry(each) for each in (value if isinstance(value, list) else [])]


def _entry(typed: Any) -> ConditionEntry:
    if not isinstance(typed, Mapping):
        return ConditionEntry(str(typed), "", frozenset())
    named, codes = typed.get("rule"), typed.get("privileges", ())
    listed = isinstance(codes, list | tuple)
    return ConditionEntry(
        rule=named if isinstance(named, str) else "",
        scope=str(typed.get("scope", BarScope.ALL_PRIVILEGES)),
        codes=frozenset(str(code).upper() for code in codes) if listed else frozenset(),
        listed=listed,
    )


def chain_problem(value, final: Sequence[str] = (Body.BOARD,)) -> str:
    """What is wrong with a chain, as a sentence; empty when it is sound.

    ``final`` are the bodies that may grant what is asked for: but for privileges for a time, only the board.
    """
    bodies = value if isinstance(value, list) else []
    unknown = [str(body) for body in bodies if body not in Body.values]
    if not bodies:
        return "it names no body"
    if unknown:
        return f"it names {', '.join(unknown)}, which is no body of the approval chain"
    if len(set(bodies)) != len(bodies):
        return "it names a body twice"
    if bodies[-1] not in final:
        if Body.CHIEF_EXECUTIVE in final:
            return "it does not end with the chief executive officer or the governing board"
        if Body.BOARD_COMMITTEE in final:
            return "it does not end with a committee of the board"
        return "it does not end with the governing board, which alone grants"
    return ""


def bodies_problem(value, kind: str) -> str:
    """What is wrong with the bodies that approve a kind of document, as a sentence's end; empty when sound.

    The governing body approves the bylaws, rules and regulations: 42 CFR 482.12(a)(4), 482.22(c)(1).
    """
    bodies = value if isinstance(value, list) else []
    unknown = [str(body) for body in bodies if body not in DocumentBody.values]
    if not bodies:
        return "it names no body"
    if unknown:
        return f"it names {', '.join(unknown)}, which approves no documents"
    if len(set(bodies)) != len(bodies):
        return "it names a body twice"
    if kind in (PolicyKind.BYLAWS, PolicyKind.RULES) and bodies[-1] != DocumentBody.BOARD:
        return (
            "it does not end with the governing board, which approves bylaws, rules and regulations "
            "(42 CFR 482.12(a)(4))"
        )
    return ""
