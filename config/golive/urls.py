"""Addresses of the go-live load."""

from django.urls import path

from config.golive import views

app_name = "golive"

urlpatterns = [path("go-live/", views.new_load, name="new")]
