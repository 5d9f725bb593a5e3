"""Every address of the application and who may open it, written out by hand.

An address that is not here fails the tests: whoever adds one says here whom it opens for. Forbidden is 403,
or 404 where not even the existence of a file is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from config.accounts.choices import Role
from tests.matrix.world import NOBODY, OTHER_DIRECTOR

# Files, their verification and the data bank.
CREDENTIALING = {Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR}
# Meetings, membership, compliance.
STAFF = {Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR}
OFFICE = CREDENTIALING | STAFF
SCREENERS = CREDENTIALING | {Role.COMPLIANCE_OFFICER}
READERS = OFFICE | {Role.COMPLIANCE_OFFICER, Role.QUALITY_COORDINATOR}
EVALUATORS = STAFF | {Role.QUALITY_COORDINATOR}
#: Who signs a profile of ongoing evaluation: the chair of the department, the officers.
SIGNERS = {Role.DEPARTMENT_CHAIR, Role.MEDICAL_STAFF_PRESIDENT, Role.CHIEF_MEDICAL_OFFICER}
#: Whoever sits on a body or leads the medical staff.
BODIES = STAFF | {
    Role.DEPARTMENT_CHAIR,
    Role.COMMITTEE_MEMBER,
    Role.BOARD_MEMBER,
    Role.MEDICAL_STAFF_PRESIDENT,
    Role.CHIEF_MEDICAL_OFFICER,
    Role.CHIEF_EXECUTIVE,
}
LEADERS = STAFF | {
    Role.MEDICAL_STAFF_PRESIDENT,
    Role.CHIEF_MEDICAL_OFFICER,
    Role.CHIEF_EXECUTIVE,
    Role.COMPLIANCE_OFFICER,
}
#: Those who may suspend at once.
OFFICERS = {Role.MEDICAL_STAFF_PRESIDENT, Role.CHIEF_MEDICAL_OFFICER, Role.CHIEF_EXECUTIVE}
LOOKERS = set(Role) - {Role.PRACTITIONER, Role.ADMINISTRATOR}
#: The credentials committee has the file on its agenda, and its department's chair has acted on it.
THIS_MEETING = STAFF | {Role.COMMITTEE_MEMBER}
THIS_FILE = THIS_MEETING | {Role.DEPARTMENT_CHAIR}
SIGNED_IN = {*Role, NOBODY}
#: Those who may be one of the two of an export of everything.
CUSTODY = {Role.DIRECTOR, Role.CHIEF_MEDICAL_OFFICER, Role.CHIEF_EXECUTIVE}
TRAIL = {Role.DIRECTOR, Role.ADMINISTRATOR}


@dataclass(frozen=True)
class Address:
    """One address. ``elsewhere``: it opens for a director of another hospital as well (for their own things).

    ``get`` are the statuses of GET for those it opens for; 405 means that it only takes forms. ``post`` says
    whether it takes forms. ``queries`` is the most a GET may cost.
    """

    opens: set[str]
    elsewhere: bool = False
    given: dict[str, str] = field(default_factory=dict)
    get: tuple[int, ...] = (200,)
    post: bool = False
    queries: int = 20

    @property
    def people(self) -> set[str]:
        """Everybody it opens for."""
        return {str(each) for each in self.opens} | ({OTHER_DIRECTOR} if self.elsewhere else set())


def everybody(**more) -> Address:
    """Opens for whoever is signed in."""
    return Address(SIGNED_IN, elsewhere=True, **more)


def form(opens, uid: str = "", *, elsewhere: bool = False, **given: str) -> Address:
    """A page with a form."""
    return Address(opens, elsewhere, _given(uid, given), post=True)


def act(opens, uid: str = "", *, elsewhere: bool = False, **given: str) -> Address:
    """Takes a form that stands on another page."""
    return Address(opens, elsewhere, _given(uid, given), get=(405,), post=True)


def page(opens, uid: str = "", *, elsewhere: bool = False, **given: str) -> Address:
    """A page about one thing."""
    return Address(opens, elsewhere, _given(uid, given))


def listing(opens, *, queries: int = 12) -> Address:
    """A list; each hospital's people see their own."""
    return Address(opens, elsewhere=True, queries=queries)


def _given(uid: str, given: dict[str, str]) -> dict[str, str]:
    return ({"uid": uid} if uid else {}) | given


#: ``uid`` and ``pk`` name a thing of the world; other arguments stand for themselves.
ADDRESSES: dict[str, Address] = {
    # the frame
    "home:today": everybody(get=(200, 302)),
    "home:queue": page(TRAIL, elsewhere=True, code="failed_jobs"),
    "home:search": everybody(),
    "home:switch_facility": everybody(get=(405,), post=True),
    "home:help": everybody(),
    "accounts:me": everybody(),
    "accounts:token_new": form(OFFICE | {Role.LOOKUP, Role.QUALITY_COORDINATOR}, elsewhere=True),
    "accounts:token_revoke": act({Role.DIRECTOR}, "token"),
    "accounts:saved_list_new": everybody(given={"page": "practitioners:list"}, post=True),
    "accounts:saved_list": form({Role.DIRECTOR}, "saved_list"),
    "accounts:saved_list_delete": act({Role.DIRECTOR}, "saved_list"),
    "account_email": everybody(get=(302,)),
    "audit:trail": listing(TRAIL),
    "audit:reads": listing(TRAIL),
    "audit:jobs": listing(TRAIL),
    "audit:event": page(TRAIL, "event", elsewhere=True),
    # practitioners: one record of a person in the health system, whoever of its offices looks
    "practitioners:list": listing(READERS),
    "practitioners:mine": everybody(get=(303, 404)),
    "practitioners:link_account": form({Role.ADMINISTRATOR}, elsewhere=False),
    "practitioners:duplicates": listing(CREDENTIALING),
    "practitioners:pair": form(CREDENTIALING, "practitioner", elsewhere=True, other="namesake"),
    "practitioners:merge": form(CREDENTIALING, "practitioner", elsewhere=True, other="namesake"),
    "practitioners:take_apart": form(CREDENTIALING, "merged_record", elsewhere=True),
    "practitioners:export": act(OFFICE, "practitioner", elsewhere=True),
    "practitioners:new": form(CREDENTIALING, elsewhere=True),
    "practitioners:file": page(READERS, "practitioner", elsewhere=True),
    "practitioners:more": page(READERS, "practitioner", elsewhere=True),
    "practitioners:completeness": page(READERS, "practitioner", elsewhere=True),
    "practitioners:disclosures": page(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:disclosures_answer": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:timeline": page(READERS, "practitioner", elsewhere=True),
    "practitioners:gap_explain": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:gap_withdraw": form(CREDENTIALING, "gap_explanation", elsewhere=True),
    "practitioners:papers": page(READERS, "practitioner", elsewhere=True),
    "practitioners:history": page({Role.DIRECTOR}, "practitioner", elsewhere=True),
    "practitioners:birth_date": act(SCREENERS, "practitioner", elsewhere=True),
    "practitioners:edit": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:name_add": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:name_edit": form(CREDENTIALING, "practitioner", elsewhere=True, pk="name"),
    "practitioners:name_remove": form(CREDENTIALING, "practitioner", elsewhere=True, pk="name"),
    "practitioners:contact": form(CREDENTIALING, "practitioner", elsewhere=True, kind="email"),
    "practitioners:specialties": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:claims": page(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:claim_add": form(CREDENTIALING, "practitioner", elsewhere=True, code="LICENSE"),
    "practitioners:claim_edit": form(CREDENTIALING, "claim", elsewhere=True),
    "practitioners:claim_withdraw": form(CREDENTIALING, "claim", elsewhere=True),
    "practitioners:document_upload": form(OFFICE, "practitioner", elsewhere=True),
    "practitioners:document": page(READERS, "document", elsewhere=True),
    "practitioners:document_redact": form({Role.DIRECTOR}, "document", elsewhere=True),
    "practitioners:evidence": page(READERS, "evidence", elsewhere=True),
    "practitioners:evidence_content": page(READERS, "evidence", elsewhere=True),
    "practitioners:evidence_verify": act(READERS, "evidence", elsewhere=True),
    "practitioners:evidence_redact": form({Role.DIRECTOR}, "evidence", elsewhere=True),
    "practitioners:letter": page(READERS, "letter", elsewhere=True),
    "practitioners:identifier_add": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:identifier_edit": form(CREDENTIALING, "practitioner", elsewhere=True, pk="identifier"),
    "practitioners:identifier_remove": form(CREDENTIALING, "practitioner", elsewhere=True, pk="identifier"),
    "practitioners:ssn_record": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:ssn_compare": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:ssn_reveal": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:ssn_remove": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:photo": form(OFFICE, "practitioner", elsewhere=True),
    "practitioners:photo_remove": act(OFFICE, "practitioner", elsewhere=True),
    "practitioners:photo_image": page(LOOKERS, "photo", elsewhere=True),
    "practitioners:photo_use": act(OFFICE, "photo", elsewhere=True),
    "practitioners:groups": listing(READERS),
    "practitioners:group": page(READERS, "group", elsewhere=True),
    "practitioners:group_new": form(CREDENTIALING, elsewhere=True),
    "practitioners:group_edit": form(CREDENTIALING, "group", elsewhere=True),
    "practitioners:group_active": act(CREDENTIALING, "group", elsewhere=True),
    "practitioners:location_new": form(CREDENTIALING, "group", elsewhere=True),
    "practitioners:location_edit": form(CREDENTIALING, "location", elsewhere=True),
    "practitioners:location_active": act(CREDENTIALING, "location", elsewhere=True),
    "practitioners:places": page(READERS, "practitioner", elsewhere=True),
    "practitioners:place_add": form(CREDENTIALING, "practitioner", elsewhere=True),
    "practitioners:place_edit": form(CREDENTIALING, "place", elsewhere=True),
    "practitioners:place_end": form(CREDENTIALING, "place", elsewhere=True),
    "practitioners:place_withdraw": form(CREDENTIALING, "place", elsewhere=True),
    "practitioners:conflict": Address(READERS, True, {"uid": "statement"}),
    # the contact log: one's own hospital's entries, whoever's the file is
    "practitioners:contact_log": form(OFFICE, "practitioner", elsewhere=True),
    "practitioners:follow_up_done": act(OFFICE, "contact"),
    "practitioners:follow_up_reopen": act(OFFICE, "contact"),
    "practitioners:follow_ups": listing(OFFICE),
    "practitioners:imports": listing(CREDENTIALING),
    "practitioners:import_new": form(CREDENTIALING, elsewhere=True),
    "practitioners:import": page(CREDENTIALING, "import"),
    "practitioners:import_progress": page(CREDENTIALING, "import"),
    "practitioners:import_apply": act(CREDENTIALING, "import"),
    "practitioners:import_discard": act(CREDENTIALING, "import"),
    "practitioners:import_undo": form(CREDENTIALING, "import"),
    "golive:new": form({Role.DIRECTOR}, elsewhere=True),
    # the export of everything: who asks or approves at one hospital sees it, and acts for all or not at all
    "custody:list": listing(CUSTODY),
    "custody:new": form({Role.DIRECTOR}, elsewhere=True),
    "custody:export": page(CUSTODY, "custody_export", elsewhere=True),
    "custody:progress": page(CUSTODY, "custody_export", elsewhere=True),
    "custody:approve": form(CUSTODY, "custody_export", elsewhere=True),
    "custody:refuse": form(CUSTODY, "custody_export", elsewhere=True),
    "custody:withdraw": form({Role.DIRECTOR}, "custody_export", elsewhere=True),
    "custody:again": act({Role.DIRECTOR}, "custody_export", elsewhere=True),
    "custody:fetch": act(CUSTODY, "custody_export", elsewhere=True),
    "custody:remove": act({Role.DIRECTOR}, "custody_export", elsewhere=True),
    # credentialing: each hospital's own files
    "credentialing:list": listing(OFFICE),
    "credentialing:assign": act(CREDENTIALING, elsewhere=True),
    "credentialing:open": form(CREDENTIALING, "practitioner", elsewhere=True),
    "credentialing:file": page(OFFICE, "application"),
    "credentialing:history": page(OFFICE, "application"),
    "credentialing:audit": page(OFFICE, "application"),
    "credentialing:survey_file": act(OFFICE, "application"),
    "credentialing:file_reviews": Address(OFFICE, elsewhere=True, post=True),
    "credentialing:file_review": page(OFFICE, "file_review"),
    "credentialing:survey_sample": act(OFFICE, "file_review"),
    "credentialing:work": listing(OFFICE),
    "credentialing:hand_over": Address(CREDENTIALING, elsewhere=True, get=(303,), post=True),
    "credentialing:handovers": listing(CREDENTIALING),
    "credentialing:handover": form(CREDENTIALING, "handover"),
    "credentialing:payers": listing(OFFICE),
    "credentialing:payer_add": form(CREDENTIALING, elsewhere=True),
    "credentialing:payer": page(OFFICE, "payer"),
    "credentialing:payer_edit": form(CREDENTIALING, "payer"),
    "credentialing:payer_members": page(CREDENTIALING, "payer"),
    "credentialing:payer_enrol": act(CREDENTIALING, "payer"),
    "credentialing:payer_changes": form(OFFICE, "payer"),
    "credentialing:payer_roster": form(OFFICE, "payer"),
    "credentialing:payer_files": page(OFFICE, "payer"),
    "credentialing:delegation": page(OFFICE, "payer"),
    "credentialing:delegation_agreement": form(CREDENTIALING, "payer"),
    "credentialing:delegation_end": form(CREDENTIALING, "payer"),
    "credentialing:delegation_audit_add": form(CREDENTIALING, "payer"),
    "credentialing:delegation_make": form(CREDENTIALING, "payer"),
    "credentialing:oversight_draw": form(CREDENTIALING, "payer"),
    "credentialing:delegation_audit": page(OFFICE, "delegation_audit"),
    "credentialing:delegation_finding": page(OFFICE, "delegation_finding"),
    "credentialing:delegation_report": page(OFFICE, "delegation_report"),
    "credentialing:oversight_sample": page(OFFICE, "oversight_sample"),
    "credentialing:oversight_export": act(OFFICE, "oversight_sample"),
    "credentialing:oversight_file": page(OFFICE, "oversight_file"),
    "credentialing:enrolment_end": form(CREDENTIALING, "enrolment"),
    "credentialing:roster_file": Address(OFFICE, given={"uid": "roster_file"}),
    "credentialing:crosswalk": page(OFFICE, elsewhere=True),
    "credentialing:crosswalk_evidence": page(OFFICE, elsewhere=True, element="STATE_LICENSE"),
    "bylaws:policies": listing(OFFICE),
    "bylaws:policy_add": form(CREDENTIALING, elsewhere=True),
    "bylaws:policy": page(OFFICE, "policy"),
    "bylaws:policy_write": form(CREDENTIALING, "policy"),
    "bylaws:policy_approve": form(STAFF, "policy", number="1"),
    "credentialing:turnaround": page(OFFICE, elsewhere=True),
    "credentialing:act": form(CREDENTIALING, "application", name="withdraw"),
    "credentialing:dispose_flag": act(CREDENTIALING, "flag"),
    "credentialing:summary": page(OFFICE | THIS_FILE, "application"),
    "credentialing:emergencies": listing(OFFICE),
    "credentialing:emergency_start": act(CREDENTIALING, elsewhere=True),
    "credentialing:emergency": page(OFFICE, "activation"),
    "credentialing:emergency_end": act(CREDENTIALING, "activation"),
    "credentialing:emergency_control": act(CREDENTIALING, "activation"),
    "credentialing:summary_paper": page(OFFICE | THIS_FILE, "application"),
    "credentialing:see_changes": act(OFFICE | THIS_FILE, "application"),
    "credentialing:raise_category": form(CREDENTIALING, "application"),
    "credentialing:items": listing(OFFICE),
    "credentialing:item": page(OFFICE, "item"),
    "credentialing:progress": page(OFFICE, "item"),
    "credentialing:deed": act(CREDENTIALING, "item", name="request"),
    "credentialing:enquiry_send": form(CREDENTIALING, "item_of_a_peer"),
    "credentialing:enquiry_send_all": form(CREDENTIALING, "application_in_verification"),
    "credentialing:enquiry_again": act(CREDENTIALING, "enquiry"),
    "credentialing:enquiry_bounced": act(CREDENTIALING, "enquiry"),
    "credentialing:enquiry_withdraw": form(CREDENTIALING, "enquiry"),
    "credentialing:packet_invite": form(CREDENTIALING, "application"),
    "credentialing:packet_on_paper": act(CREDENTIALING, "application"),
    "credentialing:deficiency_add": form(CREDENTIALING, "application_in_verification"),
    "credentialing:never_completed": form(CREDENTIALING, "application_in_verification"),
    "credentialing:deficiency_answer": form(CREDENTIALING, "deficiency"),
    "credentialing:deficiency_withdraw": form(CREDENTIALING, "deficiency"),
    "credentialing:packet": page(CREDENTIALING, "packet"),
    "credentialing:packet_delegate": form(CREDENTIALING, "packet"),
    "credentialing:packet_withdraw": form(CREDENTIALING, "packet"),
    "credentialing:packet_signed": page(CREDENTIALING, "packet"),
    "credentialing:packet_review": form(CREDENTIALING, "packet", code="identity"),
    "credentialing:packet_accept_unchanged": act(CREDENTIALING, "packet"),
    "credentialing:packet_write": form(CREDENTIALING, "paper_packet", code="licences"),
    "credentialing:packet_wet": form(CREDENTIALING, "paper_packet"),
    "credentialing:packet_link_renew": form(CREDENTIALING, "packet_link"),
    "credentialing:packet_link_revoke": act(CREDENTIALING, "packet_link"),
    "credentialing:packet_again": act(CREDENTIALING, "packet"),
    "credentialing:reappointments": listing(CREDENTIALING),
    "credentialing:reappointments_launch": form(CREDENTIALING, elsewhere=True),
    "credentialing:reappointment_batches": listing(CREDENTIALING),
    "credentialing:reappointment_batch": page(CREDENTIALING, "batch"),
    "credentialing:reappointment_take_back": form(CREDENTIALING, "batch"),
    "credentialing:npdb_log": listing(SCREENERS),
    "credentialing:npdb_add": form(CREDENTIALING, "practitioner", elsewhere=True),
    "credentialing:npdb_renew": form(CREDENTIALING, "enrolled", elsewhere=False),
    "credentialing:letters": listing(OFFICE),
    "credentialing:letter": page(OFFICE, "office_letter"),
    "credentialing:letter_send": form(OFFICE, "office_letter"),
    "credentialing:letter_email": form(OFFICE, "office_letter"),
    "credentialing:letter_sending_correct": form(OFFICE, "letter_sending"),
    "credentialing:letter_arrived": form(OFFICE, "letter_sending"),
    "credentialing:letter_choose_for": page(OFFICE, "practitioner", elsewhere=True),
    "credentialing:letter_write_for": form(OFFICE, "practitioner", elsewhere=True, code="conflict_statement"),
    "credentialing:letter_draft_for": act(OFFICE, "practitioner", elsewhere=True, code="conflict_statement"),
    "credentialing:nudge": act(OFFICE, "application"),
    "credentialing:hearing": form(OFFICE, "application_against"),
    "credentialing:letters_written": page(OFFICE, "application"),
    "credentialing:letter_choose": page(OFFICE, "application"),
    "credentialing:letter_write": form(OFFICE, "application", code="acknowledgement"),
    "credentialing:letter_draft": act(OFFICE, "application", code="acknowledgement"),
    # one set of templates for the health system's offices
    "credentialing:packet_templates": listing(CREDENTIALING),
    "credentialing:packet_template_new": form(CREDENTIALING, elsewhere=True),
    "credentialing:packet_template": page(CREDENTIALING, elsewhere=True, code="initial"),
    "credentialing:packet_template_edit": form(CREDENTIALING, elsewhere=True, code="initial"),
    "credentialing:packet_template_publish": form(CREDENTIALING, code="visiting", number="1"),
    "credentialing:packet_template_end": form(CREDENTIALING, code="observers", number="1"),
    "credentialing:letter_templates": listing(OFFICE),
    "credentialing:letter_template_add": form(OFFICE, elsewhere=True),
    "credentialing:letter_template": page(OFFICE, elsewhere=True, code="welcome"),
    "credentialing:letter_template_edit": form(OFFICE, elsewhere=True, code="welcome"),
    "credentialing:letter_template_publish": form(OFFICE, elsewhere=True, code="welcome", number="2"),
    "credentialing:affiliations": listing(CREDENTIALING),
    "credentialing:affiliation": form(CREDENTIALING, "affiliation"),
    "credentialing:affiliation_add": form(CREDENTIALING, elsewhere=True),
    "credentialing:affiliation_add_for": form(CREDENTIALING, "practitioner", elsewhere=True),
    "credentialing:affiliation_undo": act(CREDENTIALING, "affiliation"),
    "credentialing:affiliation_reopen": act(CREDENTIALING, "affiliation"),
    "credentialing:affiliation_came_back": act(CREDENTIALING, "affiliation"),
    "credentialing:affiliation_preview": page(CREDENTIALING, "affiliation", kind="dates"),
    "credentialing:affiliation_release": page(CREDENTIALING, "affiliation"),
    "credentialing:affiliation_release_page": page(CREDENTIALING, "affiliation", number="1"),
    "credentialing:screening": listing(SCREENERS),
    "credentialing:list_load": form(SCREENERS, elsewhere=True),
    "credentialing:list_upload": page(SCREENERS, "upload", elsewhere=True),
    "credentialing:source_fetch": act(SCREENERS, elsewhere=True, code="list-leie"),
    "credentialing:list_changes": Address(SCREENERS, elsewhere=True, given={"uid": "load"}, queries=12),
    "credentialing:screen_everyone": act(SCREENERS, elsewhere=True),
    "credentialing:screening_runs": listing(SCREENERS),
    "credentialing:screening_run": page(SCREENERS, "staff_screening", elsewhere=True),
    "credentialing:screening_cancel": form(SCREENERS, "staff_screening", elsewhere=True),
    "credentialing:noted": form(SCREENERS, "practitioner"),
    "credentialing:match": form(SCREENERS, "match"),
    "credentialing:certificates": listing(SCREENERS),
    "credentialing:certificate_add": form(SCREENERS, elsewhere=True),
    "credentialing:certificate": page(SCREENERS, "certificate"),
    "credentialing:certificate_correct": form(SCREENERS, "certificate"),
    "credentialing:certificate_pdf": page(SCREENERS, "certificate"),
    "credentialing:screen": act(SCREENERS, "practitioner", elsewhere=True),
    "credentialing:verify_choose": page(CREDENTIALING, "practitioner", elsewhere=True),
    "credentialing:verify": form(CREDENTIALING, "claim", elsewhere=True),
    "credentialing:papers": listing(CREDENTIALING),
    "credentialing:paper_add": form(CREDENTIALING, elsewhere=True),
    "credentialing:paper_people": page(CREDENTIALING, elsewhere=True),
    "credentialing:paper_kinds": page(CREDENTIALING, elsewhere=True),
    "credentialing:paper": form(CREDENTIALING, "paper"),
    "credentialing:paper_page": page(CREDENTIALING, "paper", number="1"),
    "credentialing:paper_original": page(CREDENTIALING, "paper"),
    "credentialing:paper_many": form(CREDENTIALING, "paper"),
    "credentialing:paper_finish": form(CREDENTIALING, "paper"),
    "credentialing:paper_discard": form(CREDENTIALING, "paper"),
    "credentialing:paper_erase": form({Role.DIRECTOR}, "paper"),
    "credentialing:paper_reopen": act(CREDENTIALING, "paper"),
    "credentialing:part_undo": form(CREDENTIALING, "part"),
    "credentialing:expirables": listing(OFFICE),
    "credentialing:expirables_ahead": page(OFFICE, elsewhere=True),
    "credentialing:sources": page(CREDENTIALING, elsewhere=True),
    "credentialing:source": page(CREDENTIALING, code="nppes", elsewhere=True),
    "credentialing:source_wake": act(CREDENTIALING, code="nppes", elsewhere=True),
    "credentialing:source_switch": form(CREDENTIALING, code="nppes", elsewhere=True),
    "credentialing:runs": listing(CREDENTIALING),
    "credentialing:run": page(CREDENTIALING, "run"),
    "credentialing:run_cancel": form(CREDENTIALING, "run"),
    "credentialing:run_due": form(CREDENTIALING, elsewhere=True),
    "credentialing:run_application": act(CREDENTIALING, "application_in_verification"),
    "credentialing:reminders": listing(CREDENTIALING),
    # one's own alone, and here nobody's account is a practitioner's
    "credentialing:renewal_send": form(set(), "licence"),
    "credentialing:ladder": page(CREDENTIALING, elsewhere=True),
    "credentialing:reminder_came_back": form(CREDENTIALING, "message"),
    "credentialing:packet_mail_came_back": form(CREDENTIALING, "packet_mail"),
    "credentialing:addresses": listing(CREDENTIALING),
    "credentialing:address": form(CREDENTIALING, "failing_address"),
    "credentialing:reminders_queue": form(CREDENTIALING, elsewhere=True),
    "credentialing:reminder_again": act(CREDENTIALING, "message"),
    # privileging
    "privileging:request": Address(OFFICE, given={"uid": "application"}),
    "privileging:for_a_time": page(OFFICE | THIS_FILE, "application"),
    "privileging:extend_granted": act({Role.DEPARTMENT_CHAIR}, "application"),
    "privileging:decide_volunteer": act({Role.DEPARTMENT_CHAIR}, "application"),
    "privileging:catalogue": listing(LOOKERS),
    "privileging:form_version": page(LOOKERS, "form_version", elsewhere=True),
    "privileging:form_yaml": page(LOOKERS, "form_version", elsewhere=True),
    "privileging:form_text": form(STAFF, "form_version"),
    "privileging:form_approve": act(STAFF, "form_version"),
    "privileging:form_publish": act(STAFF, "form_version"),
    "privileging:form_withdraw": act(STAFF, "form_version"),
    "privileging:form_preview": form(STAFF, "form_version"),
    "privileging:lookup": page(LOOKERS, elsewhere=True),
    "privileging:lookup_people": page(LOOKERS, elsewhere=True),
    "privileging:lookup_privileges": page(LOOKERS, elsewhere=True),
    "privileging:who_can": page(LOOKERS, elsewhere=True),
    "privileging:changes": listing(LOOKERS),
    "privileging:departments": listing(OFFICE),
    "privileging:department_add": form(OFFICE, elsewhere=True),
    "privileging:department_end": form(OFFICE, "notified_department"),
    "privileging:certificates": listing(LOOKERS),
    "privileging:certificate": page(LOOKERS, "privilege_certificate"),
    "privileging:certificate_pdf": page(LOOKERS, "privilege_certificate"),
    "privileging:certify": form(OFFICE, "practitioner", elsewhere=True),
    "privileging:relinquish": form(STAFF, "practitioner", elsewhere=True),
    "privileging:revoke": form(STAFF, "practitioner", elsewhere=True),
    "privileging:rosters": listing(LOOKERS),
    "privileging:roster_pdf": page(LOOKERS, "surgical_roster"),
    "privileging:roster_csv": page(LOOKERS, "surgical_roster"),
    "privileging:departures": listing(STAFF),
    "privileging:departure_who": listing(STAFF),
    "privileging:departure_record": form(STAFF, elsewhere=True),
    "privileging:departure": form(STAFF, "departure"),
    "privileging:departure_take_back": form(STAFF, "departure"),
    "privileging:fppe": listing(EVALUATORS),
    "privileging:fppe_plan": page(EVALUATORS, "fppe_plan"),
    "privileging:fppe_take_up": act(STAFF, "fppe_plan"),
    "privileging:fppe_person": page(EVALUATORS, "fppe_person"),
    "privileging:fppe_start": act(EVALUATORS, "fppe_person"),
    "privileging:fppe_name_proctor": form(EVALUATORS, "fppe_person"),
    "privileging:fppe_review": form(EVALUATORS, "fppe_person"),
    "privileging:fppe_extend": form(EVALUATORS, "fppe_person"),
    "privileging:fppe_close": form(EVALUATORS, "fppe_person"),
    "privileging:fppe_open": form(EVALUATORS, "fppe_person"),
    "privileging:fppe_end_proctor": form(EVALUATORS, "fppe_assignment"),
    "privileging:fppe_record_case": form(EVALUATORS, "fppe_assignment"),
    "privileging:fppe_take_back_case": form(EVALUATORS, "fppe_case"),
    "privileging:cases": listing(EVALUATORS),
    "privileging:cases_load": form(EVALUATORS, elsewhere=True),
    "privileging:low_volume": listing(EVALUATORS),
    "privileging:case": page(EVALUATORS, "performed_case"),
    "privileging:case_explain": act(STAFF, "performed_case"),
    "privileging:oppe": listing(EVALUATORS | SIGNERS, queries=16),
    "privileging:oppe_cycle": form(EVALUATORS, elsewhere=True),
    "privileging:oppe_before_chair": act(EVALUATORS, "oppe_cycle"),
    "privileging:oppe_load": form(EVALUATORS, elsewhere=True),
    "privileging:oppe_profile": page(EVALUATORS | SIGNERS, "oppe_profile"),
    "privileging:oppe_sign": act(SIGNERS, "oppe_profile"),
    "privileging:oppe_paper": page(EVALUATORS | SIGNERS, "oppe_profile"),
    "privileging:eligibility": form(CREDENTIALING, "application_in_verification"),
    "privileging:withdraw_held": form(CREDENTIALING, "application_in_verification"),
    "privileging:meanwhile": form(CREDENTIALING, "application"),
    "privileging:care_need": form(CREDENTIALING, "practitioner", elsewhere=True),
    "privileging:take_back_in": act(CREDENTIALING, "application_in_verification"),
    "privileging:drop_form": act(CREDENTIALING, "application_in_verification"),
    "privileging:add_cases": act(CREDENTIALING, "application_in_verification"),
    # bylaws
    "bylaws:reviews": listing(BODIES),
    "bylaws:review": form(THIS_FILE, "step"),
    "bylaws:minutes": form(STAFF, "step"),
    "bylaws:interests": form(THIS_FILE, "step"),
    "bylaws:full_board": form(STAFF, "step"),
    # of the department whose chair began, and of the board, which decided it from its minutes
    "bylaws:decision": page(STAFF | {Role.DEPARTMENT_CHAIR, Role.BOARD_MEMBER}, "decision"),
    "bylaws:meetings": listing(BODIES),
    "bylaws:meeting_new": form(STAFF, elsewhere=True),
    "bylaws:meeting": page(THIS_MEETING, "meeting"),
    "bylaws:meeting_act": act(THIS_MEETING, "meeting"),
    "bylaws:meeting_move": form(STAFF, "meeting"),
    "bylaws:meeting_cancel": form(STAFF, "meeting"),
    "bylaws:presence": act(THIS_MEETING, "meeting"),
    "bylaws:agenda_add": act(STAFF, "meeting"),
    "bylaws:item_act": act(THIS_MEETING, "agenda_item"),
    "bylaws:motion_new": form(STAFF, "agenda_item"),
    "bylaws:motion_act": act(THIS_MEETING, "motion"),
    "bylaws:committees": listing(BODIES),
    "bylaws:committee": page(BODIES, "committee"),
    "bylaws:seat_end": form(STAFF, "seat"),
    "bylaws:bars": listing(STAFF),
    "bylaws:bar": form(STAFF, "bar"),
    "bylaws:bar_new": form(STAFF, "practitioner", elsewhere=True),
    "bylaws:suspend_find": page(OFFICERS),
    "bylaws:suspend": form(OFFICERS, "practitioner"),
    "bylaws:bar_review": form(STAFF, "suspension"),
    "bylaws:data_bank": listing(STAFF),
    "bylaws:data_bank_action": form(STAFF, "suspension"),
    "bylaws:data_bank_new": form(STAFF, "practitioner", elsewhere=True),
    "bylaws:compliance": listing(LEADERS, queries=20),
    "bylaws:parameters": listing(LEADERS, queries=20),
    # the programming interface
    "api:documentation": everybody(),
    "api:schema": everybody(),
    "api:nothing": Address(SIGNED_IN, True, get=(404,)),
    "api:can-perform-list": Address(LOOKERS, True, get=(400,)),
    "api:who-can-list": Address(LOOKERS, True, get=(400,)),
    "api:booking-guard-list": Address(LOOKERS, True, get=(400,)),
    "api:changes-list": Address(LOOKERS, True, get=(400,)),
    "api:oppe-values-list": Address(EVALUATORS, True, post=True),
    "api:cases-list": Address(EVALUATORS, True, post=True),
    "api:privilege-list": Address(LOOKERS, True),
    "api:privilege-detail": Address(LOOKERS, True, {"code": "GS-LAP-CHOLE"}),
    "api:practitioner-list": Address(READERS, True),
    "api:practitioner-search": Address(LOOKERS, True, get=(400,)),
    "api:practitioner-detail": Address(READERS, True, {"uid": "practitioner"}),
}

#: Pages of signing in: the status somebody signed out gets, and somebody signed in.
SIGNING_IN: dict[str, tuple[int, int]] = {
    "account_login": (200, 302),
    "account_logout": (302, 200),
    "account_inactive": (200, 200),
    "account_signup": (200, 302),
    "account_reauthenticate": (302, 200),
    "account_email_verification_sent": (200, 200),
    "account_change_password": (302, 200),
    "account_set_password": (302, 302),
    "account_reset_password": (200, 200),
    "account_reset_password_done": (200, 200),
    "account_reset_password_from_key_done": (200, 200),
    "account_confirm_login_code": (302, 302),
    "mfa_index": (302, 200),
    "mfa_authenticate": (302, 302),
    "mfa_reauthenticate": (302, 302),
    "mfa_activate_totp": (302, 302),
    "mfa_deactivate_totp": (302, 404),
    "mfa_view_recovery_codes": (302, 404),
    "mfa_generate_recovery_codes": (302, 302),
    "mfa_download_recovery_codes": (302, 404),
    "mfa_list_webauthn": (302, 200),
    "mfa_add_webauthn": (302, 302),
    "mfa_reauthenticate_webauthn": (302, 302),
    "mfa_login_webauthn": (302, 302),
    "socialaccount_login_cancelled": (200, 200),
    "socialaccount_login_error": (401, 401),
    "socialaccount_signup": (302, 302),
    "socialaccount_connections": (302, 200),
}
#: Addresses that only a link in a mail, or a key one has, leads to; and old names that lead on.
WITH_A_KEY = {
    "account_confirm_email",
    "account_reset_password_from_key",
    "credentialing:affiliation_ask",  # open to everybody; tests/credentialing/views/test_affiliations.py
    "privileging:proctor",  # tests/privileging/test_focused_evaluations.py
    "credentialing:enquiry_answer",
    "credentialing:packet_start",
    "credentialing:packet_section",
    "credentialing:packet_unchanged",
    "credentialing:packet_sign",
    "credentialing:packet_missing",
    "credentialing:packet_receipt",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    "",
}
