"""The REST API, version 1. Rooms bring their viewsets; permissions are those of the pages."""

app_name = "api"

urlpatterns: list = []
