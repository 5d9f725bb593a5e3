"""Who keeps the catalogue. A form is one for all facilities that offer it, so it takes the right at each."""

from __future__ import annotations

from config.accounts.policies import permissions
from config.kernel.errors import Forbidden
from privileging.models import PrivilegeForm

KEEP = "privileging.manage_catalogue"


def held_where_offered(actor, form: PrivilegeForm) -> set[str]:
    """Permissions held wherever the form is offered; of one offered nowhere, those held anywhere."""
    held = [permissions(actor, facility) for facility in form.facilities.all()]
    return set.intersection(*held) if held else permissions(actor, None)


def keeps_form(actor, form: PrivilegeForm) -> bool:
    """Whether the person keeps the catalogue everywhere the form is offered."""
    return KEEP in held_where_offered(actor, form)


def require_keeper(actor, form: PrivilegeForm) -> None:
    """Refuse unless :func:`keeps_form`."""
    if not keeps_form(actor, form):
        raise Forbidden("Your role does not keep the catalog everywhere this form is offered.")
