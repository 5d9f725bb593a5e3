"""Yearly disclosures of interests by officers and members of bodies, and what the office said of them.

All are events: they are added and never changed. A change in the course of a year is a new disclosure; the
newest of somebody counts, and of its reviews the newest.
"""

import pgtrigger
from django.conf import settings
from django.db import models

from bylaws.choices import DisclosureOutcome, OutsideInterest
from bylaws.models.actions import Event
from config.kernel.periods import append_only_triggers
from config.organization.models import Facility


class InterestDisclosure(Event):
    """What somebody disclosed at a hospital: that there is nothing, or the interests that point here. One
    that came on paper says where the paper is kept; ``recorded_by`` is then somebody of the office.
    """

    facility = models.ForeignKey(Facility, models.PROTECT, related_name="disclosures")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="disclosures")
    signed_on = models.DateField()
    nothing = models.BooleanField(help_text="Nothing to disclose.")
    filed_at = models.CharField(max_length=200, blank=True, help_text="Where the signed paper is kept.")

    class Meta:
        ordering = ("signed_on", "recorded_at", "id")
        indexes = [models.Index(fields=["facility", "user", "-signed_on"], name="disclosures_of_person")]
        constraints = [
            models.CheckConstraint(
                name="disclosed_by_oneself_or_on_paper",
                condition=models.Q(filed_at="", recorded_by=models.F("user"))
                | (~models.Q(filed_at="") & ~models.Q(recorded_by=models.F("user"))),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"Disclosure of {self.user}, {self.signed_on:%d %b %Y}"


class DisclosedInterest(models.Model):
    """One interest of a disclosure."""

    disclosure = models.ForeignKey(InterestDisclosure, models.PROTECT, related_name="interests")
    kind = models.CharField(max_length=12, choices=OutsideInterest)
    party = models.CharField(max_length=200, help_text="The company, institution or person.")
    about = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("disclosure", "id")
        constraints = [models.CheckConstraint(name="interest_names_party", condition=~models.Q(party=""))]
        triggers = [
            *append_only_triggers(),
            pgtrigger.Trigger(
                name="not_beside_nothing",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF (SELECT nothing FROM bylaws_interestdisclosure WHERE id = NEW.disclosure_id) THEN
                        RAISE EXCEPTION 'Where nothing is disclosed, no interest is.'
                            USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.party}"


class DisclosureReview(Event):
    """What the office says of a disclosure: nothing to manage, or how it is managed."""

    disclosure = models.ForeignKey(InterestDisclosure, models.PROTECT, related_name="reviews")
    outcome = models.CharField(max_length=10, choices=DisclosureOutcome)
    plan = models.CharField(max_length=500, blank=True, help_text="How the interest is managed.")

    class Meta:
        ordering = ("disclosure", "id")
        constraints = [
            models.CheckConstraint(
                name="managed_interest_has_plan",
                condition=~models.Q(outcome="managed") | ~models.Q(plan=""),
            ),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.get_outcome_display()}: {self.disclosure}"
