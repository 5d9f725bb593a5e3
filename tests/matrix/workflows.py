"""Every move of every workflow and the roles that may make it, written out by hand.

A workflow, a state or a move that is not here fails the tests: whoever adds one says here who may make it.
"""

from config.accounts.choices import Role

CREDENTIALING = {Role.CREDENTIALING_COORDINATOR, Role.DIRECTOR}
MEDICAL_STAFF = {Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR}
SCREENERS = CREDENTIALING | {Role.COMPLIANCE_OFFICER}
EVALUATORS = MEDICAL_STAFF | {Role.QUALITY_COORDINATOR}
#: Those through whom a body's act is recorded: its chair, or the office that runs the meeting.
BODIES = MEDICAL_STAFF | {Role.DEPARTMENT_CHAIR}
DIRECTOR = {Role.DIRECTOR}
#: The second person of an export of everything.
SECOND = {Role.DIRECTOR, Role.CHIEF_MEDICAL_OFFICER, Role.CHIEF_EXECUTIVE}
NOBODY: set[Role] = set()  # the system's own jobs alone

WORKFLOWS: dict[str, dict[str, set[Role]]] = {
    "agenda_item": {
        "open > acted": MEDICAL_STAFF,
        "open > postponed": MEDICAL_STAFF,
    },
    "application": {
        "draft > submitted": CREDENTIALING,
        "submitted > incomplete": CREDENTIALING,
        "incomplete > submitted": CREDENTIALING,
        "submitted > in_verification": CREDENTIALING,
        "submitted > closed_ineligible": CREDENTIALING,
        "in_verification > complete": CREDENTIALING,
        "complete > in_verification": CREDENTIALING,
        "complete > in_review": CREDENTIALING,
        "in_review > in_verification": CREDENTIALING,
        "in_review > approved": BODIES,
        "in_review > approved_modified": BODIES,
        "in_review > denied": BODIES,
        "draft > withdrawn": CREDENTIALING,
        "submitted > withdrawn": CREDENTIALING,
        "incomplete > withdrawn": CREDENTIALING,
        "in_verification > withdrawn": CREDENTIALING,
        "complete > withdrawn": CREDENTIALING,
        "in_review > withdrawn": CREDENTIALING,
    },
    "affiliation_mail": {
        "waiting > claimed": NOBODY,
        "claimed > sent": NOBODY,
        "claimed > failed": NOBODY,
        "failed > claimed": NOBODY,
        "waiting > moot": CREDENTIALING,
        "failed > moot": CREDENTIALING,
    },
    "affiliation_request": {
        "to_answer > replying": CREDENTIALING,
        "replying > to_answer": CREDENTIALING,
        "replying > replied": NOBODY,
        "replying > came_back": NOBODY,
        "replied > came_back": CREDENTIALING,
        "came_back > replying": CREDENTIALING,
        "to_answer > closed": CREDENTIALING,
        "came_back > closed": CREDENTIALING,
        "closed > to_answer": CREDENTIALING,
    },
    "custody_export": {
        "asked > approved": SECOND,
        "asked > refused": SECOND,
        "asked > withdrawn": DIRECTOR,
        "approved > withdrawn": DIRECTOR,
        "approved > making": NOBODY,
        "making > ready": NOBODY,
        "making > failed": NOBODY,
        "failed > approved": DIRECTOR,
        "failed > withdrawn": DIRECTOR,
        "ready > expired": DIRECTOR,
    },
    "enquiry": {
        "to_send > sent": NOBODY,
        "to_send > opened": NOBODY,
        "sent > opened": NOBODY,
        "to_send > answered": NOBODY,
        "sent > answered": NOBODY,
        "opened > answered": NOBODY,
        "to_send > declined": NOBODY,
        "sent > declined": NOBODY,
        "opened > declined": NOBODY,
        "to_send > withdrawn": CREDENTIALING,
        "sent > withdrawn": CREDENTIALING,
        "opened > withdrawn": CREDENTIALING,
        "bounced > withdrawn": CREDENTIALING,
        "to_send > bounced": CREDENTIALING,
        "sent > bounced": CREDENTIALING,
        "bounced > to_send": CREDENTIALING,
    },
    "enquiry_mail": {
        "waiting > claimed": NOBODY,
        "claimed > sent": NOBODY,
        "claimed > failed": NOBODY,
        "failed > claimed": NOBODY,
        "waiting > moot": NOBODY,
        "claimed > moot": NOBODY,
        "failed > moot": NOBODY,
    },
    "fppe_plan": {
        "planned > in_progress": EVALUATORS,
        "in_progress > closed_success": EVALUATORS,
        "in_progress > closed_unsuccessful": EVALUATORS,
    },
    "import_batch": {
        "checked > applied": CREDENTIALING,
        "checked > discarded": CREDENTIALING,
        "applied > undone": CREDENTIALING,
    },
    "incoming_paper": {
        "to_file > filed": CREDENTIALING,
        "filed > to_file": CREDENTIALING,
        "to_file > discarded": CREDENTIALING,
        "discarded > to_file": CREDENTIALING,
    },
    "meeting": {
        "scheduled > in_session": MEDICAL_STAFF,
        "in_session > adjourned": MEDICAL_STAFF,
        "scheduled > cancelled": MEDICAL_STAFF,
    },
    "motion": {
        "open > carried": MEDICAL_STAFF,
        "open > failed": MEDICAL_STAFF,
        "open > withdrawn": MEDICAL_STAFF,
    },
    "outbox_message": {
        "pending > claimed": NOBODY,
        "claimed > sent": NOBODY,
        "claimed > failed": NOBODY,
        "failed > claimed": NOBODY,
        "pending > moot": NOBODY,
        "claimed > moot": NOBODY,
        "failed > moot": NOBODY,
    },
    "privilege_form_version": {
        "draft > published": MEDICAL_STAFF,
        "published > withdrawn": MEDICAL_STAFF,
    },
    "red_flag": {
        "open > disposed": CREDENTIALING,
    },
    "request_line": {
        "requested > struck": CREDENTIALING,
        "struck > requested": CREDENTIALING,
        "requested > withdrawn": CREDENTIALING,
        "requested > granted": BODIES,
        "requested > granted_modified": BODIES,
        "requested > denied": BODIES,
    },
    "review_case": {
        "open > decided": MEDICAL_STAFF,
        "open > returned": CREDENTIALING,
        "open > withdrawn": CREDENTIALING,
    },
    "review_step": {
        "waiting > open": BODIES,
        "open > acted": BODIES,
        "open > deferred": BODIES,
        "deferred > open": BODIES,
        "open > cancelled": CREDENTIALING,
        "waiting > cancelled": CREDENTIALING,
        "deferred > cancelled": CREDENTIALING,
    },
    "screening_match": {
        "new > cleared": SCREENERS,
        "new > confirmed": SCREENERS,
        "cleared > new": SCREENERS,
    },
    "verification_item": {
        "not_started > requested": CREDENTIALING,
        "not_started > received": CREDENTIALING,
        "not_started > not_applicable": CREDENTIALING,
        "requested > awaiting": CREDENTIALING,
        "requested > received": CREDENTIALING,
        "requested > unable": CREDENTIALING,
        "awaiting > received": CREDENTIALING,
        "awaiting > requested": CREDENTIALING,
        "awaiting > unable": CREDENTIALING,
        "unable > requested": CREDENTIALING,
        "unable > received": CREDENTIALING,
        "unable > waived": DIRECTOR,
        "received > verified": CREDENTIALING,
        "received > verified_adverse": CREDENTIALING,
        "received > discrepant": CREDENTIALING,
        "discrepant > verified": CREDENTIALING,
        "discrepant > verified_adverse": CREDENTIALING,
        "not_started > superseded": CREDENTIALING,
        "requested > superseded": CREDENTIALING,
        "awaiting > superseded": CREDENTIALING,
        "received > superseded": CREDENTIALING,
        "discrepant > superseded": CREDENTIALING,
        "unable > superseded": CREDENTIALING,
        "waived > superseded": CREDENTIALING,
        "verified > superseded": CREDENTIALING,
        "verified_adverse > superseded": CREDENTIALING,
        "not_applicable > superseded": CREDENTIALING,
    },
}

#: Statuses a row may begin with.
INITIAL: dict[str, set[str]] = {
    "affiliation_mail": {"waiting"},
    "affiliation_request": {"to_answer"},
    "agenda_item": {"open"},
    "application": {"draft"},
    "custody_export": {"asked"},
    "enquiry": {"to_send"},
    "enquiry_mail": {"waiting"},
    "fppe_plan": {"planned"},
    "import_batch": {"checked"},
    "incoming_paper": {"to_file"},
    "meeting": {"scheduled"},
    "motion": {"open"},
    "outbox_message": {"pending"},
    "privilege_form_version": {"draft"},
    "red_flag": {"open"},
    "request_line": {"requested", "struck"},
    "review_case": {"open"},
    "review_step": {"waiting", "open"},
    "screening_match": {"new"},
    "verification_item": {"not_started"},
}
