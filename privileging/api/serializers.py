"""What the API takes and gives. Dates are the facility's; last days are inclusive."""

from __future__ import annotations

from rest_framework import serializers

from bylaws.rules.line_conditions import LONGEST as LONGEST_SITE
from config.kernel.day_fields import sensible_day
from config.rulebook.verdicts import Outcome
from privileging.choices import BookingAnswer, ChangeKind, GrantKind
from privileging.models import Privilege
from privileging.rules.deliveries import MOST_ROWS
from privileging.selectors.lookup import LookupOutcome
from privileging.selectors.publishing import MOST_AT_ONCE


class MomentField(serializers.DateTimeField):
    """A moment that says its offset. Without one it would be another hour at each facility, so it is refused;
    on the pages a moment is the facility's own time.
    """

    default_error_messages = {
        "naive": "Say the offset of the moment: 2026-11-24T15:30:00Z, or 2026-11-24T09:30:00-06:00 with + "
        "written %2B in an address."
    }

    def enforce_timezone(self, value):
        """The moment as given; refused without an offset."""
        if value.tzinfo is None:
            self.fail("naive")
        return super().enforce_timezone(value)


class WhoCanQuery(serializers.Serializer):
    """The question "who may do this here?"."""

    privilege = serializers.CharField(max_length=40, help_text="Code of the privilege, as in the catalog.")
    facility = serializers.CharField(max_length=20, help_text="Code of the facility.")
    on = serializers.DateField(
        required=False,
        validators=[sensible_day],
        help_text="The day asked about; default: today at the facility.",
    )
    known_at = MomentField(
        required=False,
        validators=[sensible_day],
        help_text="Answer as known at this moment, given with its offset; default: as known now.",
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
    reaches = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Codes of the privileges it is about; else all.",
    )
    children = serializers.ListField(child=serializers.DictField(), required=False)


class EndingSerializer(serializers.Serializer):
    """Something an answer about a day to come may rest on, and its last day."""

    what = serializers.CharField()
    last_day = serializers.DateField()


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
    granted_as = serializers.ChoiceField(choices=GrantKind.choices, allow_null=True)
    proctor_needed = serializers.BooleanField(help_text="The first evaluation of the privilege is open.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="Told beside a yes.")
    example = serializers.BooleanField(help_text="Granted on an example form that no body has approved.")
    ends_before = EndingSerializer(many=True, help_text="What runs out before a day to come.")
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
    granted_as = serializers.ChoiceField(choices=GrantKind.choices)
    proctor_needed = serializers.BooleanField()
    notes = serializers.ListField(child=serializers.CharField())
    example = serializers.BooleanField()
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


class GuardQuery(serializers.Serializer):
    """A booking: who, what (a privilege or a procedure code), where and when."""

    facility = serializers.CharField(max_length=20, help_text="Code of the facility.")
    npi = serializers.CharField(required=False, max_length=10, help_text="National Provider Identifier.")
    practitioner = serializers.UUIDField(required=False, help_text="Or the practitioner's uid.")
    privilege = serializers.CharField(required=False, max_length=40, help_text="Code of the privilege.")
    procedure = serializers.CharField(
        required=False, max_length=20, help_text="Or a procedure code, as the hospital loaded it."
    )
    system = serializers.CharField(required=False, max_length=20, help_text="Code set of the procedure code.")
    at = MomentField(required=False, help_text="When it begins, given with its offset; default: now.")
    site = serializers.CharField(
        required=False,
        max_length=LONGEST_SITE,
        help_text="At which site of the facility, as the conditions of grants name it. What is granted for "
        "other sites alone is blocked; where no site is named, it is a warning.",
    )

    def validate_at(self, value):
        """Within what can be asked about."""
        sensible_day(value.date())
        return value

    def validate(self, attrs):
        """Exactly one way of naming the person, and one of naming what."""
        if bool(attrs.get("npi")) == bool(attrs.get("practitioner")):
            raise serializers.ValidationError(
                {"npi": ["Give the NPI or the practitioner's uid, one of them."]}
            )
        if bool(attrs.get("privilege")) == bool(attrs.get("procedure")):
            raise serializers.ValidationError(
                {"privilege": ["Give a privilege or a procedure code, one of them."]}
            )
        return attrs


class GuardSerializer(serializers.Serializer):
    """What the guard says to a booking."""

    answer = serializers.ChoiceField(choices=BookingAnswer.choices)
    reasons = serializers.ListField(child=serializers.CharField())
    at = serializers.DateTimeField()
    procedure = serializers.CharField(allow_null=True)
    site = serializers.CharField(allow_null=True)
    lookup = AnswerSerializer()


class ChangesQuery(serializers.Serializer):
    """What was published after a number."""

    facility = serializers.CharField(max_length=20, help_text="Code of the facility.")
    after = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=2**62,
        help_text="The number up to which you have read: next_after of the last answer. 0 begins.",
    )  # fmt: skip
    limit = serializers.IntegerField(
        required=False, default=MOST_AT_ONCE, min_value=1, max_value=MOST_AT_ONCE
    )


class ChangeSerializer(serializers.Serializer):
    """One change of what somebody may do."""

    number = serializers.IntegerField(help_text="Runs from 1 without a gap, per facility.")
    published_at = serializers.DateTimeField()
    happened_at = serializers.DateTimeField(help_text="When it was recorded.")
    change = serializers.ChoiceField(choices=ChangeKind.choices)
    practitioner = serializers.CharField(allow_blank=True)
    npi = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True, help_text="As it was then.")
    privileges = serializers.ListField(
        child=serializers.CharField(), help_text="Codes; empty: everything that is granted."
    )
    first_day = serializers.CharField(allow_blank=True)
    last_day = serializers.CharField(allow_blank=True)
    told = serializers.CharField(
        allow_blank=True,
        help_text="Conditions, or the reason the bylaws share. The lookup has the whole.",
    )


class ChangesSerializer(serializers.Serializer):
    """Changes in their order, and where to go on."""

    results = ChangeSerializer(many=True)
    next_after = serializers.IntegerField()
    more = serializers.BooleanField(help_text="Whether there are further ones already.")


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
    specialty = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="Code of the privilege form whose work alone is counted; left out: all of their work.",
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
                "specialty": each.get("specialty", ""),
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


class PerformedCaseSerializer(serializers.Serializer):
    """One performed procedure. Nothing of a patient: a field that is not asked for is refused."""

    encounter = serializers.CharField(
        max_length=40, help_text="A pseudonym: 3 to 40 letters, digits, dashes."
    )
    line = serializers.IntegerField(min_value=1, max_value=999, help_text="Which procedure of the encounter.")
    npi = serializers.CharField(max_length=20)
    system = serializers.CharField(max_length=20, help_text="The code set, as the hospital names it.")
    code = serializers.CharField(max_length=20)
    performed_at = serializers.CharField(
        max_length=40, help_text="Like 2026-03-31 07:30 on the facility's clock, or with an offset."
    )
    site = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    canceled = serializers.BooleanField(required=False, default=False)

    def to_internal_value(self, data):
        """The case; refused with a field nobody asked for."""
        if isinstance(data, dict) and (unknown := sorted(map(str, set(data) - set(self.fields)))):
            raise serializers.ValidationError({unknown[0][:40]: ["This does not belong here; leave it out."]})
        return super().to_internal_value(data)


class CasesSerializer(serializers.Serializer):
    """A delivery of performed cases."""

    facility = serializers.CharField(max_length=20, help_text="Code of the facility.")
    source = serializers.CharField(  # type: ignore[assignment]  # declared fields are no attributes
        max_length=40, help_text="The system it comes from, like or-system."
    )
    name = serializers.CharField(max_length=200, help_text="What it is called in the list of deliveries.")
    cases = PerformedCaseSerializer(
        many=True,
        allow_empty=False,
        max_length=MOST_ROWS,  # type: ignore[call-arg]  # of the list of them
    )


class CasesDeliveredSerializer(serializers.Serializer):
    """What was loaded of the cases."""

    uid = serializers.UUIDField()
    facility = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    name = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    added = serializers.IntegerField()
    replaced = serializers.IntegerField()
    unchanged = serializers.IntegerField()
