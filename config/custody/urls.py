"""Addresses of the custody export."""

from django.urls import path

from config.custody import views

app_name = "custody"

urlpatterns = [
    path("custody/", views.export_list, name="list"),
    path("custody/new/", views.ask, name="new"),
    path("custody/<uuid:uid>/", views.one_export, name="export"),
    path("custody/<uuid:uid>/progress/", views.progress, name="progress"),
    path("custody/<uuid:uid>/approve/", views.approve, name="approve"),
    path("custody/<uuid:uid>/refuse/", views.refuse, name="refuse"),
    path("custody/<uuid:uid>/withdraw/", views.withdraw, name="withdraw"),
    path("custody/<uuid:uid>/again/", views.again, name="again"),
    path("custody/<uuid:uid>/fetch/", views.fetch, name="fetch"),
    path("custody/<uuid:uid>/remove/", views.remove, name="remove"),
]
