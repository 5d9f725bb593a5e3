"""The application under the hands of the office, locked while what it asks for is changed."""

from __future__ import annotations

from collections.abc import Callable

from bylaws.policies import require_not_own_file
from config.accounts.policies import require
from config.kernel.errors import Refused
from credentialing.models import Application
from practitioners.services.people import lock_practitioner

MANAGE = "credentialing.manage_application"


def locked_application(
    actor, application: Application, *, doing: str, why_not: Callable[[Application], str]
) -> Application:
    """The application as it is now, its practitioner locked, if the actor manages it and it is not their own.

    ``doing`` names the act in the refusal of one's own file; ``why_not`` answers a sentence when the state of
    the application speaks against it, and nothing otherwise.
    """
    require(actor, MANAGE, application.facility)
    require_not_own_file(actor, application.practitioner, doing=doing)
    lock_practitioner(application.practitioner)
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("practitioner", "facility")
        .get(pk=application.pk)
    )
    if reason := why_not(application):
        raise Refused(reason)
    return application
