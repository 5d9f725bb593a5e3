"""What is too old by the planned day comes up when the meeting moves, and is gone when it moves back."""

from __future__ import annotations

import datetime as dt

from credentialing.choices import Element
from credentialing.models import VerificationItem
from credentialing.selectors.ageing import too_old_by_decision
from credentialing.services.applications import follow_meeting
from tests.credentialing.world import TODAY, adopt


def test_it_follows_the_meeting_forth_and_back(world):
    adopt(world, "ncqa")  # a license counts for 120 days
    application = world.accepted()
    item = world.verify(world.item(application, Element.STATE_LICENSE))
    rows = VerificationItem.objects.filter(pk=item.pk)
    for days, stale in ((120, False), (121, True), (90, False)):
        day = TODAY + dt.timedelta(days=days)
        application = follow_meeting(actor=world.staff_coordinator, application=application, day=day)
        assert application.scheduled_decision_on == day
        found = too_old_by_decision(rows, world.facility)
        assert [each.decision_on for each in found] == ([day] if stale else []), days
