"""Focused evaluations for tests, opened by the services that open them."""

from __future__ import annotations

import datetime as dt

from config.accounts.services.users import system_user
from privileging.choices import FPPEReason
from privileging.models import FPPEPlan, Grant
from privileging.services.evaluations import planned, write_plans


def evaluation(
    grant: Grant, spec=None, start=dt.date(2026, 1, 1), *, reason=FPPEReason.INITIAL, grounds=""
) -> FPPEPlan:
    """One evaluation of a grant, as the form's ``spec`` plans it; six months where it names no time."""
    plan = planned(grant, reason, start, spec or {}, 6, grounds=grounds)
    return write_plans(actor=system_user(), plans=[plan])[0]
