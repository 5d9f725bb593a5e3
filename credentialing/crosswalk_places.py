"""Where in the product each thing of the crosswalk is shown; a test holds that every one has its place."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from config.kernel.pages import address
from credentialing import parameters
from credentialing.choices import Element
from credentialing.open_work_list import OVERLOOKED

VIEW = "credentialing.view"


@dataclass(frozen=True)
class Place:
    """A page, by its address and the permission it opens for."""

    label: str
    url_name: str
    permission: str
    asked: tuple[tuple[str, str], ...] = ()
    given: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The address of the page."""
        return address(reverse(self.url_name, args=self.given), **dict(self.asked))


FILES = Place("Applications, with the flags and deadlines of each", "credentialing:list", VIEW)
QUERIES = Place("Data bank queries", "credentialing:npdb_log", "credentialing.screen")
CERTIFICATES = Place("Screening certificates", "credentialing:certificates", "credentialing.screen")
SCREENING = Place("Exclusion lists and screening", "credentialing:screening", "credentialing.screen")
EMERGENCIES = Place("Emergencies", "credentialing:emergencies", VIEW)
CALENDAR = Place(
    "Calendar of reappointments", "credentialing:reappointments", "credentialing.manage_application"
)
LETTERS_ASKED = Place("Affiliation letters", "credentialing:affiliations", "credentialing.verify")
LETTERS = Place("Letters, with when each arrived", "credentialing:letters", "practitioners.log_contact")
PAYERS = Place("Payers, with what each delegated", "credentialing:payers", "practitioners.export")
EXPIRABLES = Place("Expirables", "credentialing:expirables", VIEW)
LADDER = Place("Ladder of reminders", "credentialing:ladder", "credentialing.send_reminders")
TO_VERIFY = Place("Verification, with the attempts of each item", "credentialing:items", VIEW)
ASKED_LATE = Place("Items nobody asked for in time", "credentialing:work", VIEW, (("kind", OVERLOOKED),))
MEETINGS = Place("Meetings, with quorum and votes", "bylaws:meetings", "bylaws.view_reviews")
OFFICERS = Place("Officers of the medical staff", "bylaws:officers", "bylaws.view_reviews")
CATEGORIES = Place("Categories of the medical staff", "bylaws:categories", "bylaws.read_documents")
DISCLOSURES = Place("Disclosures of interests", "bylaws:disclosures", "bylaws.review_disclosures")
DOCUMENTS = Place("Bylaws, rules and policies", "bylaws:policies", "bylaws.read_documents")
REVIEWS = Place("Files in review, with their bodies", "bylaws:reviews", "bylaws.view_reviews")
BARS = Place("Suspensions and leaves", "bylaws:bars", "bylaws.manage_bars")
DATA_BANK = Place("Clock of the data bank", "bylaws:data_bank", "bylaws.report_actions")
TERMS = Place("Compliance, terms", "bylaws:compliance", "bylaws.view_compliance")
FINDINGS = Place("Findings, with what became of each", "bylaws:findings", "bylaws.view_compliance")
SUPERVISED = Place(
    "Compliance, supervision", "bylaws:compliance", "bylaws.view_compliance", (("rule", "BL-SUP-1"),)
)
ATTENDANCE = Place(
    "Compliance, attendance", "bylaws:compliance", "bylaws.view_compliance", (("rule", "BL-MTG-1"),)
)
RECORDS = Place(
    "Compliance, medical records", "bylaws:compliance", "bylaws.view_compliance", (("rule", "BL-REC-1"),)
)
RECORD_SUSPENSIONS = Place(
    "Compliance, suspensions for medical records",
    "bylaws:compliance",
    "bylaws.view_compliance",
    (("rule", "BL-REC-2"),),
)
DUES = Place("Compliance, dues", "bylaws:compliance", "bylaws.view_compliance", (("rule", "BL-DUES-1"),))
CALL = Place("Compliance, call", "bylaws:compliance", "bylaws.view_compliance", (("rule", "BL-CALL-2"),))
CERTIFIED = Place(
    "Compliance, board certification", "bylaws:compliance", "bylaws.view_compliance", (("rule", "BL-BRD-1"),)
)
KEPT = Place(
    "Compliance, certification kept", "bylaws:compliance", "bylaws.view_compliance", (("rule", "BL-BRD-2"),)
)
AMENDMENTS = Place("Amendments", "bylaws:amendments", "bylaws.view_compliance")
DUE_PROCESS = Place("Due process", "bylaws:due_processes", "bylaws.run_due_process")
DISTANT_SITES = Place("Agreements with distant sites", "credentialing:distant_agreements", VIEW)
COVER = Place(
    "Compliance, malpractice limits", "bylaws:compliance", "bylaws.view_compliance", (("rule", "BL-INS-2"),)
)
BINDS = Place("What binds here", "bylaws:parameters", "bylaws.view_compliance")


def place_of_element(element: str) -> Place:
    """Where what was found out of an element is shown."""
    if element == Element.NPDB:
        return QUERIES
    if element == Element.EXCLUSION:
        return CERTIFICATES
    return Place("What was verified", "credentialing:crosswalk_evidence", VIEW, given=(str(element),))


HISTORY = place_of_element(Element.WORK_HISTORY)
REFERENCES = place_of_element(Element.PEER_REFERENCE)
#: By the code of a parameter; of codes that are one family by the beginning of the code.
PLACES: dict[str, Place] = {
    parameters.REQUIRED_ELEMENTS: TO_VERIFY,
    parameters.MAX_AGE_DAYS: TO_VERIFY,
    parameters.ACCEPTED_SOURCES: TO_VERIFY,
    parameters.REMINDER_DAYS: LADDER,
    "credentialing.reminder_copies": LADDER,
    "credentialing.reverify_": EXPIRABLES,
    "credentialing.list_age_days": SCREENING,
    "credentialing.npdb_renewal_days": QUERIES,
    "credentialing.correction_days": TO_VERIFY,
    "credentialing.volunteer_hours": EMERGENCIES,
    parameters.NPDB_INTERVAL_MONTHS: QUERIES,
    parameters.NPDB_ENROLMENT_MONTHS: QUERIES,
    parameters.ATTEMPTS_BEFORE_UNABLE: TO_VERIFY,
    parameters.ASK_WITHIN_DAYS: ASKED_LATE,
    parameters.SANCTION_YEARS: place_of_element(Element.LICENSE_SANCTIONS),
    parameters.CLAIM_HISTORY_YEARS: place_of_element(Element.MALPRACTICE_HISTORY),
    parameters.AFFILIATION_YEARS: place_of_element(Element.HOSPITAL_AFFILIATION),
    parameters.CDS_STATES: place_of_element(Element.CDS),
    parameters.BACKGROUND_KINDS: place_of_element(Element.BACKGROUND),
    parameters.IMMUNIZATIONS: place_of_element(Element.IMMUNIZATION),
    "credentialing.cme_": place_of_element(Element.CME),
    "credentialing.delegation_": PAYERS,
    "credentialing.telemedicine_": DISTANT_SITES,
    parameters.RECREDENTIALING_MONTHS: PAYERS,
    parameters.NOTICE_DAYS: PAYERS,
    "credentialing.threshold_": FILES,
    "credentialing.gap_": HISTORY,
    "credentialing.history_years": HISTORY,
    "credentialing.office_email": LETTERS,
    "credentialing.affiliation_": LETTERS_ASKED,
    "credentialing.good_standing": LETTERS_ASKED,
    "credentialing.enquiry_": REFERENCES,
    "credentialing.packet_": FILES,
    "credentialing.deficiency_days": FILES,
    "credentialing.incomplete_": FILES,
    "credentialing.action_days": FILES,
    "bylaws.hearing_request_days": LETTERS,
    "credentialing.reappointment_": CALENDAR,
    "credentialing.flag_": FILES,
    parameters.CATEGORY_KEPT_BY: FILES,
    "practitioners.": EXPIRABLES,
    "bylaws.approval_chain": REVIEWS,
    "bylaws.quorum": MEETINGS,
    "bylaws.vote_threshold": MEETINGS,
    "bylaws.vote_visibility": MEETINGS,
    "bylaws.appointment_term_months": TERMS,
    "bylaws.standing_conditions": BARS,
    "bylaws.supervised_professions": SUPERVISED,
    "bylaws.precautionary_review_days": BARS,
    "bylaws.cure_months": BARS,
    "bylaws.finding_": FINDINGS,
    "bylaws.expedited_voters": MEETINGS,
    "bylaws.remote_attendance": MEETINGS,
    "bylaws.written_consent": MEETINGS,
    "bylaws.hearing_rights": LETTERS,
    "bylaws.data_bank_report_days": DATA_BANK,
    "bylaws.attendance_percent": ATTENDANCE,
    "bylaws.attendance_categories": ATTENDANCE,
    "bylaws.attendance_meetings": ATTENDANCE,
    "bylaws.attendance_remote": ATTENDANCE,
    "bylaws.staff_year_month": ATTENDANCE,
    "bylaws.duty_list_days": RECORDS,
    "bylaws.record_days": RECORDS,
    "bylaws.record_suspensions": RECORD_SUSPENSIONS,
    "bylaws.record_suspended_days": RECORD_SUSPENSIONS,
    "bylaws.dues_": DUES,
    "bylaws.call_": CALL,
    "bylaws.board_certified_years": CERTIFIED,
    "bylaws.board_certified_professions": CERTIFIED,
    "bylaws.board_certification_grace_months": KEPT,
    "bylaws.leave_months": BARS,
    "bylaws.amendment_notice_days": AMENDMENTS,
    "bylaws.amendment_ballot_days": AMENDMENTS,
    "bylaws.amendment_turnout_percent": AMENDMENTS,
    "bylaws.amendment_threshold": AMENDMENTS,
    "bylaws.document_bodies": DOCUMENTS,
    "bylaws.document_review_months": DOCUMENTS,
    "bylaws.cover_": COVER,
    "bylaws.meetings_a_year": MEETINGS,
    "bylaws.minutes_days": MEETINGS,
    "bylaws.officer_": OFFICERS,
    "bylaws.officers_certified": OFFICERS,
    "bylaws.office_categories": CATEGORIES,
    "bylaws.voting_categories": CATEGORIES,
    "bylaws.disclosure_": DISCLOSURES,
    "bylaws.hearing_notice_days": LETTERS,
    "bylaws.peer_review_statement": DUE_PROCESS,
}


def place_of_parameter(code: str) -> Place:
    """Where it is shown that a number is kept: of several beginnings of the code the longest decides."""
    found = max((each for each in PLACES if code.startswith(each)), key=len, default=None)
    return BINDS if found is None else PLACES[found]


def place_of_rule(code: str) -> Place:
    """The findings of a rule over everybody."""
    return Place("Compliance, everybody", "bylaws:compliance", "bylaws.view_compliance", (("rule", code),))
