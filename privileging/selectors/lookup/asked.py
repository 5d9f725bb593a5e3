"""The privilege asked about."""

from __future__ import annotations

import datetime as dt

from django.db import connection

from bylaws.rules.reach import require_askable
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from privileging.selectors.lookup.answers import Asked


def day_asked(on: dt.date | None, facility: Facility) -> dt.date:
    """The day the question is about; refused where nobody could have recorded anything of it."""
    today = clock.today(facility)
    return today if on is None else require_askable(on, today=today)


def find_privilege(code: str) -> Asked:
    """The privilege of that code, however its letters are written; refuses an unknown one."""
    wanted = code.strip().upper()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, uid, code, name FROM privileging_privilege WHERE code = %s", [wanted])
        row = cursor.fetchone()
    if row is None:
        raise Refused(f"There is no privilege {wanted or '(none given)'} in the catalog.", field="privilege")
    return Asked(row[0], str(row[1]), row[2], row[3])
