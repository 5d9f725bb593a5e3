"""Addresses of this room."""

app_name = "bylaws"

urlpatterns: list = []
