"""Addresses of the audit trail."""

from django.urls import path

from config.audit import views

app_name = "audit"

urlpatterns = [
    path("audit/", views.trail, name="trail"),
    path("audit/reads/", views.reads, name="reads"),
    path("audit/jobs/", views.jobs, name="jobs"),
    path("audit/<uuid:uid>/", views.event, name="event"),
]
