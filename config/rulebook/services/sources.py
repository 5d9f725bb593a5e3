"""Which bodies set numbers, and which of them a facility follows."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.db import transaction

from config.accounts.policies import require, require_everywhere
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.periods import days, end_before, rewrite, through
from config.kernel.yaml_files import read_yaml
from config.organization.models import Facility
from config.rulebook.models import AdoptedStandard, AdoptedStandardPeriod, SourceBody

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "sources.yaml"


def source_body(source: SourceBody | str) -> SourceBody:
    """The body itself or the one of that code; refuses a code nobody has."""
    if isinstance(source, SourceBody):
        return source
    found = SourceBody.objects.filter(code=source).first()
    if found is None:
        raise Refused(f'"{source}" is not the code of a source body.')
    return found


@transaction.atomic
def load_source_bodies(*, actor) -> dict[str, int]:
    """Add the bodies of ``reference/sources.yaml`` and bring their names up to date; returns counts."""
    require_everywhere(actor, "accounts.manage")
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for entry in read_yaml(REFERENCE):
        stated = {
            "name": entry["name"],
            "kind": entry["kind"],
            "always_binds": entry.get("always_binds", False),
        }
        body, created = SourceBody.objects.get_or_create(code=entry["code"], defaults=stated)
        if created:
            counts["added"] += 1
        elif any(getattr(body, name) != value for name, value in stated.items()):
            for name, value in stated.items():
                setattr(body, name, value)
            body.save(update_fields=list(stated))
            counts["changed"] += 1
        else:
            counts["unchanged"] += 1
    return counts


@transaction.atomic
def adopt_standard(
    *,
    actor,
    facility: Facility,
    source: SourceBody | str,
    start: dt.date | None = None,
    last_day: dt.date | None = None,
) -> AdoptedStandard:
    """The facility follows ``source`` from ``start`` (default today there) through ``last_day`` (default: no
    end).

    A body that always binds needs no adoption, and is refused so that nobody believes it could be dropped.
    """
    require(actor, "accounts.manage", facility)
    body = source_body(source)
    if body.always_binds:
        raise Refused(f"{body} binds every facility; it is not adopted.")
    valid = days(start or clock.today(facility), through(last_day))
    adoption, _ = AdoptedStandard.objects.get_or_create(
        facility=facility, source_body=body, defaults={"created_at": clock.now(), "created_by": actor}
    )
    rewrite(AdoptedStandardPeriod, adoption, valid=valid, actor=actor, reason="Adopted", content={})
    record_event(
        actor=actor,
        verb="rulebook.standard_adopted",
        subject=adoption,
        facility=facility,
        data={"source": body.code, "from": valid.lower.isoformat()},
    )
    return adoption


@transaction.atomic
def drop_standard(
    *, actor, facility: Facility, source: SourceBody | str, day: dt.date, reason: str
) -> AdoptedStandard:
    """The facility no longer follows ``source`` from ``day`` on."""
    require(actor, "accounts.manage", facility)
    body = source_body(source)
    adoption = AdoptedStandard.objects.filter(facility=facility, source_body=body).first()
    if adoption is None:
        raise Refused(f"{facility} has not adopted {body}.")
    if not reason.strip():
        raise Refused("Say why the standard is dropped.", field="reason")
    end_before(AdoptedStandardPeriod, adoption, day=day, actor=actor, reason=reason)
    record_event(
        actor=actor,
        verb="rulebook.standard_dropped",
        subject=adoption,
        facility=facility,
        reason=reason,
        data={"source": body.code, "from": day.isoformat()},
    )
    return adoption
