"""Telemedicine by proxy: the agreement with a distant site, and whom the site lists as privileged there."""

import uuid

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from config.kernel.periods import (
    Identity,
    Period,
    append_only_triggers,
    period_constraints,
    period_indexes,
    period_triggers,
    protect_delete,
)
from config.organization.models import Facility
from credentialing.choices import DistantSiteKind


class DistantSite(models.Model):
    """A hospital or telemedicine entity whose practitioners care for a facility's patients from afar."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    facility = models.ForeignKey(Facility, models.PROTECT, related_name="distant_sites")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=DistantSiteKind)
    contact = models.CharField(
        max_length=200, help_text="Its medical staff office: who is asked, and told of events and complaints."
    )
    created_at = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["facility", "name"], name="distant_site_once_per_facility")
        ]
        triggers = [protect_delete()]

    def __str__(self):
        return self.name


class ProxyAgreement(Identity):
    """A written agreement to rely on a distant site's credentialing (42 CFR 482.12(a)(8)-(9))."""

    site = models.ForeignKey(DistantSite, models.PROTECT, related_name="agreements")
    title = models.CharField(max_length=200, help_text="What the paper is called, or its number.")

    class Meta:
        ordering = ("site", "title")
        constraints = [models.UniqueConstraint(fields=["site", "title"], name="proxy_agreement_once")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"{self.site}: {self.title}"


class ProxyAgreementPeriod(Period):
    """Over which days it holds, and what it says."""

    key_fields = ("identity",)
    identity = models.ForeignKey(ProxyAgreement, models.PROTECT, related_name="periods")
    signed_on = models.DateField(help_text="The day the agreement was signed.")
    filed_at = models.CharField(max_length=200, help_text="Number of the contract, or where the paper is.")
    terms = models.JSONField(help_text="Codes of the clauses it contains (rules.telemedicine.CLAUSES).")
    file_name = models.CharField(max_length=200, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveIntegerField(null=True, help_text="Bytes of the signed paper.")
    store_key = models.CharField(
        max_length=64, blank=True, help_text="Where the signed paper lies, encrypted; empty: no copy here."
    )

    class Meta:
        constraints = [
            *period_constraints("credentialing_proxyagreementperiod", "identity"),
            models.CheckConstraint(
                name="proxy_agreement_signed_by_first_day",
                condition=models.Q(valid__startswith__gte=models.F("signed_on")),
            ),
            models.CheckConstraint(
                name="proxy_agreement_paper_whole",
                condition=models.Q(store_key="", file_name="", media_type="", size=None)
                | (
                    ~models.Q(store_key="")
                    & ~models.Q(file_name="")
                    & ~models.Q(media_type="")
                    & models.Q(size__isnull=False)
                ),
            ),
        ]
        indexes = period_indexes("credentialing_proxyagreementperiod", "identity")
        triggers = period_triggers()


class DistantSiteList(models.Model):
    """A list of practitioners as the distant site delivered it, and what it changed."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(ProxyAgreement, models.PROTECT, related_name="lists")
    as_of = models.DateField(help_text="The day the distant site says it is of.")
    name = models.CharField(max_length=200, help_text="Name of the file.")
    sha256 = models.CharField(max_length=64, help_text="Of the file as it was read.")
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    dropped = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ("-as_of", "-recorded_at", "-id")
        indexes = [models.Index(fields=["agreement", "-as_of"], name="lists_of_an_agreement")]
        triggers = append_only_triggers()

    def __str__(self):
        return f"List of {self.agreement.site} as of {self.as_of:%d %b %Y}"


class ListedPractitioner(Identity):
    """Somebody a distant site lists, known by NPI; there may be no file of theirs here."""

    agreement = models.ForeignKey(ProxyAgreement, models.PROTECT, related_name="practitioners")
    npi = models.CharField(max_length=10, db_index=True)

    class Meta:
        ordering = ("agreement", "npi")
        constraints = [
            models.UniqueConstraint(fields=["agreement", "npi"], name="listed_once_per_agreement"),
            models.CheckConstraint(name="listed_npi_digits", condition=models.Q(npi__regex=r"^[0-9]{10}$")),
        ]
        triggers = append_only_triggers()

    def __str__(self):
        return f"NPI {self.npi} on the list of {self.agreement.site}"


class ListedPractitionerPeriod(Period):
    """Over which days the site listed somebody, with which privileges there and which licenses."""

    key_fields = ("identity",)
    identity = models.ForeignKey(ListedPractitioner, models.PROTECT, related_name="periods")
    name = models.CharField(max_length=200)
    privileges = models.JSONField(help_text="Codes of the privileges held at the distant site.")
    licences = models.JSONField(help_text="A list of licenses, each with state and number.")

    class Meta:
        constraints = period_constraints("credentialing_listedpractitionerperiod", "identity")
        indexes = period_indexes("credentialing_listedpractitionerperiod", "identity")
        triggers = period_triggers()
