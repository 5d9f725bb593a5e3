"""What the API takes and gives. Dates are the facility's; last days are inclusive."""

from __future__ import annotations

from rest_framework import serializers

from config.kernel.day_fields import sensible_day
from config.rulebook.verdicts import Outcome
from privileging.models import Privilege
from privileging.selectors.lookup import LookupOutcome


class WhoCanQuery(serializers.Serializer):
    """The question "who may do this here?"."""

    privilege = serializers.CharField(max_length=40, help_text="Code of the privilege, as in the catalog.")
    facility = serializers.CharField(max_length=20, help_text="Code of the facility.")
    on = serializers.DateField(
        required=False,
        validators=[sensible_day],
        help_text="The day asked about; default: today at the facility.",
    )
    known_at = serializers.DateTimeField(
        required=False,
        validators=[sensible_day],
        help_text="Answer as known at this moment; default: as known now.",
    )


class PageQuery(WhoCanQuery):
    """The same with the stretch of the answer that is wanted."""

    limit = serializers.IntegerField(required=False, default=50, min_value=1, max_value=500)
    offset = serializers.IntegerField(required=False, default=0, min_value=0)


class CanPerformQuery(WhoCanQuery):
    """The question "may this person do this here?"."""

    npi = serializers.CharField(max_length=20, required=False, help_text="NPI of the practitioner.")
    practitioner = serializers.UUIDField(required=False, help_text="Or the practitioner's uid.")

    def validate(self, attrs):
        """Exactly one way of naming the person."""
        if bool(attrs.get("npi")) == bool(attrs.get("practitioner")):
            raise serializers.ValidationError(
                {"npi": ["Give the NPI or the practitioner's uid, one of them."]}
            )
        return attrs


class PersonSerializer(serializers.Serializer):
    """A practitioner as the lookup names one."""

    uid = serializers.UUIDField()
    npi = serializers.CharField(allow_blank=True)
    name = serializers.CharField()


class CodeNameSerializer(serializers.Serializer):
    """A thing with a code."""

    code = serializers.CharField()
    name = serializers.CharField()


class VerdictSerializer(serializers.Serializer):
    """One judgement with its reasons; the judgements it was made from are its children, of the same shape."""

    outcome = serializers.ChoiceField(choices=Outcome.choices)
    code = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    facts = serializers.DictField(required=False)
    citation = serializers.CharField(required=False)
    since = serializers.DateField(required=False)
    children = serializers.ListField(child=serializers.DictField(), required=False)


class AnswerSerializer(serializers.Serializer):
    """The answer to one question."""

    outcome = serializers.ChoiceField(choices=[(each.value, each.name.title()) for each in LookupOutcome])
    question = serializers.CharField()
    practitioner = PersonSerializer()
    privilege = CodeNameSerializer()
    facility = CodeNameSerializer()
    on = serializers.DateField()
    known_at = serializers.DateTimeField(allow_null=True)
    conditions = serializers.ListField(child=serializers.CharField())
    since = serializers.DateField(
        allow_null=True,
        help_text="Yes: first day of the grant. No: first day without authority, where known.",
    )
    until = serializers.DateField(allow_null=True, help_text="Last day of grant and appointment.")
    authority = serializers.CharField(allow_blank=True)
    decision = serializers.UUIDField(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField())
    contact = serializers.CharField()
    checks = VerdictSerializer(allow_null=True, help_text="Only for those who may see the file.")


class HolderSerializer(serializers.Serializer):
    """One practitioner who may do it."""

    practitioner = PersonSerializer()
    conditions = serializers.ListField(child=serializers.CharField())
    since = serializers.DateField()
    until = serializers.DateField()
    authority = serializers.CharField()


class HoldersSerializer(serializers.Serializer):
    """Who may do it: the count over all, and the stretch asked for, by name."""

    privilege = CodeNameSerializer()
    facility = CodeNameSerializer()
    on = serializers.DateField()
    known_at = serializers.DateTimeField(allow_null=True)
    count = serializers.IntegerField()
    unconfirmed_count = serializers.IntegerField(
        help_text="Further holders whose standing cannot be confirmed."
    )
    recorded_from = serializers.DateField(
        allow_null=True,
        help_text="Where the day lies before it: the first day on record. Who could do it before is unknown.",
    )
    results = HolderSerializer(many=True)


class PrivilegeSerializer(serializers.ModelSerializer):
    """A privilege of the catalogue."""

    class Meta:
        model = Privilege
        fields = ("uid", "code", "name", "description")


class OPPEValueSerializer(serializers.Serializer):
    """One value: an indicator of one practitioner over some days."""

    npi = serializers.CharField(max_length=20)
    indicator = serializers.CharField(max_length=40, help_text="Code of the indicator.")
    first_day = serializers.DateField(validators=[sensible_day])
    last_day = serializers.DateField(validators=[sensible_day])
    numerator = serializers.IntegerField(min_value=0)
    denominator = serializers.IntegerField(
        min_value=0, required=False, allow_null=True, help_text="Rates need one, counts have none."
    )


class DeliverySerializer(serializers.Serializer):
    """A delivery of values."""

    facility = serializers.CharField(max_length=20, help_text="Code of the facility.")
    name = serializers.CharField(max_length=200, help_text="What it is called in the list of deliveries.")
    values = OPPEValueSerializer(many=True, allow_empty=False)

    def rows(self) -> list[dict[str, object]]:
        """The values as a file would bring them."""
        return [
            {
                "npi": each["npi"],
                "indicator": each["indicator"],
                "from": each["first_day"].isoformat(),
                "through": each["last_day"].isoformat(),
                "numerator": each["numerator"],
                "denominator": each.get("denominator"),
            }
            for each in self.validated_data["values"]
        ]


class DeliveredSerializer(serializers.Serializer):
    """What was loaded."""

    uid = serializers.UUIDField()
    facility = serializers.CharField()
    name = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    values = serializers.IntegerField()
