"""Making a facility: where everything else begins in a new installation."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from config.accounts.policies import require_everywhere
from config.kernel.errors import Refused
from config.organization.models import Facility, HealthSystem, NPDBEntity


@transaction.atomic
def create_facility(
    *,
    actor,
    code: str,
    name: str,
    state: str,
    time_zone: str,
    health_system: str = "",
    npdb_entity: str = "",
    city: str = "",
    office_phone: str = "",
) -> Facility:
    """A hospital with its state, time zone and data bank registration, made together with what is missing.

    ``health_system`` is a name (default: the facility's own), ``npdb_entity`` the code of a registration
    (default: one of its own). Departments are added in the administration.
    """
    require_everywhere(actor, "accounts.manage")
    if Facility.objects.filter(code__iexact=code).exists():
        raise Refused(f'There is a facility with the code "{code}" already.', field="code")
    system, _ = HealthSystem.objects.get_or_create(name=health_system or name)
    entity, _ = NPDBEntity.objects.get_or_create(code=npdb_entity or code.lower(), defaults={"name": name})
    facility = Facility(
        code=code,
        name=name,
        state=state.upper(),
        time_zone=time_zone,
        health_system=system,
        npdb_entity=entity,
        city=city,
        office_phone=office_phone,
    )
    try:
        facility.full_clean()
    except ValidationError as problem:
        raise Refused(" ".join(problem.messages)) from None
    facility.save()
    return facility
