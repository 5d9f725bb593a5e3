"""Addresses of this room."""

from django.urls import path

from privileging.views import catalogue, departures, eligibility, for_a_time, fppe, lookup, requests

app_name = "privileging"

urlpatterns = [
    path("applications/<uuid:uid>/privileges/", requests.request_page, name="request"),
    path("applications/<uuid:uid>/privileges/drop/", requests.drop, name="drop_form"),
    path("applications/<uuid:uid>/privileges/cases/", requests.add_cases, name="add_cases"),
    path("applications/<uuid:uid>/privileges/eligible/", eligibility.eligibility, name="eligibility"),
    path("applications/<uuid:uid>/privileges/accept/", eligibility.take_back, name="take_back_in"),
    path("applications/<uuid:uid>/granted/", for_a_time.for_a_time, name="for_a_time"),
    path("applications/<uuid:uid>/granted/longer/", for_a_time.extend, name="extend_granted"),
    path("applications/<uuid:uid>/granted/decide/", for_a_time.decide, name="decide_volunteer"),
    path("privileges/", catalogue.catalogue, name="catalogue"),
    path("privileges/<uuid:uid>/", catalogue.form_version, name="form_version"),
    path("privileges/<uuid:uid>/yaml/", catalogue.form_yaml, name="form_yaml"),
    path("privileges/<uuid:uid>/text/", catalogue.form_text, name="form_text"),
    path("privileges/<uuid:uid>/approve/", catalogue.form_approve, name="form_approve"),
    path("privileges/<uuid:uid>/publish/", catalogue.form_publish, name="form_publish"),
    path("privileges/<uuid:uid>/withdraw/", catalogue.form_withdraw, name="form_withdraw"),
    path("privileges/<uuid:uid>/preview/", catalogue.form_preview, name="form_preview"),
    path("lookup/", lookup.lookup, name="lookup"),
    path("lookup/people/", lookup.people, name="lookup_people"),
    path("lookup/privileges/", lookup.privileges, name="lookup_privileges"),
    path("lookup/who/", lookup.who, name="who_can"),
    path("departures/", departures.departure_list, name="departures"),
    path("departures/who/", departures.who_leaves, name="departure_who"),
    path("departures/record/", departures.record, name="departure_record"),
    path("departures/<uuid:uid>/", departures.departure_page, name="departure"),
    path("departures/<uuid:uid>/take-back/", departures.take_back, name="departure_take_back"),
    path("fppe/", fppe.fppe, name="fppe"),
    path("fppe/<uuid:uid>/", fppe.plan_page, name="fppe_plan"),
    path("fppe/<uuid:uid>/take-up/", fppe.take_up, name="fppe_take_up"),
    path("fppe/<uuid:uid>/start/", fppe.start, name="fppe_start"),
]
