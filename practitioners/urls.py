"""Addresses of this room."""

from django.urls import path

app_name = "practitioners"

urlpatterns: list = []
