"""What this room adds to the API."""

from privileging.api.views import (
    BookingGuardViewSet,
    CanPerformViewSet,
    ChangesViewSet,
    OPPEValuesViewSet,
    PerformedCasesViewSet,
    PrivilegeViewSet,
    WhoCanViewSet,
)

urlpatterns: list = []


def register(router) -> None:
    """Add the viewsets to the API's router."""
    router.register("lookup/can-perform", CanPerformViewSet, basename="can-perform")
    router.register("lookup/who-can", WhoCanViewSet, basename="who-can")
    router.register("oppe/values", OPPEValuesViewSet, basename="oppe-values")
    router.register("cases", PerformedCasesViewSet, basename="cases")
    router.register("lookup/booking-guard", BookingGuardViewSet, basename="booking-guard")
    router.register("lookup/changes", ChangesViewSet, basename="changes")
    router.register("privileges", PrivilegeViewSet, basename="privilege")
