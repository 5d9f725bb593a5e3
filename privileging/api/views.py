"""The lookup and the catalogue over the API, with the permissions of the pages."""

from __future__ import annotations

from django.db.models import Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, permissions, viewsets
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from config.accounts.policies import facilities_with, may, require
from config.organization.models import Facility
from practitioners.models import Practitioner
from privileging.api.serializers import (
    AnswerSerializer,
    CanPerformQuery,
    DeliveredSerializer,
    DeliverySerializer,
    HoldersSerializer,
    PageQuery,
    PrivilegeSerializer,
)
from privileging.models import OPPEBatch, Privilege
from privileging.selectors.lookup import can_perform, for_viewer, who_can
from privileging.services.oppe import load_values


class MayLookUp(permissions.IsAuthenticated):
    """Holders of the lookup at some facility; each question then asks for it at its own."""

    def has_permission(self, request, view):
        """Signed in, and may ask somewhere."""
        return super().has_permission(request, view) and may(request.user, "privileging.lookup")


def _facility(user, code: str) -> Facility:
    facility = Facility.objects.filter(code__iexact=code.strip()).first()
    if facility is None:
        raise NotFound(f'There is no facility "{code}".')
    require(user, "privileging.lookup", facility)
    return facility


class CanPerformViewSet(viewsets.ViewSet):
    """May this person do this here, on this day?"""

    permission_classes = (MayLookUp,)

    @extend_schema(
        operation_id="can_perform",
        summary="May this person do this here?",
        parameters=[CanPerformQuery],
        responses=AnswerSerializer,
    )
    def list(self, request):
        """One answer: yes (with conditions, since when, on whose authority), no (and why), or unknown."""
        query = CanPerformQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        facility = _facility(request.user, asked["facility"])
        practitioner = None
        if asked.get("practitioner"):
            practitioner = Practitioner.objects.filter(uid=asked["practitioner"]).first()
            if practitioner is None:
                raise NotFound("There is no such practitioner.")
        answer = can_perform(
            practitioner=practitioner,
            npi=asked.get("npi", ""),
            privilege_code=asked["privilege"],
            facility=facility,
            on=asked.get("on"),
            known_at=asked.get("known_at"),
        )
        return Response(for_viewer(answer, request.user).as_data())


class WhoCanViewSet(viewsets.ViewSet):
    """Who may do this here, on this day?"""

    permission_classes = (MayLookUp,)

    @extend_schema(
        operation_id="who_can",
        summary="Who may do this here?",
        parameters=[PageQuery],
        responses=HoldersSerializer,
    )
    def list(self, request):
        """Everybody of whom ``can-perform`` says yes, by name: the count, and the stretch asked for."""
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = who_can(
            privilege_code=asked["privilege"],
            facility=_facility(request.user, asked["facility"]),
            on=asked.get("on"),
            known_at=asked.get("known_at"),
            limit=asked["limit"],
            offset=asked["offset"],
        )
        return Response(found.as_data())


@extend_schema(
    parameters=[
        OpenApiParameter("search", str, description="Part of the code or of the name.", required=False)
    ]
)
class PrivilegeViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """The privileges of the catalogue, by code."""

    permission_classes = (MayLookUp,)
    serializer_class = PrivilegeSerializer
    queryset = Privilege.objects.order_by("code")
    lookup_field = "code"
    lookup_value_regex = "[A-Za-z0-9_-]+"

    def get_queryset(self):
        """All of them, or those that contain what is searched for."""
        text = self.request.query_params.get("search", "").strip()
        found = super().get_queryset()
        return found.filter(Q(code__icontains=text) | Q(name__icontains=text)) if text else found


class MayDeliver(permissions.IsAuthenticated):
    """Those who run ongoing evaluation somewhere; each delivery then asks at its own facility."""

    def has_permission(self, request, view):
        """Signed in, and may deliver somewhere."""
        return super().has_permission(request, view) and may(request.user, "privileging.manage_oppe")


class OPPEValuesViewSet(viewsets.ViewSet):
    """Values of ongoing evaluation, delivered by the quality system."""

    permission_classes = (MayDeliver,)

    @extend_schema(
        operation_id="oppe_deliveries",
        summary="The last deliveries of values",
        responses=DeliveredSerializer(many=True),
    )
    def list(self, request):
        """The last hundred deliveries where the holder of the token runs ongoing evaluation."""
        found = OPPEBatch.objects.filter(
            facility__in=facilities_with(request.user, "privileging.manage_oppe")
        ).select_related("facility")[:100]
        return Response(DeliveredSerializer([_delivered(each) for each in found], many=True).data)

    @extend_schema(
        operation_id="deliver_oppe_values",
        summary="Deliver values of ongoing evaluation",
        request=DeliverySerializer,
        responses={201: DeliveredSerializer},
    )
    def create(self, request):
        """All values are loaded or none: 422 names each mistake by row and column. The same values twice
        are refused (409).
        """
        sent = DeliverySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        facility = Facility.objects.filter(code__iexact=sent.validated_data["facility"].strip()).first()
        if facility is None:
            raise NotFound("There is no such facility.")
        batch = load_values(
            actor=request.user,
            facility=facility,
            name=sent.validated_data["name"],
            given=sent.rows(),
            first=1,
        )
        return Response(DeliveredSerializer(_delivered(batch)).data, status=201)


def _delivered(batch: OPPEBatch) -> dict[str, object]:
    return {
        "uid": batch.uid,
        "facility": batch.facility.code,
        "name": batch.name,
        "values": batch.number,
        "recorded_at": batch.recorded_at,
    }
