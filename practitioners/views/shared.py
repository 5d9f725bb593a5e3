"""What the views of this room share: finding the file, its head, its tabs and actions."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from config.accounts.selectors.facilities import current_facility
from config.kernel import clock
from config.kernel.pages import Action, Crumb, Tab
from practitioners import links
from practitioners.models import Practitioner
from practitioners.policies import is_own_file, may_view_all, require_change
from practitioners.selectors.file import Powers, powers_of
from practitioners.selectors.people import get_practitioner
from practitioners.selectors.photos import photo_url
from practitioners.services.people import refuse_merged


def today_at(request: HttpRequest) -> dt.date:
    """The date at the facility the reader works at."""
    return clock.today(current_facility(request))


def find_practitioner(request: HttpRequest, uid: uuid.UUID) -> Practitioner:
    """The person, or 404 for a file the reader may not see."""
    found = get_practitioner(viewer=request.user, uid=uid)
    if found is None:
        raise Http404
    return found


def find_to_change(request: HttpRequest, uid: uuid.UUID, permission: str) -> Practitioner:
    """The person of a file the reader may change; a file they may not even see is 404."""
    found = find_practitioner(request, uid)
    refuse_merged(found)
    require_change(request.user, permission, found)
    return found


def crumbs_of(practitioner: Practitioner, *more: str, viewer: Any = None) -> list[Crumb]:
    """The path to a page of a file.

    Pages that open to people without the list of practitioners (the practitioner, a committee that has the
    file) name the ``viewer``: then the path leads nowhere they may not go, and only their own file is theirs.
    """
    above = [Crumb("Practitioners", reverse("practitioners:list"))]
    name = practitioner.display_name
    if viewer is not None and not may_view_all(viewer):
        above = []
        name = "My file" if is_own_file(viewer, practitioner) else name
    if not more:
        return [*above, Crumb(name)]
    return [*above, Crumb(name, links.practitioner(practitioner)), *map(Crumb, more)]


def head_of(request: HttpRequest, practitioner: Practitioner, *, tab: str) -> dict[str, Any]:
    """Title, subtitle, tabs and actions of the pages of a file."""
    powers = powers_of(request.user, practitioner)
    subtitle = [practitioner.get_provider_type_display(), practitioner.specialty]
    tabs = [
        Tab("File", links.practitioner(practitioner), active=tab == "file", icon="folder"),
        Tab("Timeline", links.timeline(practitioner), active=tab == "timeline", icon="timeline"),
        Tab("Documents and evidence", links.papers(practitioner), active=tab == "papers", icon="files"),
    ]
    if powers.log_contact:
        log = links.contact_log(practitioner)
        tabs.append(Tab("Contact log", log, active=tab == "contact_log", icon="phone"))
    if powers.edit:
        tabs.append(
            Tab(
                "Disclosures",
                links.disclosures(practitioner),
                active=tab == "disclosures",
                icon="clipboard-list",
            )
        )
    if powers.history:
        tabs.append(Tab("History", links.history(practitioner), active=tab == "history", icon="history"))
    return {
        "title": practitioner.display_name,
        "subtitle": " · ".join(part for part in subtitle if part),
        "person": practitioner.display_name,
        "photo": photo_url(practitioner),
        "practitioner": practitioner,
        "crumbs": crumbs_of(practitioner, viewer=request.user),
        "tabs": tabs,
        "actions": _actions(practitioner, powers),
        "powers": powers,
    }


def _actions(practitioner: Practitioner, powers: Powers) -> list[Action]:
    actions = []
    if powers.upload:
        actions.append(
            Action(
                "Upload", url=reverse("practitioners:document_upload", args=[practitioner.uid]), icon="upload"
            )
        )
    if powers.export:
        actions.append(
            Action(
                "Export",
                url=reverse("practitioners:export", args=[practitioner.uid]),
                icon="file-zip",
                method="post",
            )
        )
    if powers.edit:
        actions.append(
            Action(
                "Record a claim",
                url=reverse("practitioners:claims", args=[practitioner.uid]),
                icon="plus",
                kind="primary",
            )
        )
    return actions
