"""The menu of each role. The two coordinators do different jobs, so their menus differ in what comes
first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.urls import get_script_prefix, get_urlconf, reverse

from config.accounts.choices import Role


@dataclass(frozen=True)
class Entry:
    """One line of the menu; shown to holders of the permission (empty: to everybody)."""

    label: str
    url_name: str
    icon: str
    permission: str = ""
    #: Lists reached from its page that lie beside it: there the reader is at this line too.
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """Lines that belong together."""

    label: str
    entries: tuple[Entry, ...]


TODAY = Entry("Today", "home:today", "home")
PRACTITIONERS = Entry("Practitioners", "practitioners:list", "users", "practitioners.view")
IMPORTS = Entry("Imports", "practitioners:imports", "file-import", "practitioners.import")
DUPLICATES = Entry("Duplicates", "practitioners:duplicates", "git-merge", "practitioners.merge")
GROUPS = Entry("Practice groups", "practitioners:groups", "building", "practitioners.view")
WORK = Entry("Open work", "credentialing:work", "list-check", "credentialing.view")
APPLICATIONS = Entry("Applications", "credentialing:list", "folder", "credentialing.view")
REAPPOINTMENTS = Entry(
    "Reappointments", "credentialing:reappointments", "calendar-stats", "credentialing.manage_application"
)
EMERGENCIES = Entry("Emergencies", "credentialing:emergencies", "alert-triangle", "credentialing.view")
INCOMING = Entry("Incoming paper", "credentialing:papers", "inbox", "credentialing.verify")
AFFILIATIONS = Entry(
    "Affiliation letters", "credentialing:affiliations", "mail-forward", "credentialing.verify"
)
LETTERS = Entry("Letters", "credentialing:letters", "mail-check", "practitioners.log_contact")
EXPIRABLES = Entry("Expirables", "credentialing:expirables", "calendar-due", "credentialing.view")
SCREENING = Entry("Exclusion screening", "credentialing:screening", "user-shield", "credentialing.screen")
DATA_BANK = Entry("Data bank queries", "credentialing:npdb_log", "database", "credentialing.screen")
FILE_REVIEW = Entry("File review", "credentialing:file_reviews", "report-search", "credentialing.view")
PAYERS = Entry("Payers", "credentialing:payers", "receipt", "practitioners.export")
DISTANT_SITES = Entry(
    "Distant sites", "credentialing:distant_agreements", "device-desktop", "credentialing.view"
)
POLICIES = Entry("Bylaws and policies", "bylaws:policies", "book", "bylaws.read_documents")
CROSSWALK = Entry("Crosswalk", "credentialing:crosswalk", "list-details", "credentialing.view")
TURNAROUND = Entry("Turnaround", "credentialing:turnaround", "chart-bar", "credentialing.view")
REMINDERS = Entry("Reminders", "credentialing:reminders", "mail", "credentialing.send_reminders")
SOURCES = Entry("Sources", "credentialing:sources", "activity", "credentialing.verify")
REVIEWS = Entry("Files in review", "bylaws:reviews", "clipboard-check", "bylaws.view_reviews")
MEETINGS = Entry("Meetings", "bylaws:meetings", "calendar", "bylaws.view_reviews")
COMMITTEES = Entry("Committees", "bylaws:committees", "users-group", "bylaws.view_reviews")
OFFICERS = Entry("Officers", "bylaws:officers", "user", "bylaws.view_reviews")
CATEGORIES = Entry("Categories", "bylaws:categories", "list-details", "bylaws.read_documents")
DISCLOSURES = Entry(
    "Disclosures of interests", "bylaws:disclosures", "file-text", "bylaws.review_disclosures"
)
MY_DISCLOSURE = Entry(
    "My disclosure of interests", "bylaws:disclosure_mine", "file-text", "bylaws.view_reviews"
)
REQUESTS = Entry("Requests to leaders", "bylaws:requests", "mail-forward", "bylaws.ask_leaders")
TASKS = Entry("Tasks of the office", "bylaws:tasks", "checklist", "bylaws.office_tasks")
COMPLIANCE = Entry("Compliance", "bylaws:compliance", "scale", "bylaws.view_compliance")
BARS = Entry("Suspensions and leaves", "bylaws:bars", "ban", "bylaws.manage_bars")
DUTY_LISTS = Entry("Records, dues and call", "bylaws:duty_lists", "list-details", "bylaws.manage_findings")
SUSPEND = Entry("Suspend at once", "bylaws:suspend_find", "ban", "bylaws.suspend_at_once")
ACTIONS = Entry("Data bank clock", "bylaws:data_bank", "clock", "bylaws.report_actions")
DUE_PROCESS = Entry("Due process", "bylaws:due_processes", "gavel", "bylaws.run_due_process")
DEPARTURES = Entry("Departures", "privileging:departures", "logout", "bylaws.record_minutes")
LOOKUP = Entry("May they do this?", "privileging:lookup", "search", "privileging.lookup")
WHO_CAN = Entry("Who can do this?", "privileging:who_can", "user-search", "privileging.lookup")
CHANGES = Entry(
    "Changes of privileges",
    "privileging:changes",
    "list-check",
    "privileging.lookup",
    beside=("privileging:departments",),
)
ROSTERS = Entry("Surgical rosters", "privileging:rosters", "list-details", "privileging.lookup")
CERTIFICATES = Entry(
    "Certificates of privileges", "privileging:certificates", "certificate", "privileging.lookup"
)
CATALOGUE = Entry("Catalog", "privileging:catalogue", "book", "privileging.view")
FPPE = Entry("Focused evaluations", "privileging:fppe", "microscope", "privileging.manage_fppe")
CASES = Entry("Performed cases", "privileging:cases", "list-check", "privileging.manage_oppe")
FEEDBACK = Entry("Feedback to distant sites", "privileging:feedback", "send", "privileging.manage_oppe")
OPPE = Entry("Ongoing evaluation", "privileging:oppe", "chart-line", "privileging.manage_oppe")
OPPE_TO_SIGN = Entry("Ongoing evaluation", "privileging:oppe", "chart-line", "privileging.sign_oppe")
GO_LIVE = Entry("Go-live load", "golive:new", "database", "practitioners.go_live")
CUSTODY = Entry("Export of everything", "custody:list", "database", "practitioners.approve_custody")
AUDIT = Entry("Audit trail", "audit:trail", "history", "audit.view")
JOBS = Entry("Scheduled work", "audit:jobs", "clock", "audit.view")
ADMIN = Entry("Administration", "admin:index", "settings", "accounts.manage")
MY_FILE = Entry("My file", "practitioners:mine", "user")
MY_DUE_PROCESS = Entry("Due process", "bylaws:own_due_processes", "gavel")
HELP = Entry("Help", "home:help", "help-circle")

START = Section("", (TODAY,))
CREDENTIALING = Section(
    "Credentialing",
    (
        WORK,
        APPLICATIONS,
        REAPPOINTMENTS,
        EMERGENCIES,
        INCOMING,
        PRACTITIONERS,
        LETTERS,
        AFFILIATIONS,
        GROUPS,
        IMPORTS,
        DUPLICATES,
        EXPIRABLES,
        SCREENING,
        DATA_BANK,
        PAYERS,
        DISTANT_SITES,
        FILE_REVIEW,
        TURNAROUND,
        REMINDERS,
        SOURCES,
        TASKS,
        POLICIES,
        CROSSWALK,
    ),
)
MEDICAL_STAFF = Section(
    "Medical staff",
    (
        MEETINGS,
        REVIEWS,
        COMMITTEES,
        OFFICERS,
        CATEGORIES,
        DISCLOSURES,
        COMPLIANCE,
        POLICIES,
        BARS,
        DUTY_LISTS,
        DUE_PROCESS,
        ACTIONS,
        DEPARTURES,
        LETTERS,
        REQUESTS,
        TASKS,
    ),
)
FILES = Section(
    "Files",
    (
        PRACTITIONERS,
        GROUPS,
        WORK,
        APPLICATIONS,
        EXPIRABLES,
        SCREENING,
        DATA_BANK,
        PAYERS,
        DISTANT_SITES,
        FILE_REVIEW,
        TURNAROUND,
        POLICIES,
        CROSSWALK,
    ),
)
OWN = Section("Your own", (MY_FILE, MY_DUE_PROCESS, POLICIES))
QUALITY_FILES = Section("Files", (PRACTITIONERS, POLICIES))
REVIEW = Section(
    "Review",
    (REVIEWS, MEETINGS, COMMITTEES, COMPLIANCE, DISCLOSURES, MY_DISCLOSURE, POLICIES, SUSPEND),
)
PRIVILEGES = Section(
    "Privileges",
    (LOOKUP, WHO_CAN, CHANGES, ROSTERS, CERTIFICATES, CATALOGUE, FPPE, CASES, FEEDBACK, OPPE, OPPE_TO_SIGN),
)
OFFICE = Section("Office", (GO_LIVE, CUSTODY, AUDIT, JOBS, ADMIN, HELP))

#: Sections by role, in the order of the job. With several roles the first role of this table leads.
SECTIONS: dict[str, tuple[Section, ...]] = {
    Role.DIRECTOR: (CREDENTIALING, MEDICAL_STAFF, PRIVILEGES, OFFICE),
    Role.CREDENTIALING_COORDINATOR: (CREDENTIALING, PRIVILEGES, OFFICE),
    Role.MEDICAL_STAFF_COORDINATOR: (MEDICAL_STAFF, PRIVILEGES, FILES, OFFICE),
    Role.DEPARTMENT_CHAIR: (REVIEW, PRIVILEGES, OFFICE),
    Role.MEDICAL_STAFF_PRESIDENT: (REVIEW, PRIVILEGES, OFFICE),
    Role.CHIEF_MEDICAL_OFFICER: (REVIEW, PRIVILEGES, OFFICE),
    Role.CHIEF_EXECUTIVE: (REVIEW, PRIVILEGES, OFFICE),
    Role.COMMITTEE_MEMBER: (REVIEW, PRIVILEGES, OFFICE),
    Role.BOARD_MEMBER: (REVIEW, PRIVILEGES, OFFICE),
    Role.QUALITY_COORDINATOR: (PRIVILEGES, QUALITY_FILES, OFFICE),
    Role.COMPLIANCE_OFFICER: (FILES, REVIEW, PRIVILEGES, OFFICE),
    Role.LOOKUP: (PRIVILEGES, OFFICE),
    Role.PRACTITIONER: (OWN, OFFICE),
    Role.ADMINISTRATOR: (OFFICE,),
}


def menu(roles: Iterable[str], permissions: set[str], path: str) -> list[dict]:
    """Sections and lines for somebody with these roles and permissions who is at ``path``; no queries."""
    held = set(roles)
    sections = [START]
    for role, theirs in SECTIONS.items():
        if role in held:
            sections += [section for section in theirs if section not in sections]
    if OFFICE not in sections:
        sections.append(OFFICE)
    sections.remove(OFFICE)
    sections.append(OFFICE)
    shown: set[str] = set()
    result = []
    beside: dict[str, str] = {}
    for section in sections:
        items = []
        for entry in section.entries:
            if entry.url_name in shown or (entry.permission and entry.permission not in permissions):
                continue
            shown.add(entry.url_name)
            address = _address_of(entry.url_name)
            beside |= {_address_of(name): address for name in entry.beside}
            items.append({"label": entry.label, "url": address, "icon": entry.icon})
        if items:
            result.append({"label": section.label, "items": items})
    _mark_active(result, next((line for start, line in beside.items() if path.startswith(start)), path))
    return result


def _address_of(url_name: str) -> str:
    """The page of that name. Every page asks it of every line of its menu."""
    return _address(url_name, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@cache
def _address(url_name: str, address_book: str, prefix: str) -> str:
    """``prefix``: where the application is served; part of the address, and so of what is remembered."""
    return reverse(url_name, address_book)


def _mark_active(sections: list[dict], path: str) -> None:
    """Where the reader is: the line whose address is the longest beginning of this page's."""
    items = [item for section in sections for item in section["items"]]
    matching = [item for item in items if item["url"] != "/" and path.startswith(item["url"])]
    here = max(matching, key=lambda item: len(item["url"]), default=None)
    for item in items:
        item["active"] = item is here or (item["url"] == "/" == path)
