"""What this room adds to the API."""

from practitioners.api.views import PractitionerViewSet


def register(router) -> None:
    """Add the viewsets to the API's router."""
    router.register("practitioners", PractitionerViewSet, basename="practitioner")
