"""Addresses of the frame: Today, search, facility switch."""

app_name = "home"

urlpatterns: list = []
