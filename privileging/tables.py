"""Lists of this room."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse, reverse_lazy

from config.kernel.pages import Action, Column, Table
from config.kernel.periods import last_day
from credentialing.choices import MailStatus
from practitioners.selectors.photos import photo_urls
from privileging.choices import CaseCover, ChangeKind, OPPEState, OPPEStatus, VersionStatus
from privileging.rules.grant_kinds import EXAMPLE
from privileging.selectors.catalogue import current, offering, today_of
from privileging.selectors.departures import attach_leaving
from privileging.selectors.notices import attach_last_notice
from privileging.selectors.oppe import views_of
from privileging.selectors.performed import attach_last_cases
from privileging.selectors.proctors import attach_proctors
from privileging.selectors.publishing import attach_privilege_names


def _current(form):
    return current(form, today_of(form))


def _of_current(name):
    """A value of the version a row stands for; nothing for a form without one."""
    return lambda form: getattr(_current(form), name) if _current(form) else None


def _following(form) -> str:
    """The drafts, and the versions published ahead, in words."""
    today, shown = today_of(form), _current(form)
    return "; ".join(
        f"{each.number}: {offering(each, today)}"
        for each in form.kept
        if each != shown and (each.status == VersionStatus.DRAFT or (each.offered.lower or today) > today)
    )


FORMS = Table(
    caption="Privilege forms",
    order="name",
    row_url=lambda form: (
        reverse("privileging:form_version", args=[_current(form).uid]) if _current(form) else ""
    ),
    columns=(
        Column("name", "Form", kind="strong", sort="name"),
        Column("code", "Code", kind="code", sort="code"),
        Column("version", "Version", value=_of_current("number")),
        Column(
            "state",
            "Offered",
            value=lambda form: offering(_current(form), today_of(form)) if _current(form) else None,
            narrow=False,
        ),
        Column("following", "Next", value=lambda form: _following(form) or None, narrow=False),
        Column("core", "Core", kind="number", value=_of_current("core")),
        Column("special", "Special", kind="number", value=_of_current("special")),
        Column(
            "facilities",
            "Offered at",
            value=lambda form: ", ".join(sorted(facility.code for facility in form.facilities.all())),
            export=lambda form: ", ".join(sorted(facility.name for facility in form.facilities.all())),
        ),
        Column(
            "approved",
            "Approved by",
            value=lambda form: (
                "Example: not approved yet"
                if form.example and not (_current(form) and not _current(form).is_example)
                else _current(form) and _current(form).approved_by
            ),
            narrow=False,
        ),
    ),
)


def holders_table(viewer) -> Table:
    """Who may do something, with their faces: the photos of the page shown are read at once."""
    photos: dict[str, str] = {}

    def read_photos(holders) -> None:
        photos.update(photo_urls(viewer, [holder.person.uid for holder in holders]))

    return Table(
        caption="Who may do it",
        row_key="npi",
        prepare=read_photos,
        columns=(
            Column("name", "Practitioner", value="person.name", kind="person",
                   photo=lambda holder: photos.get(str(holder.person.uid), "")),
            Column("npi", "NPI", value="person.npi", kind="code"),
            Column("type", "Profession", value="person.provider_type", narrow=False),
            Column("conditions", "Conditions",
                   value=lambda holder: "; ".join(
                       [*holder.notes, *holder.conditions, *([EXAMPLE] if holder.example else [])])),
            Column("since", "Since", kind="plain_day", narrow=False),
            Column("until", "Until", kind="day"),
            Column("authority", "On the authority of", narrow=False),
        ),
    )  # fmt: skip


FPPE = Table(
    caption="Focused evaluations",
    order="due",
    prepare=attach_proctors,
    row_url=lambda plan: reverse("privileging:fppe_person", args=[plan.practitioner.uid]),
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="practitioner.display_name",
            kind="person",
            sort="practitioner__sort_name",
        ),
        Column("privilege", "Privilege", value="privilege.name", sort="privilege__name"),
        Column("status", "Status", kind="status", sort="status"),
        Column("method", "How", narrow=False),
        # Whose name stands beside whose work is for whoever runs evaluations, on the page alone.
        Column("proctor", "Proctor", value="proctored_by", csv=False),
        Column(
            "cases",
            "Cases",
            value=lambda plan: f"{plan.done} of {plan.cases_required}" if plan.cases_required else plan.done,
        ),
        Column("opened", "Began", value="opened_on", kind="plain_day", sort="opened_on", narrow=False),
        Column("due", "Due", value="due_on", kind="day", sort=("closed", "due_on")),
    ),
)


def departures_table(*, may_know: bool, own: Collection[int] = ()) -> Table:
    """Departures; whether the data bank counts one only for those who may know of investigations, on the page
    alone, and never of the records ``own`` of whoever reads.
    """
    counted = Column(
        "counted",
        "Data bank",
        value=lambda row: "Counted" if row.action_id and row.practitioner_id not in own else "",
        csv=False,
    )
    return Table(
        caption="Departures",
        order="-last_day",
        row_url=lambda row: reverse("privileging:departure", args=[row.uid]),
        columns=(
            Column(
                "practitioner",
                "Practitioner",
                value="practitioner.display_name",
                kind="person",
                sort="practitioner__sort_name",
            ),
            Column("kind", "How", kind="status", sort="kind"),
            Column("last_day", "Last day", value=lambda row: last_day(row.day), kind="day", sort="day"),
            Column("reason", "Reason", narrow=False),
            *((counted,) if may_know else ()),
            Column(
                "recorded", "Recorded", value="recorded_at", kind="moment", sort="recorded_at", narrow=False
            ),
            Column("by", "By", value="recorded_by", page=False),
            Column(
                "taken_back",
                "Taken back",
                value=lambda row: row.taken_back_at is not None,
                kind="yes_no",
                page=False,
            ),
        ),
    )


MEMBERS = Table(
    caption="Members of the medical staff",
    order="practitioner",
    row_key="practitioner.uid",
    row_url=lambda row: reverse("practitioners:file", args=[row.practitioner.uid]),
    prepare=attach_leaving,
    bulk=(
        Action(
            "They leave",
            url=reverse_lazy("privileging:departure_record"),
            method="post",
            icon="logout",
        ),
    ),
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="practitioner.display_name",
            kind="person",
            sort="practitioner__sort_name",
        ),
        Column("npi", "NPI", value="practitioner.npi", kind="code", narrow=False),
        Column("category", "Category", value="category.name", sort="category__name"),
        Column("department", "Department", value="department.name", sort="department__name"),
        Column(
            "until",
            "Term through",
            value=lambda row: last_day(row.valid.upper),
            kind="day",
            sort="valid__endswith",
        ),
        Column("leaves", "Leaving", value="leaves"),
    ),
)


def profiles_table() -> Table:
    """Profiles of one cycle; flags and states of the page shown are worked out together."""
    flags: dict[int, str] = {}
    states: dict[int, OPPEStatus | OPPEState] = {}

    def read_flags(rows) -> None:
        by_cycle: dict[int, list] = {}
        for row in rows:
            by_cycle.setdefault(row.cycle_id, []).append(row)
        for group in by_cycle.values():
            for view in views_of(group):
                flagged = [line.indicator.name for line in view.flagged]
                none = "No value at all" if view.without_cases else "None"
                flags[view.profile.pk] = ", ".join(flagged) or none
                states[view.profile.pk] = view.state

    return Table(
        caption="Profiles of ongoing evaluation",
        order="practitioner",
        row_url=lambda row: reverse("privileging:oppe_profile", args=[row.uid]),
        prepare=read_flags,
        columns=(
            Column(
                "practitioner",
                "Practitioner",
                value="practitioner.display_name",
                kind="person",
                sort="practitioner__sort_name",
            ),
            Column("form", "Specialty", value="form.name", sort="form__name"),
            Column(
                "department", "Department", value="department.name", sort="department__name", narrow=False
            ),
            Column("flags", "To look at", value=lambda row: flags.get(row.pk, "")),
            Column("status", "Status", kind="badge", value=lambda row: states[row.pk], sort="status"),
            Column(
                "conclusion",
                "Concluded",
                value=lambda row: row.get_conclusion_display() if row.conclusion else "",
                narrow=False,
            ),
        ),
    )


INDICATORS = Table(
    caption="Indicators",
    order="name",
    row_url=lambda row: reverse("privileging:indicator", args=[row.uid]),
    columns=(
        Column("name", "Indicator", kind="strong", sort="name"),
        Column("code", "Code", kind="code", sort="code"),
        Column("kind", "Kind", kind="status", sort="kind"),
        Column("per", "Per", narrow=False),
        Column(
            "forms",
            "Specialties",
            value=lambda row: ", ".join(sorted(form.code for form in row.forms.all())) or "Everybody",
        ),
        Column("target", "Target", value=lambda row: _plain(row.target), narrow=False),
        Column("trigger_at", "Looked at from", value=lambda row: _plain(row.trigger_at), narrow=False),
        Column(
            "state",
            "State",
            value=lambda row: "Retired" if row.retired else "Example" if row.example else "In use",
        ),
    ),
)


def _plain(number) -> str:
    """A number without the zeros at its end; nothing for none."""
    return "" if number is None else f"{number.normalize():f}"


#: What was published, as the file of it says: whoever reads the file goes on after the last number.
CHANGES = Table(
    caption="Changes",
    row_key="number",
    prepare=attach_privilege_names,
    columns=(
        Column("number", "Number", kind="number"),
        Column("published_at", "Published", kind="moment"),
        Column("kind", "Change", kind="status"),
        Column("name", "Practitioner"),
        Column("npi", "NPI", kind="code", narrow=False),
        Column(
            "privileges",
            "Privileges",
            value=lambda change: "; ".join(change.privilege_names) or "All",
            export=lambda change: " ".join(change.privileges) or "all",
        ),
        Column("first_day", "From", kind="plain_day"),
        Column("last_day", "Through", kind="plain_day", narrow=False),
        Column("told", "Told"),
    ),
)


DEPARTMENTS = Table(
    caption="Departments",
    prepare=attach_last_notice,
    columns=(
        Column("name", "Department", kind="strong", sort="name"),
        Column("address", "E-mail", sort="address"),
        Column(
            "kinds",
            "Told of",
            value=lambda row: "; ".join(ChangeKind(kind).label for kind in row.kinds) or "All changes",
            narrow=False,
        ),
        Column("day", "Last message", value=lambda row: row.last.day if row.last else None, kind="plain_day"),
        Column(
            "status",
            "State",
            value=lambda row: MailStatus(row.last.status) if row.last else None,
            kind="badge",
        ),
        Column(
            "end",
            "End",
            value=lambda row: "End",
            csv=False,
            url=lambda row: reverse("privileging:department_end", args=[row.uid]),
        ),
    ),
)
#: The file of a surgical roster.
ROSTER_LINES = Table(
    caption="Surgical privileges",
    row_key="code",
    columns=(
        Column("practitioner", "Practitioner"),
        Column("npi", "NPI", kind="code"),
        Column("type", "Type"),
        Column("code", "Code", kind="code"),
        Column("privilege", "Privilege"),
        Column("since", "Since", kind="plain_day"),
        Column("until", "Through", kind="plain_day"),
        Column("conditions", "Conditions"),
        Column("today", "Today"),
    ),
)
ROSTERS = Table(
    caption="Surgical rosters",
    row_key="day",
    order="-day",
    columns=(
        Column("day", "Day", kind="plain_day", sort="day"),
        Column("facility", "Facility", sort=("facility__name", "-day")),
        Column("practitioners", "Practitioners", kind="number"),
        Column("lines", "Privileges", kind="number"),
        Column("pdf", "Paper", value=lambda roster: "PDF", csv=False,
               url=lambda roster: reverse("privileging:roster_pdf", args=[roster.uid])),
        Column("csv", "File", value=lambda roster: "CSV", csv=False, narrow=False,
               url=lambda roster: reverse("privileging:roster_csv", args=[roster.uid])),
        Column("sha256", "Hash of the PDF", value=lambda roster: f"{roster.pdf_key[:12]}…",
               export=lambda roster: roster.pdf_key, narrow=False),
    ),
)  # fmt: skip


CERTIFICATES = Table(
    caption="Certificates of privileges",
    order="-issued",
    row_url=lambda row: reverse("privileging:certificate", args=[row.uid]),
    columns=(
        Column("practitioner", "Practitioner", kind="strong", sort="practitioner__sort_name"),
        Column("npi", "NPI", value="practitioner.npi", page=False),
        Column("facility", "Facility", sort="facility__name"),
        Column("version", "Version", kind="number"),
        Column("issued", "Issued", value="issued_at", kind="moment", sort="issued_at"),
        Column("issued_by", "By", narrow=False),
        Column(
            "sha256",
            "Hash",
            value=lambda row: f"{row.sha256[:12]}…",
            export=lambda row: row.sha256,
            narrow=False,
        ),
    ),
)


def _cover(case) -> CaseCover | str:
    """How a case stands: canceled, judged, or why not yet."""
    if case.canceled:
        return "Canceled"
    judgement = getattr(case, "judgement", None)
    if judgement is not None:
        return CaseCover(judgement.cover)
    return "Not judged yet" if case.mapped else "Code names no privilege"


def _explained(case) -> str:
    explanation = getattr(getattr(case, "judgement", None), "explanation", None)
    return explanation.get_way_display() if explanation else ""


def _privilege_of(case) -> str:
    judgement = getattr(case, "judgement", None)
    return judgement.privilege.name if judgement else ""


def _person_of(case) -> str:
    return case.practitioner.display_name if case.practitioner else ""


CASES = Table(
    caption="Performed cases",
    order="-performed",
    row_url=lambda case: reverse("privileging:case", args=[case.uid]),
    columns=(
        Column(
            "performed", "Performed", value="performed_at", kind="moment", sort="performed_at", filled=True
        ),
        Column(
            "practitioner", "Practitioner", value=_person_of, kind="person", sort="practitioner__sort_name"
        ),
        Column("npi", "NPI", kind="code", narrow=False, sort="npi"),
        Column("code", "Code", value=lambda case: f"{case.system} {case.code}", kind="code",
               sort=("system", "code")),
        Column("privilege", "Privilege", value=_privilege_of, sort="judgement__privilege__name"),
        Column("cover", "State", value=_cover, kind="template", template="privileging/parts/case_cover.html"),
        Column("explained", "Explained", value=_explained, narrow=False),
        Column("encounter", "Encounter", kind="code", narrow=False),
    ),
)  # fmt: skip


LOW_VOLUME = Table(
    caption="Low volume",
    order="counted",
    row_key="uid",
    row_url=lambda row: reverse("privileging:fppe_person", args=[row.practitioner.uid]),
    prepare=attach_last_cases,
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="practitioner.display_name",
            kind="person",
            sort="practitioner__sort_name",
        ),
        Column("npi", "NPI", value="practitioner.npi", kind="code", narrow=False),
        Column("privilege", "Privilege", value="privilege.name", sort="privilege__name"),
        Column("code", "Code", value="privilege.code", kind="code", narrow=False),
        Column("counted", "Cases", kind="number", sort="counted", filled=True),
        Column("asked", "Asked for", kind="number", sort="asked", filled=True),
        Column("last_case", "Last case", kind="plain_day"),
        Column(
            "until",
            "Granted through",
            value=lambda row: last_day(row.valid.upper),
            kind="day",
            narrow=False,
        ),
    ),
)


EVALUATED_ELSEWHERE = Table(
    caption="Evaluated by a distant site",
    order="practitioner",
    row_url=lambda row: reverse("privileging:fppe_person", args=[row.practitioner.uid]),
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="practitioner.display_name",
            kind="person",
            sort="practitioner__sort_name",
        ),
        Column("site", "Distant site", value="distant_site", sort="agreement__site__name"),
        Column("granted", "Granted", value="decided_on", kind="plain_day", sort="decided_on", narrow=False),
        Column("told", "Evaluations filed", kind="number", sort="told", filled=True),
        Column("newest", "Newest dated", kind="plain_day", sort="newest"),
    ),
)


FEEDBACK = Table(
    caption="Feedback to distant sites",
    order="-happened",
    row_url=lambda row: reverse("privileging:feedback_entry", args=[row.uid]),
    columns=(
        Column(
            "person",
            "Practitioner",
            value="application.practitioner.display_name",
            kind="person",
            sort="application__practitioner__sort_name",
        ),
        Column("kind", "What", kind="status", sort="kind"),
        Column("happened", "Happened", value="happened_on", kind="plain_day", sort="happened_on"),
        Column(
            "site",
            "Distant site",
            value="application.distant_site",
            sort="application__agreement__site__name",
            narrow=False,
        ),
        Column("sent", "Sent", value="sent_on", kind="plain_day", sort="sent_on"),
        Column("to", "To", value="sent_to", narrow=False),
    ),
)
