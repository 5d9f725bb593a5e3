"""What each role may do and which classes of data it opens. Deny unless listed here.

Permission names are ``room.verb_noun``; services and pages ask for them, tests prove the whole table.
"""

from config.accounts.choices import DataClass, Role

PERMISSIONS: dict[str, str] = {
    "practitioners.view": "See practitioner files",
    "practitioners.edit": "Add and correct practitioners and their claims",
    "practitioners.upload": "Add documents to a file",
    "practitioners.redact": "Redact a wrong file",
    "practitioners.log_contact": "Log calls and letters, and follow them up",
    "practitioners.reveal_ssn": "Reveal a social security number, with a reason",
    "practitioners.merge": "Merge duplicate records and take them apart",
    "practitioners.import": "Import rosters and undo an import",
    "practitioners.export": "Export rosters and one person's complete file",
    "practitioners.go_live": "Load an earlier system's appointments and grants",
    "practitioners.export_custody": "Export everything, with a second person",
    "practitioners.approve_custody": "Be the second person of an export of everything",
    "credentialing.view": "See applications and verification",
    "credentialing.manage_application": "Open, accept, complete and return applications",
    "credentialing.verify": "Verify items and record attempts",
    "credentialing.waive": "Waive an item that could not be verified",
    "credentialing.screen": "Screen for exclusions and review matches",
    "credentialing.log_npdb": "Log NPDB queries",
    "credentialing.send_reminders": "Send reminders",
    "credentialing.manage_policies": "Write the policies of credentialing",
    "privileging.view": "See requests, grants and FPPE",
    "privileging.certify": "Certify what a practitioner may do",
    "privileging.manage_notices": "Say which departments are told of changes",
    "privileging.lookup": "Ask whether a person may do something",
    "privileging.manage_catalogue": "Keep the catalog of privileges",
    "privileging.manage_fppe": "Run focused evaluations",
    "privileging.manage_oppe": "Run ongoing evaluations: cycles, indicators, data",
    "privileging.sign_oppe": "Sign profiles of ongoing evaluation as a chair",
    "bylaws.view_reviews": "See files before a body one belongs to",
    "bylaws.recommend": "Recommend as a department chair, or recommend and grant as an officer",
    "bylaws.run_meeting": "Call, run and record meetings",
    "bylaws.keep_offices": "Record officers of the medical staff and what its categories owe",
    "bylaws.review_disclosures": "Read and review yearly disclosures of interests",
    "bylaws.record_minutes": "Record a body's decision from its minutes",
    "bylaws.draft_amendments": "Draft amendments of the bylaws, try them on the staff, and record their way",
    "bylaws.ask_leaders": "Ask leaders of the medical staff, and record what they answered",
    "bylaws.office_tasks": "Set, give and do the tasks of the office",
    "bylaws.vote": "Vote in a meeting",
    "bylaws.view_compliance": "See compliance with bylaws and law",
    "bylaws.manage_findings": "Run compliance, send notices of findings, record answers and what follows",
    "bylaws.manage_bars": "Record suspensions and leaves",
    "bylaws.suspend_at_once": "Suspend at once, as an officer of the medical staff",
    "bylaws.report_actions": "Follow what is reported to the data bank",
    "bylaws.run_due_process": "Run investigations, hearings and due process",
    "bylaws.read_documents": "Read the bylaws, rules and policies",
    "bylaws.manage_documents": "Write the bylaws, rules and policies of the medical staff",
    "bylaws.set_parameters": "Set the numbers of the bylaws, rules and policies",
    "accounts.manage": "Manage users, roles and reference data",
    "accounts.use_api": "Use the programming interface with a token",
    "audit.view": "See the audit trail",
}

_READ = {
    "practitioners.view",
    "credentialing.view",
    "privileging.view",
    "privileging.lookup",
    "bylaws.read_documents",
}

_CREDENTIALING = _READ | {
    "privileging.certify",
    "privileging.manage_notices",
    "practitioners.edit",
    "practitioners.upload",
    "practitioners.log_contact",
    "practitioners.reveal_ssn",
    "practitioners.merge",
    "practitioners.import",
    "practitioners.export",
    "credentialing.manage_application",
    "credentialing.verify",
    "credentialing.screen",
    "credentialing.log_npdb",
    "credentialing.send_reminders",
    "credentialing.manage_policies",
    "bylaws.office_tasks",
    "accounts.use_api",
}
_MEDICAL_STAFF = _READ | {
    "privileging.certify",
    "privileging.manage_notices",
    "practitioners.upload",
    "practitioners.log_contact",
    "practitioners.export",
    "bylaws.view_reviews",
    "bylaws.run_meeting",
    "bylaws.keep_offices",
    "bylaws.review_disclosures",
    "bylaws.record_minutes",
    "bylaws.draft_amendments",
    "bylaws.ask_leaders",
    "bylaws.office_tasks",
    "bylaws.view_compliance",
    "bylaws.manage_findings",
    "bylaws.manage_bars",
    "bylaws.report_actions",
    "bylaws.run_due_process",
    "bylaws.manage_documents",
    "bylaws.set_parameters",
    "privileging.manage_catalogue",
    "privileging.manage_fppe",
    "privileging.manage_oppe",
    "accounts.use_api",
}

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.CREDENTIALING_COORDINATOR: frozenset(_CREDENTIALING),
    Role.MEDICAL_STAFF_COORDINATOR: frozenset(_MEDICAL_STAFF),
    Role.DIRECTOR: frozenset(
        _CREDENTIALING
        | _MEDICAL_STAFF
        | {
            "credentialing.waive",
            "practitioners.redact",
            "practitioners.go_live",
            "practitioners.export_custody",
            "practitioners.approve_custody",
            "audit.view",
        }
    ),
    Role.DEPARTMENT_CHAIR: frozenset(
        {
            "bylaws.read_documents",
            "bylaws.view_reviews",
            "bylaws.recommend",
            "bylaws.vote",
            "privileging.lookup",
            "privileging.sign_oppe",
        }
    ),
    Role.COMMITTEE_MEMBER: frozenset(
        {"bylaws.read_documents", "bylaws.view_reviews", "bylaws.vote", "privileging.lookup"}
    ),
    Role.BOARD_MEMBER: frozenset(
        {"bylaws.read_documents", "bylaws.view_reviews", "bylaws.vote", "privileging.lookup"}
    ),
    Role.MEDICAL_STAFF_PRESIDENT: frozenset(
        {
            "bylaws.read_documents",
            "bylaws.view_reviews",
            "bylaws.suspend_at_once",
            "bylaws.recommend",
            "bylaws.vote",
            "bylaws.view_compliance",
            "privileging.lookup",
            "privileging.sign_oppe",
        }
    ),
    Role.CHIEF_MEDICAL_OFFICER: frozenset(
        {
            "bylaws.read_documents",
            "bylaws.view_reviews",
            "bylaws.suspend_at_once",
            "bylaws.recommend",
            "bylaws.vote",
            "bylaws.view_compliance",
            "privileging.lookup",
            "privileging.sign_oppe",
            "practitioners.approve_custody",
        }
    ),
    Role.CHIEF_EXECUTIVE: frozenset(
        {
            "bylaws.read_documents",
            "bylaws.view_reviews",
            "bylaws.suspend_at_once",
            "bylaws.recommend",
            "bylaws.view_compliance",
            "privileging.lookup",
            "practitioners.approve_custody",
        }
    ),
    Role.QUALITY_COORDINATOR: frozenset(
        {
            "bylaws.read_documents",
            "practitioners.view",
            "privileging.view",
            "privileging.lookup",
            "privileging.manage_fppe",
            "privileging.manage_oppe",
            "accounts.use_api",
        }
    ),
    Role.COMPLIANCE_OFFICER: frozenset(
        {
            "practitioners.view",
            "credentialing.screen",
            "bylaws.read_documents",
            "bylaws.review_disclosures",
            "bylaws.view_compliance",
            "privileging.lookup",
        }
    ),
    Role.PRACTITIONER: frozenset({"bylaws.read_documents"}),
    Role.LOOKUP: frozenset({"privileging.lookup", "accounts.use_api"}),
    Role.ADMINISTRATOR: frozenset({"accounts.manage", "audit.view"}),
}

ROLE_CLASSES: dict[str, frozenset[str]] = {
    Role.CREDENTIALING_COORDINATOR: frozenset(
        {DataClass.GENERAL, DataClass.IDENTITY, DataClass.DATA_BANK, DataClass.PEER_REVIEW}
    ),
    Role.MEDICAL_STAFF_COORDINATOR: frozenset({DataClass.GENERAL, DataClass.PEER_REVIEW}),
    Role.DIRECTOR: frozenset(
        {DataClass.GENERAL, DataClass.IDENTITY, DataClass.DATA_BANK, DataClass.PEER_REVIEW, DataClass.HEALTH}
    ),
    Role.DEPARTMENT_CHAIR: frozenset({DataClass.GENERAL, DataClass.PEER_REVIEW}),
    Role.COMMITTEE_MEMBER: frozenset({DataClass.GENERAL, DataClass.PEER_REVIEW}),
    Role.BOARD_MEMBER: frozenset({DataClass.GENERAL, DataClass.PEER_REVIEW}),
    Role.MEDICAL_STAFF_PRESIDENT: frozenset({DataClass.GENERAL, DataClass.PEER_REVIEW}),
    Role.CHIEF_MEDICAL_OFFICER: frozenset({DataClass.GENERAL, DataClass.PEER_REVIEW}),
    Role.CHIEF_EXECUTIVE: frozenset({DataClass.GENERAL}),
    Role.QUALITY_COORDINATOR: frozenset({DataClass.GENERAL, DataClass.PEER_REVIEW}),
    Role.COMPLIANCE_OFFICER: frozenset({DataClass.GENERAL, DataClass.IDENTITY}),
    Role.PRACTITIONER: frozenset({DataClass.GENERAL}),
    Role.LOOKUP: frozenset({DataClass.GENERAL}),
    Role.ADMINISTRATOR: frozenset({DataClass.GENERAL}),
}

#: Roles that must sign in with a second factor in production.
MFA_ROLES = frozenset(
    {
        Role.CREDENTIALING_COORDINATOR,
        Role.MEDICAL_STAFF_COORDINATOR,
        Role.DIRECTOR,
        Role.DEPARTMENT_CHAIR,
        Role.COMMITTEE_MEMBER,
        Role.BOARD_MEMBER,
        Role.MEDICAL_STAFF_PRESIDENT,
        Role.CHIEF_MEDICAL_OFFICER,
        Role.CHIEF_EXECUTIVE,
        Role.QUALITY_COORDINATOR,
        Role.COMPLIANCE_OFFICER,
        Role.ADMINISTRATOR,
    }
)

if set(ROLE_PERMISSIONS) != set(Role) or set(ROLE_CLASSES) != set(Role):
    raise RuntimeError("Every role needs its permissions and its data classes.")
_unknown = set().union(*ROLE_PERMISSIONS.values()) - set(PERMISSIONS)
if _unknown:
    raise RuntimeError(f"Permissions without a description: {sorted(_unknown)}")
