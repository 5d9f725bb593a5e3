"""A focused evaluation for cause keeps the standard affiliation letter back; that of a new grant does not."""

from __future__ import annotations

from credentialing.standing_matters import standing_matters
from privileging.models import FPPEPlan, Grant
from tests.privileging.conftest import TODAY, appoint, grant


def test_an_evaluation_for_cause_is_a_matter_of_standing(world, person):
    member = person()
    appoint(world, member)
    grant(world, member)
    held = Grant.objects.get(practitioner=member)
    FPPEPlan.objects.create(grant=held, reason="initial", opened_on=TODAY)
    assert standing_matters(member, world.lakeside, TODAY) == []
    FPPEPlan.objects.create(grant=held, reason="for_cause", opened_on=TODAY)
    (matter,) = standing_matters(member, world.lakeside, TODAY)
    assert "for cause" in matter
