"""What the lists of this room can be narrowed by."""

from __future__ import annotations

import datetime as dt

import django_filters as filters
from django.db.models import Q, QuerySet

from bylaws.choices import Body
from bylaws.models import ReviewStep
from config.accounts.models import User
from config.accounts.policies import facilities_with
from config.kernel import clock
from config.kernel.day_fields import sensible_day
from config.organization.models import Department, Facility, NPDBEntity
from credentialing.choices import (
    AffiliationChannel,
    AffiliationStatus,
    ApplicationKind,
    ApplicationStatus,
    Element,
    MailStatus,
    MatchClass,
    MatchStatus,
    NPDBQueryKind,
    NPDBReason,
    PaperChannel,
    PaperStatus,
)
from credentialing.forms.applications import DayInput, coordinators_of
from credentialing.models import (
    AffiliationRequest,
    Application,
    FiledPart,
    IncomingPaper,
    NPDBQuery,
    OutboxMessage,
    ScreeningMatch,
    VerificationItem,
)
from credentialing.models.applications import OPEN_STATUSES
from credentialing.selectors.expirables import near, of_department
from credentialing.selectors.items import items_waiting
from credentialing.selectors.overdue import reappointments_lapsed
from credentialing.selectors.screening import INFORMATION, STANDING
from practitioners.models import CredentialPeriod, CredentialType

WAITING_FOR = (
    ("coordinator", "Coordinator"),
    ("applicant", "Applicant"),
    *((str(body), body.label) for body in Body),
)
COORDINATORS_TURN = (
    ApplicationStatus.DRAFT,
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.IN_VERIFICATION,
    ApplicationStatus.COMPLETE,
)
STATUS_GROUPS = (
    ("open", "All open"),
    ("new", "Not accepted yet"),
    ("working", "In verification or complete"),
    ("lapsed", "Reappointment late: the term has lapsed"),
)
GROUPED = {
    "open": OPEN_STATUSES,
    "new": (ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED),
    "working": (ApplicationStatus.IN_VERIFICATION, ApplicationStatus.COMPLETE),
}
ITEMS_WAITING = (
    ("review", "Answers to review"),
    ("chase", "Sources to chase"),
    ("unable", "Could not be verified"),
    ("new", "Not asked yet"),
)
WINDOWS = (
    ("now", "Ran out lately, or will in 30 days"),
    ("past", "Ran out"),
    ("30", "In the next 30 days"),
    ("90", "In the next 90 days"),
    ("365", "In the next year"),
)


def by_name(queryset: QuerySet, text: str, path: str = "practitioner") -> QuerySet:
    """Rows of a person whose name or NPI holds every word."""
    for word in text.split()[:5]:
        queryset = queryset.filter(
            Q(**{f"{path}__display_name__icontains": word}) | Q(**{f"{path}__npi__startswith": word})
        )
    return queryset


def _offer_facilities(offered, viewer) -> list[int]:
    """Let people of several facilities choose one; nobody else is asked. Answers the facilities' ids."""
    places = facilities_with(viewer, "credentialing.view")
    if len(places) > 1:
        offered["facility"].queryset = Facility.objects.filter(pk__in=places)
    else:
        del offered["facility"]
    return places


class ApplicationFilter(filters.FilterSet):
    """Applications by person, state, place and whose turn it is."""

    #: Filters that stand open; the others are folded under "More filters".
    chief = ("q", "status", "kind", "coordinator")

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    status = filters.ChoiceFilter(
        label="Status",
        choices=(*STATUS_GROUPS, *ApplicationStatus.choices),
        method="filter_status",
        empty_label="Any",
    )
    kind = filters.ChoiceFilter(label="Kind", choices=ApplicationKind.choices, empty_label="Any")
    facility = filters.ModelChoiceFilter(
        label="Facility", queryset=Facility.objects.none(), to_field_name="code", empty_label="Any"
    )
    department = filters.ChoiceFilter(label="Department", field_name="department_id", empty_label="Any")
    coordinator = filters.ModelChoiceFilter(
        label="Coordinator", queryset=User.objects.none(), to_field_name="uid", empty_label="Any"
    )
    waiting = filters.ChoiceFilter(
        label="Waiting for", choices=WAITING_FOR, method="filter_waiting", empty_label="Anyone"
    )

    class Meta:
        model = Application
        fields = ("q", "status", "kind", "facility", "department", "coordinator", "waiting")

    def __init__(self, *args, viewer, **kwargs):
        super().__init__(*args, **kwargs)
        places = _offer_facilities(self.filters, viewer)
        self.filters["coordinator"].queryset = coordinators_of(places)
        offered = Department.objects.filter(facility__in=places).order_by("facility__code", "name")
        self.filters["department"].extra["choices"] = [
            (str(pk), f"{code}: {name}")
            for pk, code, name in offered.values_list("pk", "facility__code", "name")
        ]

    def filter_q(self, queryset, name, value):
        """Name or NPI."""
        return by_name(queryset, value)

    def filter_status(self, queryset, name, value):
        """One status, or a group of them."""
        if value == "lapsed":
            return reappointments_lapsed(queryset, on=clock.today())
        return queryset.filter(status__in=GROUPED.get(value, (value,)))

    def filter_waiting(self, queryset, name, value):
        """Whose turn it is."""
        if value == "coordinator":
            return queryset.filter(status__in=COORDINATORS_TURN)
        if value == "applicant":
            return queryset.filter(status=ApplicationStatus.INCOMPLETE)
        steps = ReviewStep.objects.filter(
            body=value, status__in=("open", "deferred"), case__status="open"
        ).values("case__subject_uid")
        return queryset.filter(status=ApplicationStatus.IN_REVIEW, uid__in=steps)


class ExpirableFilter(filters.FilterSet):
    """Credentials that run out, by kind and time."""

    #: Counted after it is shown: of a large staff it reads every credential that ends in the year.
    long = True
    q = filters.CharFilter(label="Practitioner", method="filter_q")
    type = filters.ModelChoiceFilter(
        label="Credential",
        field_name="identity__credential_type",
        queryset=CredentialType.objects.filter(expires=True, active=True),
        to_field_name="code",
        empty_label="Any",
    )
    window = filters.ChoiceFilter(
        label="When", choices=WINDOWS, method="filter_window", empty_label="Any time"
    )
    standing = filters.ChoiceFilter(
        label="What is known",
        choices=(
            ("confirmed", "Confirmed by a source"),
            ("claimed", "Claimed only"),
            ("renewal", "Renewal claimed, not confirmed"),
        ),
        empty_label="Anything",
        method="filter_standing",
    )
    department = filters.ModelChoiceFilter(
        label="Department",
        queryset=Department.objects.none(),
        empty_label="Any",
        method="filter_department",
    )

    class Meta:
        model = CredentialPeriod
        fields = ("q", "type", "window", "standing", "department")

    def __init__(self, *args, today: dt.date, facility: Facility, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.filters["department"].queryset = Department.objects.filter(facility=facility)

    def filter_department(self, queryset, name, value):
        """Of people appointed to the department today, or who apply to it."""
        return queryset.filter(of_department(value, self.today))

    def filter_standing(self, queryset, name, value):
        """What is known of it: confirmed, only claimed, or confirmed with a renewal that waits."""
        if value == "renewal":
            return queryset.filter(renewal_claimed=True)
        return queryset.filter(standing=value)

    def filter_q(self, queryset, name, value):
        """Name or NPI."""
        return by_name(queryset, value, "identity__practitioner")

    def filter_window(self, queryset, name, value):
        """Ran out already, or within so many days."""
        if value == "past":
            return queryset.filter(valid__endswith__lte=self.today)
        if value == "now":
            return queryset.filter(near(self.today))
        last = self.today + dt.timedelta(days=int(value) + 1)
        return queryset.filter(valid__endswith__gt=self.today, valid__endswith__lte=last)


class ItemFilter(filters.FilterSet):
    """Verifications of open files by what they wait for."""

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    waiting = filters.ChoiceFilter(
        label="What", choices=ITEMS_WAITING, method="filter_waiting", empty_label="Everything open"
    )
    element = filters.ChoiceFilter(label="Element", choices=Element.choices, empty_label="Any")
    facility = filters.ModelChoiceFilter(
        label="Facility",
        field_name="application__facility",
        queryset=Facility.objects.none(),
        to_field_name="code",
        empty_label="Any",
    )
    coordinator = filters.ModelChoiceFilter(
        label="Coordinator",
        field_name="application__coordinator",
        queryset=User.objects.none(),
        to_field_name="uid",
        empty_label="Any",
    )

    class Meta:
        model = VerificationItem
        fields = ("q", "waiting", "element", "facility", "coordinator")

    def __init__(self, *args, viewer, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["coordinator"].queryset = coordinators_of(_offer_facilities(self.filters, viewer))

    def filter_q(self, queryset, name, value):
        """Name or NPI."""
        return by_name(queryset, value, "application__practitioner")

    def filter_waiting(self, queryset, name, value):
        """What it waits for."""
        return items_waiting(queryset, value)


class AffiliationFilter(filters.FilterSet):
    """Requests for affiliation letters by words, how far they are and whether a release came."""

    q = filters.CharFilter(label="Name, organization or reference", method="filter_q")
    status = filters.ChoiceFilter(
        label="Status",
        choices=(("open", "All open"), *AffiliationStatus.choices),
        method="filter_status",
        empty_label="Any",
    )
    channel = filters.ChoiceFilter(label="Came by", choices=AffiliationChannel.choices, empty_label="Any")
    known = filters.ChoiceFilter(
        label="Person",
        choices=(("yes", "Recognized"), ("no", "Not recognized")),
        method="filter_known",
        empty_label="Any",
    )

    class Meta:
        model = AffiliationRequest
        fields = ("q", "status", "channel", "known")

    def filter_q(self, queryset, name, value):
        """Words of whom it is about, who asks, the reference, or the practitioner's name or NPI."""
        for word in value.split()[:5]:
            queryset = queryset.filter(
                Q(about_last_name__icontains=word)
                | Q(about_first_name__icontains=word)
                | Q(about_npi__startswith=word)
                | Q(asker_name__icontains=word)
                | Q(asker_organization__icontains=word)
                | Q(asker_email__icontains=word)
                | Q(reference__icontains=word)
                | Q(practitioner__display_name__icontains=word)
            )
        return queryset

    def filter_status(self, queryset, name, value):
        """One status, or whatever somebody has to do something about."""
        if value == "open":
            return queryset.filter(status__in=(AffiliationStatus.TO_ANSWER, AffiliationStatus.CAME_BACK))
        return queryset.filter(status=value)

    def filter_known(self, queryset, name, value):
        """Whether the person is found on file."""
        return queryset.filter(practitioner__isnull=value == "no")


class MatchFilter(filters.FilterSet):
    """Matches by how far their review is and how strong they are."""

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    status = filters.ChoiceFilter(label="Review", choices=MatchStatus.choices, empty_label="Any")
    match_class = filters.ChoiceFilter(
        label="Strength",
        choices=(("attention", "Strong or possible, to be decided"), *MatchClass.choices),
        method="filter_class",
        empty_label="Any",
    )

    class Meta:
        model = ScreeningMatch
        fields = ("q", "status", "match_class")

    def filter_q(self, queryset, name, value):
        """Name or NPI."""
        return by_name(queryset, value)

    def filter_class(self, queryset, name, value):
        """One strength, or whatever somebody has to look at."""
        if value == "attention":
            return queryset.exclude(INFORMATION).filter(STANDING)
        return queryset.filter(match_class=value)


class QueryFilter(filters.FilterSet):
    """Queries of the data bank by person, entity, kind and day."""

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    kind = filters.ChoiceFilter(label="Kind", choices=NPDBQueryKind.choices, empty_label="Any")
    reason = filters.ChoiceFilter(label="Reason", choices=NPDBReason.choices, empty_label="Any")
    entity = filters.ModelChoiceFilter(
        label="Entity",
        field_name="npdb_entity",
        queryset=NPDBEntity.objects.none(),
        to_field_name="code",
        empty_label="Any",
    )
    since = filters.DateFilter(
        label="Queried since",
        field_name="queried_on",
        lookup_expr="gte",
        widget=DayInput(),
        validators=[sensible_day],
    )

    class Meta:
        model = NPDBQuery
        fields = ("q", "kind", "reason", "entity", "since")

    def __init__(self, *args, viewer, **kwargs):
        super().__init__(*args, **kwargs)
        places = {
            *facilities_with(viewer, "credentialing.view"),
            *facilities_with(viewer, "credentialing.screen"),
        }
        entities = NPDBEntity.objects.filter(facilities__in=places).distinct().order_by("name")
        if len(entities) > 1:
            self.filters["entity"].queryset = entities
        else:
            del self.filters["entity"]

    def filter_q(self, queryset, name, value):
        """Name, NPI or DCN."""
        return by_name(queryset, value) | queryset.filter(dcn__iexact=value.strip())


class MessageFilter(filters.FilterSet):
    """Reminders by state."""

    q = filters.CharFilter(label="Practitioner", method="filter_q")
    status = filters.ChoiceFilter(label="Status", choices=MailStatus.choices, empty_label="Any")

    class Meta:
        model = OutboxMessage
        fields = ("q", "status")

    def filter_q(self, queryset, name, value):
        """Name or NPI."""
        return by_name(queryset, value)


class PaperFilter(filters.FilterSet):
    """Incoming papers by what they are called, where they went and how far they are."""

    q = filters.CharFilter(label="Title or person", method="filter_q")
    status = filters.ChoiceFilter(label="Status", choices=PaperStatus.choices, empty_label="Any")
    channel = filters.ChoiceFilter(label="Arrived by", choices=PaperChannel.choices, empty_label="Any")

    class Meta:
        model = IncomingPaper
        fields = ("q", "status", "channel")

    def filter_q(self, queryset, name, value):
        """Words of title, sender or file name, or a person in whose file something of it is."""
        words = value.strip()
        theirs = by_name(FiledPart.objects.filter(undone_at__isnull=True), words).values("paper_id")
        return queryset.filter(
            Q(title__icontains=words)
            | Q(sender__icontains=words)
            | Q(file_name__icontains=words)
            | Q(pk__in=theirs)
        )
