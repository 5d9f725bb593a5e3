"""Numbers and lists of credentialing that bylaws, accreditors, payers and law set.

Values: ``parameters.yaml``.
"""

from __future__ import annotations

from config.rulebook.parameters import ParameterDefinition, define

#: subject = application kind, with its ground where it has one ("temporary.need"). List of {"element",
#: "provider_types", "instances", "minimum", "why"} and, where it says more, "when" (whom it concerns:
#: credentialing.rules.needed.WHEN) and "minimum_of" ("facility_state": only those of the facility's state
#: count) and "later" (true: found out after the decision, of a volunteer in a disaster). ``instances`` is
#: "each" (every claim), "facility_state" (those of the facility's state), "recent" (of the years the element
#: looks back), "new" (what no source has confirmed yet) or "one" (no own claim).
REQUIRED_ELEMENTS = define(
    ParameterDefinition(
        "credentialing.required_elements",
        "What is verified for an application",
        combine="union",
        default_binds=True,
    )
).code

#: List of {"criterion" (credentialing.rules.threshold.Criterion), "provider_types", "why"} and, by criterion,
#: "per_claim_usd" and "aggregate_usd" of the cover, "states" within reach.
THRESHOLD_CRITERIA = define(
    ParameterDefinition(
        "credentialing.threshold_criteria",
        "What must be so before an application is issued",
        combine="union",
        selected_by="the day the pre-application is judged",
    )
).code

MAX_AGE_DAYS = define(
    ParameterDefinition(
        "credentialing.max_age_days",
        "How old a verification may be on the day of the decision",
        combine="min",
        unit="days",
        floor=1,
        selected_by="the planned day of the decision",
        default_binds=True,
    )
).code

SANCTION_YEARS = define(
    ParameterDefinition(
        "credentialing.sanction_years",
        "How many years back sanctions against licenses are asked about",
        combine="max",
        unit="years",
        floor=1,
        default_binds=True,
    )
).code

CLAIM_HISTORY_YEARS = define(
    ParameterDefinition(
        "credentialing.claim_history_years",
        "How many years back the malpractice history is asked for",
        combine="max",
        unit="years",
        floor=1,
        default_binds=True,
    )
).code

AFFILIATION_YEARS = define(
    ParameterDefinition(
        "credentialing.affiliation_years",
        "How many years back every hospital affiliation is verified",
        combine="max",
        unit="years",
        floor=0,
        default_binds=True,
    )
).code

#: List of the postal codes of states.
CDS_STATES = define(
    ParameterDefinition(
        "credentialing.cds_states",
        "States with a registration of their own for controlled substances",
        combine="union",
    )
).code

#: List of credentialing.choices.ApplicationKind values; empty: for none.
BACKGROUND_KINDS = define(
    ParameterDefinition(
        "credentialing.background_kinds",
        "Kinds of applications a criminal background check is made for",
        combine="union",
    )
).code

#: subject = the postal code of a state; no row: the state asks for none.
CME_HOURS = define(
    ParameterDefinition(
        "credentialing.cme_hours",
        "Hours of continuing education a physician's license takes in one cycle",
        combine="max",
        unit="hours",
        floor=0,
    )
).code

#: subject = the postal code of a state.
CME_MONTHS = define(
    ParameterDefinition(
        "credentialing.cme_months",
        "How long one cycle of continuing education is",
        combine="min",
        unit="months",
        floor=1,
    )
).code

#: List of {"requirement" (as credentials of the kind IMMUNIZATION name it), "provider_types", "why"}; asked
#: for of applications of the kinds for which immunizations are verified at all.
IMMUNIZATIONS = define(
    ParameterDefinition(
        "credentialing.immunizations",
        "Immunizations and screenings a practitioner has, by profession",
        combine="union",
    )
).code

#: subject = element. List of practitioners.choices.SourceKind values.
ACCEPTED_SOURCES = define(
    ParameterDefinition(
        "credentialing.accepted_sources", "Whose word is accepted for an element", combine="no_merge"
    )
).code

VOLUNTEER_HOURS = define(
    ParameterDefinition(
        "credentialing.volunteer_hours",
        "Hours from a disaster volunteer's arrival to verify the license and to decide whether they continue",
        combine="min",
        unit="hours",
        floor=1,
        ceiling=72,
        limit_reason="EM.12.02.03: within 72 hours of arrival",
    )
).code

REMINDER_DAYS = define(
    ParameterDefinition(
        "credentialing.reminder_days",
        "Days before the last valid day of a credential on which a reminder goes out",
        combine="union",
        unit="days",
    )
).code

REMINDER_COPIES = define(
    ParameterDefinition(
        "credentialing.reminder_copies",
        "Who is reminded besides the practitioner of a credential that ends (coordinator, chair), from how "
        "many days before its last valid day on; for one kind of credential by its code",
        combine="no_merge",
    )
).code

REVERIFY_DAYS = define(
    ParameterDefinition(
        "credentialing.reverify_days",
        "Days before its last valid day from which on a board is asked about a license every so often",
        combine="max",
        unit="days",
        floor=0,
    )
).code

REVERIFY_AGAIN_DAYS = define(
    ParameterDefinition(
        "credentialing.reverify_again_days",
        "Days after an answer of a board after which it is asked again about a license that ends or ended",
        combine="min",
        unit="days",
        floor=1,
    )
).code

REVERIFY_WINDOW_DAYS = define(
    ParameterDefinition(
        "credentialing.reverify_window_days",
        "Days before a license ended within which its renewal had to be verified at the source",
        combine="min",
        unit="days",
        floor=0,
    )
).code

LIST_AGE_DAYS = define(
    ParameterDefinition(
        "credentialing.list_age_days",
        "Days after which the newest load of an exclusion list is too old",
        combine="min",
        unit="days",
        floor=1,
        selected_by="the day judged",
        default_binds=True,
    )
).code

NPDB_INTERVAL_MONTHS = define(
    ParameterDefinition(
        "credentialing.npdb_interval_months",
        "Longest time between two queries of the data bank",
        combine="min",
        unit="months",
        ceiling=24,
        limit_reason="45 CFR 60.17(a): at least every two years",
    )
).code

NPDB_ENROLMENT_MONTHS = define(
    ParameterDefinition(
        "credentialing.npdb_enrolment_months",
        "How long one Continuous Query enrollment runs",
        combine="min",
        unit="months",
        ceiling=12,
        limit_reason="The data bank enrolls for one year at a time",
    )
).code

NPDB_RENEWAL_DAYS = define(
    ParameterDefinition(
        "credentialing.npdb_renewal_days",
        "Days before a Continuous Query enrollment ends on which the office is reminded to renew it",
        combine="union",
        unit="days",
    )
).code

ATTEMPTS_BEFORE_UNABLE = define(
    ParameterDefinition(
        "credentialing.attempts_before_unable",
        "Documented attempts before an element may be recorded as unable to verify",
        combine="max",
        unit="attempts",
        floor=1,
        default_binds=True,
    )
).code

ASK_WITHIN_DAYS = define(
    ParameterDefinition(
        "credentialing.ask_within_days",
        "Days within which every item of a plan is asked for",
        combine="min",
        unit="days",
        floor=0,
    )
).code

RECREDENTIALING_MONTHS = define(
    ParameterDefinition(
        "credentialing.recredentialing_months",
        "Longest cycle from one credentialing decision to the next, to the end of its last month",
        combine="min",
        unit="months",
        floor=1,
    )
).code

NOTICE_DAYS = define(
    ParameterDefinition(
        "credentialing.notice_days",
        "Days within which a practitioner is told of a credentialing decision",
        combine="min",
        unit="days",
        floor=1,
        selected_by="the day of the decision",
    )
).code

DELEGATION_AUDIT_MONTHS = define(
    ParameterDefinition(
        "credentialing.delegation_audit_months",
        "Longest time between two audits of a payer that delegated",
        combine="min",
        unit="months",
        floor=1,
    )
).code

DELEGATION_AHEAD_DAYS = define(
    ParameterDefinition(
        "credentialing.delegation_ahead_days",
        "Days before a payer's audit, a corrective action or the end of an agreement on which Today shows it",
        combine="no_merge",
        unit="days",
        floor=0,
    )
).code

TELEMEDICINE_AHEAD_DAYS = define(
    ParameterDefinition(
        "credentialing.telemedicine_ahead_days",
        "Days before the end of an agreement with a distant site on which Today shows it",
        combine="no_merge",
        unit="days",
        floor=0,
    )
).code

GAP_DAYS = define(
    ParameterDefinition(
        "credentialing.gap_days",
        "A gap in the work history longer than this is explained in writing",
        combine="min",
        unit="days",
        default_binds=True,
    )
).code

GAP_CLARIFY_DAYS = define(
    ParameterDefinition(
        "credentialing.gap_clarify_days",
        "A gap in the work history longer than this is explained, in words or in writing",
        combine="min",
        unit="days",
        floor=0,
        default_binds=True,
    )
).code

HISTORY_YEARS = define(
    ParameterDefinition(
        "credentialing.history_years",
        "How far back the work history must be accounted for",
        combine="max",
        unit="years",
        default_binds=True,
    )
).code

OFFICE_EMAIL = define(
    ParameterDefinition(
        "credentialing.office_email",
        "Where the office receives its copies of reminders",
        combine="no_merge",
    )
).code

AFFILIATION_PAGE = define(
    ParameterDefinition(
        "credentialing.affiliation_page",
        "Whether other organizations may ask for affiliation letters on the web (true or false)",
        combine="no_merge",
    )
).code

AFFILIATION_AUTOMATIC = define(
    ParameterDefinition(
        "credentialing.affiliation_automatic",
        "Whether the standard affiliation letter goes out without a person (true or false)",
        combine="no_merge",
    )
).code

GOOD_STANDING = define(
    ParameterDefinition(
        "credentialing.good_standing",
        "What the bylaws call good standing, in the words of the affiliation letter",
        combine="no_merge",
    )
).code

ENQUIRY_REMINDER_DAYS = define(
    ParameterDefinition(
        "credentialing.enquiry_reminder_days",
        "Days after a reference or affiliation form was sent on which a reminder goes out",
        combine="union",
        unit="days",
    )
).code

ENQUIRY_ANSWER_DAYS = define(
    ParameterDefinition(
        "credentialing.enquiry_answer_days",
        "Days a reference giver or another hospital is given to answer a form",
        combine="no_merge",
        unit="days",
        floor=1,
    )
).code

ENQUIRY_LINK_DAYS = define(
    ParameterDefinition(
        "credentialing.enquiry_link_days",
        "Days the signed link of a form works after it was sent",
        combine="min",
        unit="days",
        floor=1,
        ceiling=180,
        limit_reason="An answer older than 180 days counts for no reference",
    )
).code

PACKET_ANSWER_DAYS = define(
    ParameterDefinition(
        "credentialing.packet_answer_days",
        "Days an applicant is given to fill in and sign a packet",
        combine="no_merge",
        unit="days",
        floor=1,
    )
).code

PACKET_LINK_DAYS = define(
    ParameterDefinition(
        "credentialing.packet_link_days",
        "Days the signed link of a packet works after it was made",
        combine="min",
        unit="days",
        floor=1,
        ceiling=180,
        limit_reason="An attestation older than 180 days counts for no decision",
    )
).code

PACKET_REMINDER_DAYS = define(
    ParameterDefinition(
        "credentialing.packet_reminder_days",
        "Days before a packet or something missing is due on which a reminder goes out",
        combine="union",
        unit="days",
    )
).code

DEFICIENCY_DAYS = define(
    ParameterDefinition(
        "credentialing.deficiency_days",
        "Days an applicant is given to add what is missing",
        combine="no_merge",
        unit="days",
        floor=1,
    )
).code

CORRECTION_DAYS = define(
    ParameterDefinition(
        "credentialing.correction_days",
        "Days a practitioner is given to correct what a source contradicts",
        combine="max",
        unit="days",
        floor=1,
    )
).code

INCOMPLETE_DAYS = define(
    ParameterDefinition(
        "credentialing.incomplete_days",
        "Days an application may stay incomplete",
        combine="no_merge",
        unit="days",
        floor=1,
    )
).code

ACTION_DAYS = define(
    ParameterDefinition(
        "credentialing.action_days",
        "Days from a complete application to the act of the executive committee or the board",
        combine="min",
        unit="days",
        floor=1,
        selected_by="the day judged",
    )
).code

#: "withdraw": the night withdraws the application; "office": the office decides, and Today says so.
INCOMPLETE_CONSEQUENCE = define(
    ParameterDefinition(
        "credentialing.incomplete_consequence",
        "What becomes of an application that stayed incomplete too long (withdraw, or office)",
        combine="no_merge",
    )
).code

REAPPOINTMENT_EARLIEST = define(
    ParameterDefinition(
        "credentialing.reappointment_earliest_days",
        "Days before a term's end from which its packet may go out",
        combine="no_merge",
        unit="days",
        floor=1,
    )
).code

REAPPOINTMENT_LATEST = define(
    ParameterDefinition(
        "credentialing.reappointment_latest_days",
        "Days before a term's end by which its packet has gone out",
        combine="no_merge",
        unit="days",
        floor=1,
    )
).code

REAPPOINTMENT_WORK = define(
    ParameterDefinition(
        "credentialing.reappointment_work_days",
        "Days the verification of a reappointment usually takes, from the signed packet to the complete file",
        combine="no_merge",
        unit="days",
        floor=0,
    )
).code


# --- red flags: how far a thing may go before it is looked at twice (credentialing.rules.red_flags) -----

FLAG_LICENCE_STATES = define(
    ParameterDefinition(
        "credentialing.flag_licence_states",
        "A practitioner with licenses in more states than this is looked at twice",
        combine="min",
        unit="states",
        floor=0,
    )
).code

FLAG_INACTIVE_LICENCES = define(
    ParameterDefinition(
        "credentialing.flag_inactive_licences",
        "A practitioner with more licenses no longer active than this is looked at twice",
        combine="min",
        unit="licences",
        floor=0,
    )
).code

FLAG_PAID_CLAIMS = define(
    ParameterDefinition(
        "credentialing.flag_paid_claims",
        "More paid malpractice claims than this are looked at twice",
        combine="min",
        unit="claims",
        floor=0,
    )
).code

FLAG_CLAIM_YEARS = define(
    ParameterDefinition(
        "credentialing.flag_claim_years",
        "How far back paid malpractice claims are counted",
        combine="max",
        unit="years",
        floor=0,
    )
).code

FLAG_CLAIM_USD = define(
    ParameterDefinition(
        "credentialing.flag_claim_usd",
        "A malpractice payment above this is looked at twice",
        combine="min",
        unit="US dollars",
        floor=0,
    )
).code

FLAG_HOSPITALS = define(
    ParameterDefinition(
        "credentialing.flag_hospitals",
        "More hospitals than this in the years counted are looked at twice",
        combine="min",
        unit="hospitals",
        floor=0,
    )
).code

FLAG_PRACTICES = define(
    ParameterDefinition(
        "credentialing.flag_practices",
        "More employers or practices than this in the years counted are looked at twice",
        combine="min",
        unit="practices",
        floor=0,
    )
).code

FLAG_MOVES_YEARS = define(
    ParameterDefinition(
        "credentialing.flag_moves_years",
        "How far back hospitals and practices are counted",
        combine="max",
        unit="years",
        floor=0,
    )
).code

FLAG_ELIGIBLE_YEARS = define(
    ParameterDefinition(
        "credentialing.flag_eligible_years",
        "How long somebody may be board eligible after training where the board names no day",
        combine="min",
        unit="years",
        floor=0,
    )
).code

FLAG_REFERENCE_DAYS = define(
    ParameterDefinition(
        "credentialing.flag_reference_days",
        "A reference asked for and not returned within this time is looked at twice",
        combine="min",
        unit="days",
        floor=0,
    )
).code

FLAG_TIMES_ASKED = define(
    ParameterDefinition(
        "credentialing.flag_times_asked",
        "An applicant asked for what is missing more often than this is looked at twice",
        combine="min",
        unit="times",
        floor=0,
    )
).code

FLAG_LIMITS = (
    FLAG_LICENCE_STATES,
    FLAG_INACTIVE_LICENCES,
    FLAG_PAID_CLAIMS,
    FLAG_CLAIM_YEARS,
    FLAG_CLAIM_USD,
    FLAG_HOSPITALS,
    FLAG_PRACTICES,
    FLAG_MOVES_YEARS,
    FLAG_ELIGIBLE_YEARS,
    FLAG_REFERENCE_DAYS,
    FLAG_TIMES_ASKED,
)

#: List of credentialing.choices.Severity values.
CATEGORY_KEPT_BY = define(
    ParameterDefinition(
        "credentialing.category_kept_by",
        "Red flags of these weights keep a file in category 2 even when disposed of",
        combine="union",
    )
).code
