"""What the NPI registry says of a number itself: active, or deactivated since when and replaced by which."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from practitioners.choices import RegistryStatus
from practitioners.importing.fields import read_date
from practitioners.rules.npi import npi_is_valid

ACTIVE = "A"


@dataclass(frozen=True)
class StatusSaid:
    """The registry's word on one NPI. ``effective_on`` is None where it gives no day."""

    npi: str
    status: RegistryStatus
    effective_on: dt.date | None = None
    replaced_by: str = ""

    @property
    def deactivated(self) -> bool:
        """Whether the number may no longer be used."""
        return self.status == RegistryStatus.DEACTIVATED

    def told(self) -> str:
        """The finding in one clause, for reports."""
        if not self.deactivated:
            return "the NPI is active in the registry again"
        since = f" as of {self.effective_on.day} {self.effective_on:%b %Y}" if self.effective_on else ""
        instead = f"; NPI {self.replaced_by} took its place" if self.replaced_by else ""
        return f"the registry has deactivated this NPI{since}{instead}"


def status_of_answer(raw: Any) -> StatusSaid | None:
    """The status in a raw record of the API; None where the record does not say which number or status."""
    basic = raw.get("basic") if isinstance(raw, dict) else None
    if not isinstance(basic, dict):
        return None
    npi, status = _text(raw.get("number")), _text(basic.get("status")).upper()
    if not status or not npi_is_valid(npi):
        return None
    active = status == ACTIVE
    day = basic.get("reactivation_date" if active else "deactivation_date") or basic.get("last_updated")
    return StatusSaid(
        npi=npi,
        status=RegistryStatus.ACTIVE if active else RegistryStatus.DEACTIVATED,
        effective_on=read_date(_text(day)),
        replaced_by="" if active else _replacement(_text(basic.get("replacement_npi")), npi),
    )


def status_of_dates(npi: str, *, deactivated: str, reactivated: str, replacement: str) -> StatusSaid:
    """The status from the dates of the dissemination file: deactivated unless reactivated since."""
    end, again = read_date(deactivated), read_date(reactivated)
    if end is None or (again is not None and again >= end):
        return StatusSaid(npi, RegistryStatus.ACTIVE, again)
    return StatusSaid(npi, RegistryStatus.DEACTIVATED, end, _replacement(replacement, npi))


def _replacement(text: str, npi: str) -> str:
    return text if text != npi and npi_is_valid(text) else ""


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
