"""The lists of this room: their columns on the page and in the CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from django.urls import reverse, reverse_lazy
from django.utils import timezone

from config.accounts.policies import may
from config.kernel import clock
from config.kernel.pages import Action, Column, Table
from config.organization.models import Facility
from credentialing import links
from credentialing.choices import ApplicationKind, MatchClass
from credentialing.models import (
    AffiliationRequest,
    Application,
    IncomingPaper,
    ListRow,
    OutboxMessage,
    ScreeningMatch,
)
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.expirables import departments_of, last_reminders
from credentialing.selectors.intake import attach_filed
from credentialing.selectors.next_actor import next_actors
from practitioners.models import CredentialPeriod

# --- applications ---------------------------------------------------------------------------------------


def attach_next_actors(rows: Sequence[Application]) -> None:
    """Whose turn each file of the page is."""
    acting = next_actors(rows)
    for row in rows:
        actor = acting[row.pk]
        row.next_actor = actor


def board_day(row: Application) -> dt.date | None:
    """The day it was decided; of an open file the day for which that is planned, of a closed one none."""
    if row.decided_on is not None:
        return row.decided_on
    return row.scheduled_decision_on if row.status in OPEN_STATUSES else None


#: Short words for a narrow column.
KIND_WORDS = {each: each.label for each in ApplicationKind} | {
    ApplicationKind.INITIAL: "Initial",
    ApplicationKind.REINSTATEMENT: "Reinstatement",
    ApplicationKind.TEMPORARY: "Temporary",
    ApplicationKind.TELEMEDICINE: "Telemedicine",
    ApplicationKind.DISASTER: "Disaster",
}


def age_in_days(row: Application) -> int:
    """Days since it was received (or opened), until it was decided or today."""
    start = row.received_on or clock.date_at(row.opened_at, row.facility)
    end = row.decided_on or clock.today(row.facility)
    return max(0, (end - start).days)


APPLICATIONS = Table(
    caption="Applications",
    order="age",
    row_url=links.application,
    prepare=attach_next_actors,
    bulk=(
        Action(
            "Give to a coordinator",
            url=reverse_lazy("credentialing:assign"),
            method="post",
            icon="user-check",
        ),
    ),
    columns=(
        Column(
            "practitioner", "Practitioner", value="practitioner.display_name", kind="person",
            sort=("practitioner__sort_name",),
        ),
        Column("npi", "NPI", value="practitioner.npi", kind="code", page=False),
        Column(
            "kind", "For", value=lambda row: KIND_WORDS[row.kind], sort="kind", kind="template",
            template="credentialing/cells/applied_for.html",
        ),
        Column("status", "Status", kind="status", sort="status"),
        Column(
            "waiting", "Waiting for", value="next_actor.name", kind="template",
            template="credentialing/cells/waiting.html",
            export=lambda row: ", ".join(part for part in (row.next_actor.name, row.next_actor.role) if part),
        ),
        Column("department", "Department", value="department.name", page=False),
        Column(
            "facility", "At", value="facility.code", sort="facility__name", narrow=False,
            export=lambda row: row.facility.name,
        ),
        Column(
            "coordinator", "Coordinator", value="coordinator", export=lambda row: str(row.coordinator),
            sort=("coordinator__last_name", "coordinator__first_name"), narrow=False, page=False,
        ),
        Column("received", "Received", value="received_on", kind="plain_day", page=False),
        Column(
            "opened", "Opened", value=lambda row: clock.date_at(row.opened_at, row.facility),
            kind="plain_day", sort="opened_at", page=False,
        ),
        Column("age", "Days", value=age_in_days, kind="number", sort="-opened_at"),
        Column(
            "board", "Board date", value=board_day, kind="plain_day",
            sort="scheduled_decision_on", narrow=False,
        ),
    ),
)  # fmt: skip


def without(table: Table, *names: str) -> Table:
    """The table without some columns on the page; its CSV keeps them."""
    return replace(
        table,
        columns=[replace(column, page=False) if column.name in names else column for column in table.columns],
    )


# --- affiliation letters ----------------------------------------------------------------------------------


def asked_on(row: AffiliationRequest) -> dt.date:
    """The day at the facility on which the request came in."""
    return clock.date_at(row.received_at, row.facility)


AFFILIATIONS = Table(
    caption="Requests for affiliation letters",
    order="asked",
    row_url=links.affiliation,
    columns=(
        Column("about", "About", value="about", sort=("about_last_name", "about_first_name")),
        Column("npi", "NPI", value="about_npi", kind="code", page=False),
        Column("organization", "Asked by", value="asker_organization", sort="asker_organization"),
        Column("asker", "Name", value="asker_name", page=False),
        Column("email", "E-mail", value="asker_email", page=False),
        Column("status", "Status", kind="status", sort="status"),
        Column(
            "person", "On file",
            value=lambda row: row.practitioner.display_name if row.practitioner else "Not recognized",
            sort="practitioner__sort_name", narrow=False,
        ),
        Column("channel", "Came by", value="get_channel_display", sort="channel", narrow=False, page=False),
        Column("purpose", "For", value="get_purpose_display", page=False),
        Column("asked", "Asked", value=asked_on, kind="day", sort="received_at"),
        Column("reference", "Reference", kind="code", sort="reference", narrow=False),
        Column("facility", "At", value="facility.name", page=False),
    ),
)  # fmt: skip


# --- verification items -----------------------------------------------------------------------------------

ITEMS = Table(
    caption="Verification items",
    order="asked",
    row_url=links.item,
    columns=(
        Column("item", "What", value="label", sort="label"),
        Column(
            "practitioner", "Practitioner", value="application.practitioner.display_name",
            sort="application__practitioner__sort_name",
        ),
        Column("npi", "NPI", value="application.practitioner.npi", page=False),
        Column("status", "Status", kind="status", sort="status"),
        Column(
            "facility", "At", value="application.facility.code", narrow=False,
            export=lambda row: row.application.facility.name,
        ),
        Column(
            "asked", "Asked",
            value=lambda row: row.requested_at and clock.date_at(row.requested_at, row.application.facility),
            kind="day", sort="requested_at",
        ),
        Column("tries", "Attempts", kind="number", sort="tries", narrow=False),
        Column("coordinator", "Coordinator", value=lambda row: str(row.application.coordinator), page=False),
    ),
)  # fmt: skip


# --- expirables -----------------------------------------------------------------------------------------


def attach_reminders(rows: Sequence[CredentialPeriod]) -> None:
    """The newest reminder of each credential of the page."""
    newest = last_reminders(rows)
    for row in rows:
        row.last_reminder = newest.get(row.pk)


def which(period: CredentialPeriod) -> str:
    """Which credential of its kind: the state and the number, else the issuer."""
    one = period.identity
    return " ".join(part for part in (one.state, one.number) if part) or one.issuer


def attach_expirables(
    rows: Sequence[CredentialPeriod], viewer, facility: Facility, today: dt.date, back: str = ""
) -> None:
    """The newest reminder of each row, its department, whether it ran out, and where it is verified;
    ``back``: the list as it was narrowed.
    """
    attach_reminders(rows)
    departments = departments_of([row.identity.practitioner_id for row in rows], facility, today)
    verifies = may(viewer, "credentialing.verify")
    for row in rows:
        row.ran_out = row.valid.upper <= today
        row.days_left = (row.valid.upper - today).days - 1
        row.department = departments.get(row.identity.practitioner_id, "")
        row.verify_url = (
            links.verify(row.identity, back=back or reverse("credentialing:expirables"))
            if verifies and row.identity.practitioner.user_id != viewer.pk
            else ""
        )


def expirables_for(viewer, facility: Facility, today: dt.date, back: str) -> Table:
    """What runs out, with the acts this viewer has; from verifying they come ``back``."""
    return replace(EXPIRABLES, prepare=lambda rows: attach_expirables(rows, viewer, facility, today, back))


def standing_words(row: CredentialPeriod) -> str:
    """What the row rests on, and that a renewal is claimed, in words for the CSV."""
    words = row.get_standing_display()
    return f"{words}; renewal claimed, not confirmed" if row.renewal_claimed else words


EXPIRABLES = Table(
    caption="Expirables",
    order="ends",
    row_url=lambda row: links.practitioner(row.identity.practitioner),
    columns=(
        Column(
            "practitioner", "Practitioner", value="identity.practitioner.display_name", kind="person",
            sort=("identity__practitioner__sort_name",),
        ),
        Column("npi", "NPI", value="identity.practitioner.npi", page=False),
        Column("department", "Department", narrow=False),
        Column(
            "type", "Credential", value="identity.credential_type.name", kind="template",
            template="credentialing/cells/which.html", sort="identity__credential_type__name",
        ),
        Column("state", "State", value="identity.state", page=False),
        Column("number", "Number", value="identity.number", page=False),
        Column("status", "Status", value=lambda row: row.get_status_display(), page=False),
        Column(
            "standing", "What is known", kind="template", template="credentialing/cells/known.html",
            sort="standing", export=standing_words,
        ),
        Column("ends", "Last valid day", value="end", kind="day", sort="ends", filled=True),
        Column("days", "Days left", value="days_left", page=False),
        Column(
            "reminder", "Last reminder", value=lambda row: row.last_reminder,
            kind="template", template="credentialing/cells/reminder.html", narrow=False, sort="reminded",
            export=lambda row: row.last_reminder and clock.date_at(row.last_reminder.created_at),
        ),
        Column(
            "verify", "Next", kind="template", template="credentialing/cells/verify.html",
            value=lambda row: row.verify_url, csv=False,
        ),
    ),
)  # fmt: skip


def _certificate_version(row) -> str:
    return f"{row.version}, superseded" if hasattr(row, "superseded_by") else str(row.version)


CERTIFICATES = Table(
    caption="Screening certificates",
    order="-month",
    row_url=lambda row: reverse("credentialing:certificate", args=[row.uid]),
    columns=(
        Column("month", "Month", value=lambda row: f"{row.month:%B %Y}", kind="strong", sort="month"),
        Column("facility", "At", value="facility.name", sort="facility__name"),
        Column("version", "Version", value=_certificate_version),
        Column("members", "Members", value=lambda row: row.content["members"], kind="number"),
        Column(
            "missing", "Left out", kind="number",
            value=lambda row: sum(each["missing"] for each in row.content["lists"]),
        ),
        Column("waiting", "Waiting", value=lambda row: row.content["matches"]["waiting"], kind="number"),
        Column("issued", "Issued", value="issued_at", kind="moment", sort="issued_at", narrow=False),
        Column("by", "By", value=lambda row: str(row.issued_by), narrow=False),
    ),
)  # fmt: skip


# --- screening ------------------------------------------------------------------------------------------


def listed_name(match: ScreeningMatch) -> str:
    """Who stands on the list."""
    return listed_party(match.row)


def listed_party(row: ListRow) -> str:
    """The name of a row of a list, as the list has it."""
    given = " ".join(part for part in (row.first_name, row.middle_name) if part)
    return ", ".join(part for part in (row.last_name, given) if part) or row.business_name


MATCHES = Table(
    caption="Matches",
    order="strength",
    row_url=links.match,
    columns=(
        Column(
            "practitioner", "Practitioner", value="practitioner.display_name", kind="person",
            sort=("practitioner__sort_name",),
        ),
        Column("npi", "NPI", value="practitioner.npi", page=False),
        Column("listed", "On the list", value=listed_name, sort=("row__last_name", "row__first_name")),
        Column(
            "list", "List", value="row.exclusion_list.name", sort=("row__exclusion_list__name", "gravity")
        ),
        Column(
            "strength", "Strength", value=lambda row: MatchClass(row.match_class), kind="badge",
            sort=("gravity", "-run__screened_at"),
        ),
        Column(
            "score", "Score", value=lambda row: round(row.score.get("score", 0)), kind="number", narrow=False
        ),
        Column("excluded", "Excluded on", value="row.excluded_on", kind="plain_day", narrow=False),
        Column("status", "Review", kind="status", sort="status"),
        Column(
            "reviewer", "Reviewed by", narrow=False,
            value=lambda row: str(row.reviewed_by or "") or (
                f"{row.proposed_by} proposes to clear" if row.proposed_by else ""
            ),
        ),
    ),
)  # fmt: skip


# --- data bank ------------------------------------------------------------------------------------------

QUERIES = Table(
    caption="Data bank queries",
    order="-queried",
    columns=(
        Column(
            "practitioner", "Practitioner", value="practitioner.display_name", kind="person",
            sort=("practitioner__sort_name",), url=lambda row: links.practitioner(row.practitioner),
        ),
        Column("npi", "NPI", value="practitioner.npi", page=False),
        Column("entity", "Entity", value="npdb_entity.name", sort="npdb_entity__name", narrow=False),
        Column("kind", "Kind", value="get_kind_display", sort="kind"),
        Column("reason", "Reason", value="get_reason_display", sort="reason", narrow=False),
        Column("queried", "Queried on", value="queried_on", kind="day", sort="queried_on"),
        Column("dcn", "DCN", kind="code", sort="dcn"),
        Column("reviewer", "Reviewed by", value=lambda row: str(row.reviewed_by), narrow=False),
        Column(
            "reviewed", "Reviewed on", kind="plain_day", sort="recorded_at", narrow=False,
            value=lambda row: clock.date_at(row.recorded_at, timezone.get_current_timezone_name()),
        ),
    ),
)  # fmt: skip


# --- reminders ------------------------------------------------------------------------------------------


def threshold_text(message: OutboxMessage) -> str:
    """Which rung of the ladder the reminder belongs to."""
    days = message.threshold_days
    return "the last valid day" if days == 0 else f"{days} day{'s' if days != 1 else ''} before"


MESSAGES = Table(
    caption="Reminders",
    order="-created",
    columns=(
        Column(
            "practitioner", "Practitioner", value="practitioner.display_name", kind="person",
            sort=("practitioner__sort_name",), url=lambda row: links.practitioner(row.practitioner),
        ),
        Column("npi", "NPI", value="practitioner.npi", page=False),
        Column(
            "credential", "Credential",
            value=lambda row: row.credential_period.identity.credential_type.name, kind="template",
            template="credentialing/cells/which_of_message.html",
            export=lambda row: " ".join((
                row.credential_period.identity.credential_type.name, which(row.credential_period)
            )).strip(),
        ),
        Column("ends", "Last valid day", value="credential_period.end", kind="plain_day", narrow=False),
        Column("threshold", "Reminder", value=threshold_text, sort="threshold_days", narrow=False),
        Column("recipient", "To", sort="recipient"),
        Column("status", "Status", kind="status", sort="status"),
        Column("created", "Queued", value="created_at", kind="moment", sort="created_at", narrow=False),
        # Within a minute of being queued; the page has no room for both.
        Column("sent", "Sent", value="sent_at", kind="moment", page=False),
        Column("attempts", "Tries", kind="number", sort="attempts", page=False),
        Column("problem", "Problem", page=False),
        Column(
            "next", "Next", value="problem", kind="template", template="credentialing/cells/problem.html",
            narrow=False, csv=False,
        ),
    ),
)  # fmt: skip


# --- incoming paper -------------------------------------------------------------------------------------


def filed_in_words(row: IncomingPaper) -> str:
    """How much of a paper is filed, once :func:`attach_filed` counted it: ``4 of 10 pages``."""
    pages = "page" if row.page_count == 1 else "pages"
    return f"{row.filed_pages} of {row.page_count} {pages}"


PAPERS = Table(
    caption="Incoming paper",
    order="arrived",
    row_url=links.paper,
    prepare=attach_filed,
    columns=(
        Column("title", "Paper", kind="strong", sort="title"),
        Column("channel", "By", value=lambda row: row.get_channel_display(), sort="channel"),
        Column("arrived", "Arrived", value="arrived_on", kind="day", sort=("arrived_on", "id")),
        Column("sender", "From", sort="sender", narrow=False),
        Column("filed", "Filed", value=filed_in_words),
        Column("people", "In the files of", value=lambda row: "; ".join(row.people), narrow=False),
        Column("status", "Status", kind="status", sort="status"),
        Column("received_by", "Added by", value=lambda row: str(row.received_by), page=False),
    ),
)
