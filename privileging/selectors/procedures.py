"""The procedure codes of the hospital that are in force."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max

from config.organization.models import Facility
from privileging.models import ProcedureCode


def code_sets(facility: Facility) -> Any:
    """The code sets in force at the facility by name (``system``), with how many codes each has (``number``),
    how many privileges they need (``privileges``) and when it was loaded last (``loaded``); one query.
    """
    return (
        ProcedureCode.objects.filter(facility=facility, ended_at=None)
        .order_by()
        .values("system")
        .annotate(number=Count("pk"), privileges=Count("privilege", distinct=True), loaded=Max("loaded_at"))
        .order_by("system")
    )
