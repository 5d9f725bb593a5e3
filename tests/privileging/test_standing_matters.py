"""A focused evaluation for cause keeps the standard affiliation letter back; that of a new grant does not."""

from __future__ import annotations

from credentialing.standing_matters import standing_matters
from privileging.models import Grant
from tests.privileging.conftest import TODAY, appoint, grant
from tests.privileging.evaluations import evaluation


def test_an_evaluation_for_cause_is_a_matter_of_standing(world, person):
    member = person()
    appoint(world, member)
    grant(world, member)
    held = Grant.objects.get(practitioner=member)
    evaluation(held, start=TODAY)
    assert standing_matters(member, world.lakeside, TODAY) == []
    evaluation(held, start=TODAY, reason="for_cause", grounds="Leaks")
    (matter,) = standing_matters(member, world.lakeside, TODAY)
    assert "for cause" in matter
