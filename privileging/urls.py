"""Addresses of this room."""

from django.urls import path

from privileging.views import catalogue, fppe, lookup, requests

app_name = "privileging"

urlpatterns = [
    path("applications/<uuid:uid>/privileges/", requests.request_page, name="request"),
    path("applications/<uuid:uid>/privileges/drop/", requests.drop, name="drop_form"),
    path("applications/<uuid:uid>/privileges/cases/", requests.add_cases, name="add_cases"),
    path("privileges/", catalogue.catalogue, name="catalogue"),
    path("privileges/<uuid:uid>/", catalogue.form_version, name="form_version"),
    path("lookup/", lookup.lookup, name="lookup"),
    path("lookup/people/", lookup.people, name="lookup_people"),
    path("lookup/privileges/", lookup.privileges, name="lookup_privileges"),
    path("lookup/who/", lookup.who, name="who_can"),
    path("fppe/", fppe.fppe, name="fppe"),
    path("fppe/<uuid:uid>/", fppe.plan_page, name="fppe_plan"),
    path("fppe/<uuid:uid>/take-up/", fppe.take_up, name="fppe_take_up"),
    path("fppe/<uuid:uid>/start/", fppe.start, name="fppe_start"),
]
