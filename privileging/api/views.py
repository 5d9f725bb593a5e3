"""The lookup and the catalogue over the API, with the permissions of the pages."""

from __future__ import annotations

import uuid

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
    CasesDeliveredSerializer,
    CasesSerializer,
    ChangesQuery,
    ChangesSerializer,
    DeliveredSerializer,
    DeliverySerializer,
    GuardQuery,
    GuardSerializer,
    HoldersSerializer,
    PageQuery,
    PrivilegeSerializer,
)
from privileging.models import CaseDelivery, OPPEBatch, Privilege
from privileging.selectors.booking import guard_booking
from privileging.selectors.lookup import can_perform, for_viewer, who_can
from privileging.selectors.publishing import as_data, changes_after
from privileging.services.oppe import load_values
from privileging.services.performed import load_cases


class MayLookUp(permissions.IsAuthenticated):
    """Holders of the lookup at some facility; each question then asks for it at its own."""

    def has_permission(self, request, view):
        """Signed in, and may ask somewhere."""
        return super().has_permission(request, view) and may(request.user, "privileging.lookup")


def _named(code: str) -> Facility:
    facility = Facility.objects.filter(code__iexact=code.strip()).first()
    if facility is None:
        raise NotFound(f'There is no facility "{code}".')
    return facility


def _facility(user, code: str) -> Facility:
    facility = _named(code)
    require(user, "privileging.lookup", facility)
    return facility


def _practitioner(uid: uuid.UUID | None) -> Practitioner | None:
    """The practitioner of that uid; None where none was given."""
    if uid is None:
        return None
    found = Practitioner.objects.filter(uid=uid).first()
    if found is None:
        raise NotFound("There is no such practitioner.")
    return found


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
        answer = can_perform(
            practitioner=_practitioner(asked.get("practitioner")),
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


class BookingGuardViewSet(viewsets.ViewSet):
    """May this be booked?"""

    permission_classes = (MayLookUp,)

    @extend_schema(
        operation_id="booking_guard",
        summary="May this person be booked for this, here and then?",
        parameters=[GuardQuery],
        responses=GuardSerializer,
    )
    def list(self, request):
        """Allow, warn (with what is to be known first) or block (and whom to call)."""
        query = GuardQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        found = guard_booking(
            viewer=request.user,
            facility=_facility(request.user, asked["facility"]),
            practitioner=_practitioner(asked.get("practitioner")),
            npi=asked.get("npi", ""),
            privilege_code=asked.get("privilege", ""),
            procedure=asked.get("procedure", ""),
            system=asked.get("system", ""),
            at=asked.get("at"),
            site=asked.get("site", ""),
        )
        return Response(found.as_data())


class ChangesViewSet(viewsets.ViewSet):
    """What changed since one last asked."""

    permission_classes = (MayLookUp,)

    @extend_schema(
        operation_id="changes",
        summary="What changed of what people may do here?",
        parameters=[ChangesQuery],
        responses=ChangesSerializer,
    )
    def list(self, request):
        """Grants, their changes and ends, and stops, in the order in which they were published."""
        query = ChangesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        facility = _facility(request.user, asked["facility"])
        rows = list(changes_after(facility, asked["after"], limit=asked["limit"]))
        after = rows[-1].number if rows else asked["after"]
        return Response(
            {
                "results": [as_data(row) for row in rows],
                "next_after": after,
                "more": len(rows) == asked["limit"] and changes_after(facility, after, limit=1).exists(),
            }
        )


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
        facility = _named(sent.validated_data["facility"])
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


class PerformedCasesViewSet(viewsets.ViewSet):
    """Performed cases, delivered by a system of the hospital."""

    permission_classes = (MayDeliver,)

    @extend_schema(
        operation_id="case_deliveries",
        summary="The last deliveries of performed cases",
        responses=CasesDeliveredSerializer(many=True),
    )
    def list(self, request):
        """The last hundred deliveries where the holder of the token runs ongoing evaluation."""
        found = CaseDelivery.objects.filter(
            facility__in=facilities_with(request.user, "privileging.manage_oppe")
        ).select_related("facility")[:100]
        return Response(CasesDeliveredSerializer([_told(each) for each in found], many=True).data)

    @extend_schema(
        operation_id="deliver_cases",
        summary="Deliver performed cases",
        request=CasesSerializer,
        responses={201: CasesDeliveredSerializer},
    )
    def create(self, request):
        """All cases are loaded or none: 422 names each mistake by row and column. A case is known by its
        source, encounter and line: told otherwise it replaces what stood. A delivery that would change
        nothing is refused (409).
        """
        sent = CasesSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        stated = sent.validated_data
        facility = _named(stated["facility"])
        made = load_cases(
            actor=request.user,
            facility=facility,
            source=stated["source"],
            name=stated["name"],
            given=stated["cases"],
            first=1,
        )
        return Response(CasesDeliveredSerializer(_told(made)).data, status=201)


def _told(delivery: CaseDelivery) -> dict[str, object]:
    return {
        "uid": delivery.uid,
        "facility": delivery.facility.code,
        "source": delivery.source,
        "name": delivery.name,
        "recorded_at": delivery.recorded_at,
        "added": delivery.added,
        "replaced": delivery.replaced,
        "unchanged": delivery.unchanged,
    }
