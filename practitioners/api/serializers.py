"""What the API says of practitioners. Last days are inclusive; nothing of a protected class is in it."""

from __future__ import annotations

from rest_framework import serializers

from practitioners.choices import ContactKind, CredentialStatus, NameKind, ProviderType, SaidBy, Standing
from practitioners.models import (
    ContactPoint,
    CredentialPeriod,
    Practitioner,
    PractitionerName,
    PractitionerTaxonomy,
)


class PractitionerSerializer(serializers.ModelSerializer):
    """One line of the list."""

    name = serializers.CharField(source="display_name", help_text="Surname first.")
    provider_type = serializers.ChoiceField(choices=ProviderType.choices)
    specialty = serializers.CharField(help_text="The main one, in words; empty when none is stated.")

    class Meta:
        model = Practitioner
        fields = ("uid", "npi", "name", "provider_type", "specialty")


class NameSerializer(serializers.ModelSerializer):
    """A name used, now or before."""

    kind = serializers.ChoiceField(choices=NameKind.choices)
    said_by = serializers.ChoiceField(choices=SaidBy.choices)

    class Meta:
        model = PractitionerName
        fields = (
            "kind",
            "last_name",
            "first_name",
            "middle_name",
            "suffix",
            "used_from",
            "used_until",
            "said_by",
        )


class SpecialtySerializer(serializers.ModelSerializer):
    """A stated specialty."""

    code = serializers.CharField(source="taxonomy_id", help_text="Code of the provider taxonomy (NUCC).")
    name = serializers.CharField(source="taxonomy.display_name")

    class Meta:
        model = PractitionerTaxonomy
        fields = ("code", "name", "primary")


class AddressSerializer(serializers.ModelSerializer):
    """Where the person practises."""

    kind = serializers.ChoiceField(choices=ContactKind.choices)

    class Meta:
        model = ContactPoint
        fields = ("kind", "line_1", "line_2", "city", "state", "postal_code", "country", "phone", "said_by")


class PeriodSerializer(serializers.ModelSerializer):
    """What is said of a credential for a range of days."""

    standing = serializers.ChoiceField(choices=Standing.choices, help_text="Confirmed: a source said it.")
    status = serializers.ChoiceField(choices=CredentialStatus.choices)
    said_by = serializers.ChoiceField(choices=SaidBy.choices)
    first_day = serializers.DateField(source="start", allow_null=True)
    last_day = serializers.DateField(source="end", allow_null=True, help_text="Inclusive; null: no end.")
    evidence = serializers.UUIDField(source="evidence.uid", allow_null=True, default=None)

    class Meta:
        model = CredentialPeriod
        fields = (
            "standing", "status", "said_by", "first_day", "last_day", "recorded_at", "evidence", "extra",
        )  # fmt: skip


class CredentialSerializer(serializers.Serializer):
    """A credential with everything currently said of it."""

    uid = serializers.UUIDField(source="credential.uid")
    type = serializers.CharField(source="credential.credential_type.code")
    issuer = serializers.CharField(source="credential.issuer")
    state = serializers.CharField(source="credential.state")
    number = serializers.CharField(source="credential.number")
    periods = PeriodSerializer(many=True)


class PractitionerDetailSerializer(PractitionerSerializer):
    """One person with names, specialties, practice address and credentials."""

    names = NameSerializer(many=True)
    specialties = SpecialtySerializer(source="taxonomies", many=True)
    practice_addresses = AddressSerializer(many=True)
    credentials = CredentialSerializer(source="credential_list", many=True)

    class Meta:
        model = Practitioner
        fields: tuple[str, ...] = (
            *PractitionerSerializer.Meta.fields, "names", "specialties", "practice_addresses", "credentials",
        )  # fmt: skip


class SearchQuery(serializers.Serializer):
    """What is searched."""

    q = serializers.CharField(max_length=200, help_text="Part of a name, an NPI, a license or other number.")
    limit = serializers.IntegerField(required=False, default=10, min_value=1, max_value=50)


class SearchHitSerializer(serializers.Serializer):
    """One person found."""

    uid = serializers.UUIDField()
    name = serializers.CharField(source="label")
    npi = serializers.CharField(allow_null=True)
    provider_type = serializers.CharField()
    matched = serializers.CharField(
        help_text="The other name or number that matched, if it was not the name."
    )
    exact = serializers.BooleanField(help_text="False: only similar to what was asked.")
