"""Practitioners over the API, read only, with the permissions of the pages."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, permissions, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response

from config.kernel import clock
from practitioners.api.serializers import (
    PractitionerDetailSerializer,
    PractitionerSerializer,
    SearchHitSerializer,
    SearchQuery,
)
from practitioners.choices import ContactKind, CredentialCategory
from practitioners.filters import PractitionerFilter
from practitioners.models import CredentialPeriod, Practitioner
from practitioners.policies import may_find, may_view_all
from practitioners.selectors.canonical import Records, records_of
from practitioners.selectors.credentials import periods_of
from practitioners.selectors.file import read_person_parts
from practitioners.selectors.people import get_person, practitioner_list, with_specialty
from practitioners.selectors.search import search

#: Kinds whose content tells of other people or identifies the person; they stay on the pages.
NOT_IN_API = (CredentialCategory.REFERENCE, CredentialCategory.IDENTITY)


class MaySeeFiles(permissions.IsAuthenticated):
    """People who see files; the search alone is also for people who look up privileges."""

    def has_permission(self, request, view):
        """Signed in, with the permission the pages ask for."""
        if not super().has_permission(request, view):
            return False
        return may_find(request.user) if view.action == "search" else may_view_all(request.user)


@extend_schema_view(
    list=extend_schema(
        summary="Practitioners, by name",
        parameters=[
            OpenApiParameter(
                "q", OpenApiTypes.STR, description="Beginnings of words of a name, or of the NPI."
            ),
            OpenApiParameter("provider_type", OpenApiTypes.STR),
            OpenApiParameter("specialty", OpenApiTypes.STR, description="Code of the provider taxonomy."),
            OpenApiParameter("licence_state", OpenApiTypes.STR),
            OpenApiParameter("licence", OpenApiTypes.STR, enum=["confirmed", "claimed", "none"]),
        ],
    ),
    retrieve=extend_schema(summary="One practitioner with names, specialties and credentials"),
)
class PractitionerViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Who they are, and what is claimed and confirmed of them."""

    permission_classes = (MaySeeFiles,)
    serializer_class = PractitionerSerializer
    filter_backends = ()
    lookup_field = "uid"
    lookup_value_regex = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    queryset = Practitioner.objects.none()

    def get_queryset(self):
        """People the caller may see, narrowed like the list page."""
        filterset = PractitionerFilter(
            self.request.query_params,
            queryset=practitioner_list(viewer=self.request.user),
            viewer=self.request.user,
            on=clock.today(),
        )
        if not filterset.form.is_valid():
            raise ValidationError(filterset.form.errors)
        return with_specialty(filterset.qs).order_by("sort_name", "pk")

    @extend_schema(responses=PractitionerDetailSerializer)
    def retrieve(self, request, uid=None):
        """The person with everything currently said of their credentials; 10 queries."""
        person = get_person(viewer=request.user, uid=uid)
        if person is None:
            raise NotFound("There is no such practitioner.")
        records = records_of(person)
        read_person_parts(records)
        person.practice_addresses = [
            point for point in person.contact_points.all() if point.kind == ContactKind.PRACTICE
        ]
        person.credential_list = _credentials(records)
        return Response(PractitionerDetailSerializer(person).data)

    @extend_schema(
        summary="Find people as people type",
        parameters=[SearchQuery],
        responses=SearchHitSerializer(many=True),
    )
    @action(detail=False, pagination_class=None)
    def search(self, request):
        """People by any name, NPI, licence number, or a misspelling; the best first."""
        query = SearchQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        hits = search(viewer=request.user, text=asked["q"], limit=asked["limit"])
        return Response(SearchHitSerializer(hits, many=True).data)


def _credentials(records: Records) -> list[dict]:
    """The credentials with their live periods, in the order of the file."""
    found: dict[int, dict] = {}
    period: CredentialPeriod
    for period in periods_of(records.ids).exclude(identity__credential_type__category__in=NOT_IN_API):
        row = found.setdefault(period.identity_id, {"credential": period.identity, "periods": []})
        row["periods"].append(period)
    return list(found.values())
