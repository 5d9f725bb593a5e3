"""The person: names, identifiers, contact points, specialties."""

import uuid

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower, Trim
from simple_history.models import HistoricalRecords

from practitioners.choices import ContactKind, IdentifierKind, NameKind, ProviderType, SaidBy, Sex


class TaxonomyCode(models.Model):
    """A code of the NUCC health care provider taxonomy."""

    code = models.CharField(max_length=10, primary_key=True)
    grouping = models.CharField(max_length=200)
    classification = models.CharField(max_length=200)
    specialization = models.CharField(max_length=200, blank=True)
    display_name = models.CharField(max_length=200)
    section = models.CharField(max_length=40)
    retired = models.BooleanField(default=False, help_text="No longer in the newest release loaded.")

    class Meta:
        ordering = ("display_name",)
        constraints = [
            models.CheckConstraint(
                name="taxonomy_code_shape", condition=models.Q(code__regex=r"^[0-9A-Z]{9}X$")
            )
        ]

    def __str__(self):
        return self.display_name or self.code


class StandingRecords(models.Manager):
    """The records that stand: not those that were withdrawn because they should never have been made."""

    def get_queryset(self):
        return super().get_queryset().filter(withdrawn_at__isnull=True)


class EveryRecord(models.Manager):
    """Withdrawn records too."""


class Practitioner(models.Model):
    """Any credentialed person.

    ``display_name`` and ``sort_name`` repeat the current legal name because every list sorts by it; the
    service that writes names is the only writer of both. A withdrawn record keeps what it said and gives its
    NPI free; ``objects`` leaves it out everywhere, ``every`` has it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    npi = models.CharField("NPI", max_length=10, null=True, blank=True)
    provider_type = models.CharField(max_length=8, choices=ProviderType)
    display_name = models.CharField(max_length=240)
    sort_name = models.CharField(max_length=240)
    birth_date = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=1, choices=Sex, blank=True)
    languages = models.CharField(max_length=200, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="practitioner",
        help_text="The account of this person, if any: nobody acts on their own file.",
    )
    photo = models.ForeignKey(
        "practitioners.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="A picture among the person's documents.",
    )
    created_at = models.DateTimeField(editable=False)
    withdrawn_at = models.DateTimeField(
        null=True, editable=False, help_text="The record was made by mistake; no list or search shows it."
    )
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    history = HistoricalRecords()

    objects = StandingRecords()
    every = EveryRecord()

    class Meta:
        ordering = ("sort_name", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["npi"], condition=models.Q(withdrawn_at__isnull=True), name="npi_once"
            ),
            models.CheckConstraint(
                name="practitioner_npi_shape",
                condition=models.Q(npi__isnull=True) | models.Q(npi__regex=r"^[12][0-9]{9}$"),
            ),
            models.CheckConstraint(
                name="practitioner_withdrawn_paired",
                condition=models.Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | models.Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["npi"], opclasses=["varchar_pattern_ops"], name="npi_prefix"),
            # A far page of the list counts its way there: by the index alone.
            models.Index(
                fields=["sort_name", "id"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="practitioners_by_name",
            ),
            models.Index(
                fields=["id"], condition=models.Q(withdrawn_at__isnull=False), name="withdrawn_records"
            ),
        ]

    def __str__(self):
        return self.display_name


class PractitionerName(models.Model):
    """One name the person uses or used. Screening looks at every one of them."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="names")
    kind = models.CharField(max_length=12, choices=NameKind)
    last_name = models.CharField(max_length=100)
    first_name = models.CharField(max_length=100, blank=True)
    middle_name = models.CharField(max_length=100, blank=True)
    suffix = models.CharField(max_length=20, blank=True)
    used_from = models.DateField(null=True, blank=True)
    used_until = models.DateField(null=True, blank=True)
    search_key = models.CharField(max_length=320, editable=False)
    said_by = models.CharField(max_length=12, choices=SaidBy)
    history = HistoricalRecords()

    class Meta:
        ordering = ("practitioner", "kind", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner"], condition=models.Q(kind="legal"), name="one_legal_name"
            ),
            models.UniqueConstraint(
                fields=["practitioner", "kind", "last_name", "first_name", "middle_name", "suffix"],
                name="name_once_per_person",
            ),
        ]
        indexes = [
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="name_search_trigrams"),
            models.Index(fields=["search_key"], opclasses=["varchar_pattern_ops"], name="name_search_prefix"),
        ]

    def __str__(self):
        return f"{self.last_name}, {self.first_name}".strip(", ")


class Identifier(models.Model):
    """A number somebody gave the person (NPI has its own column; licences and DEA are credentials)."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="identifiers")
    kind = models.CharField(max_length=12, choices=IdentifierKind)
    value = models.CharField(max_length=60)
    issuer = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=2, blank=True)
    used_from = models.DateField(null=True, blank=True)
    used_until = models.DateField(null=True, blank=True, help_text="Its last day; empty: still in use.")
    said_by = models.CharField(max_length=12, choices=SaidBy)
    history = HistoricalRecords()

    class Meta:
        ordering = ("practitioner", "kind", "value")
        constraints = [
            models.UniqueConstraint(
                fields=["practitioner", "kind", "value", "issuer", "state"], name="identifier_once_per_person"
            ),
            models.CheckConstraint(
                name="identifier_ends_after_start",
                condition=models.Q(used_from__isnull=True)
                | models.Q(used_until__isnull=True)
                | models.Q(used_until__gte=models.F("used_from")),
            ),
        ]
        indexes = [models.Index(fields=["value"], opclasses=["varchar_pattern_ops"], name="identifier_value")]

    def __str__(self):
        return f"{self.get_kind_display()} {self.value}"


class ContactPoint(models.Model):
    """An address, phone or e-mail."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="contact_points")
    kind = models.CharField(max_length=10, choices=ContactKind)
    line_1 = models.CharField(max_length=200, help_text="First address line, or the number or e-mail itself.")
    line_2 = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=40, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, default="US")
    phone = models.CharField(max_length=30, blank=True)
    said_by = models.CharField(max_length=12, choices=SaidBy)
    history = HistoricalRecords()

    class Meta:
        ordering = ("practitioner", "kind", "id")
        # Whether many people have an address of a kind is read from the index alone.
        indexes = [
            models.Index(fields=["kind", "practitioner"], name="contact_points_of_kind"),
            # Whose an address is from which a mail came back.
            models.Index(
                Lower(Trim("line_1")), name="contact_points_by_email", condition=models.Q(kind="email")
            ),
        ]

    def __str__(self):
        return ", ".join(part for part in (self.line_1, self.line_2, self.city, self.state) if part)


class PractitionerTaxonomy(models.Model):
    """A specialty the person states, one of them primary."""

    practitioner = models.ForeignKey(Practitioner, models.PROTECT, related_name="taxonomies")
    taxonomy = models.ForeignKey(TaxonomyCode, models.PROTECT, related_name="practitioners")
    primary = models.BooleanField(default=False)
    said_by = models.CharField(max_length=12, choices=SaidBy)
    history = HistoricalRecords()

    class Meta:
        ordering = ("practitioner", "-primary", "taxonomy")
        constraints = [
            models.UniqueConstraint(fields=["practitioner", "taxonomy"], name="taxonomy_once_per_person"),
            models.UniqueConstraint(
                fields=["practitioner"], condition=models.Q(primary=True), name="one_primary_taxonomy"
            ),
        ]

    def __str__(self):
        return f"{self.taxonomy}"
