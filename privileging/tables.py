"""Lists of this room."""

from __future__ import annotations

from django.urls import reverse

from config.kernel.pages import Column, Table
from practitioners.selectors.photos import photo_urls


def _current(form):
    return form.current[0] if form.current else None


FORMS = Table(
    caption="Privilege forms",
    order="name",
    row_url=lambda form: (
        reverse("privileging:form_version", args=[_current(form).uid]) if _current(form) else ""
    ),
    columns=(
        Column("name", "Form", kind="strong", sort="name"),
        Column("code", "Code", kind="code", sort="code"),
        Column("version", "Version", value=lambda form: _current(form).number if _current(form) else None),
        Column(
            "core", "Core", kind="number", value=lambda form: _current(form).core if _current(form) else None
        ),
        Column(
            "special",
            "Special",
            kind="number",
            value=lambda form: _current(form).special if _current(form) else None,
        ),
        Column(
            "facilities",
            "Offered at",
            value=lambda form: ", ".join(sorted(facility.name for facility in form.facilities.all())),
        ),
        Column(
            "approved",
            "Approved by",
            value=lambda form: (
                "Example: not approved yet"
                if form.example and not (_current(form) and _current(form).approved_by)
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
            Column("conditions", "Conditions", value=lambda holder: "; ".join(holder.conditions)),
            Column("since", "Since", kind="plain_day", narrow=False),
            Column("until", "Until", kind="day"),
            Column("authority", "On the authority of", narrow=False),
        ),
    )  # fmt: skip


FPPE = Table(
    caption="Focused evaluations",
    order="due",
    row_url=lambda plan: reverse("privileging:fppe_plan", args=[plan.uid]),
    columns=(
        Column(
            "practitioner",
            "Practitioner",
            value="grant.practitioner.display_name",
            kind="person",
            sort="grant__practitioner__sort_name",
        ),
        Column("privilege", "Privilege", value="grant.privilege.name", sort="grant__privilege__name"),
        Column("status", "Status", kind="status", sort="status"),
        Column("method", "How", narrow=False),
        Column("cases", "Cases", value="cases_required", kind="number", narrow=False),
        Column("opened", "Began", value="opened_on", kind="plain_day", sort="opened_on", narrow=False),
        Column("due", "Due", value="due_on", kind="day", sort=("closed", "due_on")),
    ),
)
