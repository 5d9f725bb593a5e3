"""What every act on a file begins with: permission, not one's own file, the lock, the row as it is now."""

from __future__ import annotations

from config.accounts import policies
from config.kernel.errors import Forbidden
from config.organization.models import Facility
from credentialing.models import Application, VerificationItem
from practitioners.models import Practitioner
from practitioners.policies import is_own_record
from practitioners.services.people import lock_practitioner


def refuse_own_file(actor, practitioner: Practitioner) -> None:
    """Nobody acts on their own file."""
    if is_own_record(actor, practitioner):
        raise Forbidden("Nobody acts on their own file; a colleague of the office has to do this.")


def begin_person(actor, practitioner: Practitioner, permission: str, facility: Facility | None = None):
    """Permission, own file, and the practitioner's row locked; answers the locked row."""
    policies.require(actor, permission, facility)
    refuse_own_file(actor, practitioner)
    return lock_practitioner(practitioner)


def begin_application(actor, application: Application, permission: str = "") -> Application:
    """The application as it is now, locked after its practitioner.

    ``permission`` empty: the table decides.
    """
    if permission:
        policies.require(actor, permission, application.facility)
    refuse_own_file(actor, application.practitioner)
    lock_practitioner(application.practitioner)
    return (
        Application.objects.select_for_update(of=("self",))
        .select_related("practitioner", "facility__npdb_entity", "department", "category", "coordinator")
        .get(pk=application.pk)
    )


def begin_item(actor, item: VerificationItem, permission: str = "") -> VerificationItem:
    """The verification item as it is now, locked after its practitioner and application."""
    application = begin_application(actor, item.application, permission)
    locked = (
        VerificationItem.objects.select_for_update(of=("self",))
        .select_related("credential__credential_type", "evidence")
        .get(pk=item.pk)
    )
    locked.application = application
    return locked
