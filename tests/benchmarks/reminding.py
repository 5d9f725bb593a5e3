"""What is measured of the night's reminders: everything that runs out, found and written in one statement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from config.accounts.services.users import system_user
from config.kernel import clock
from config.organization.models import Facility
from credentialing.selectors.ladder import preview
from credentialing.services.reminders import queue_reminders
from tests.benchmarks.measuring import Row, bare, growth, once
from tests.benchmarks.world import World


def reminding(world: World) -> Iterator[Row]:
    """The first night, when everybody near an end is told, the same night again, and the next one."""
    today = clock.today()
    yard, _ = once(lambda: bare(_ENDING)([today, today]))
    with growth() as grown:
        spent, counts = once(lambda: queue_reminders(actor=system_user(), on=today))
    row = Row("the night's reminders, the first night", 30, [spent], "bare SQL", [yard])
    row.notes.append(f"{counts['queued']:,} reminders. Memory grew by {grown.megabytes}")
    yield row
    for question, on in (("the same night again", today), ("the next night", today + dt.timedelta(days=1))):
        spent, counts = once(lambda on=on: queue_reminders(actor=system_user(), on=on))
        row = Row(f"the night's reminders, {question}", 30, [spent], "bare SQL", [yard])
        row.notes.append(f"{counts['queued']:,} reminders")
        yield row
    places = list(Facility.objects.values_list("pk", flat=True))
    spent, tried = once(lambda: preview(places, on=today))
    row = Row("a ladder tried for the year ahead", 30, [spent], "bare SQL", [yard])
    row.notes.append(f"{tried.total:,} mails on {len(tried.days)} days")
    yield row


#: What ends within 90 days and is the last of its credential, beside whom it may concern.
_ENDING = """
    SELECT count(*) FROM practitioners_credentialperiod p
      JOIN practitioners_credential c ON c.id = p.identity_id
      JOIN practitioners_credentialtype k ON k.id = c.credential_type_id AND k.expires
     WHERE p.superseded_at IS NULL AND upper(p.valid) > %s::date AND upper(p.valid) <= %s::date + 91
       AND NOT EXISTS (SELECT FROM practitioners_credentialperiod l
                        WHERE l.identity_id = p.identity_id AND l.superseded_at IS NULL
                          AND (upper_inf(l.valid) OR upper(l.valid) > upper(p.valid)))
"""
