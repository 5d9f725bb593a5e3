"""Addresses of this room."""

from django.urls import path

from privileging.views import catalogue, departures, for_a_time, fppe, lookup, oppe, proctor, requests

app_name = "privileging"

urlpatterns = [
    path("applications/<uuid:uid>/privileges/", requests.request_page, name="request"),
    path("applications/<uuid:uid>/privileges/drop/", requests.drop, name="drop_form"),
    path("applications/<uuid:uid>/privileges/cases/", requests.add_cases, name="add_cases"),
    path("applications/<uuid:uid>/granted/", for_a_time.for_a_time, name="for_a_time"),
    path("applications/<uuid:uid>/granted/longer/", for_a_time.extend, name="extend_granted"),
    path("applications/<uuid:uid>/granted/decide/", for_a_time.decide, name="decide_volunteer"),
    path("privileges/", catalogue.catalogue, name="catalogue"),
    path("privileges/<uuid:uid>/", catalogue.form_version, name="form_version"),
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
    path("fppe/people/<uuid:uid>/", fppe.person_page, name="fppe_person"),
    path("fppe/people/<uuid:uid>/start/", fppe.start, name="fppe_start"),
    path("fppe/people/<uuid:uid>/proctor/", fppe.name_proctor, name="fppe_name_proctor"),
    path("fppe/people/<uuid:uid>/review/", fppe.review, name="fppe_review"),
    path("fppe/people/<uuid:uid>/extend/", fppe.extend, name="fppe_extend"),
    path("fppe/people/<uuid:uid>/close/", fppe.close, name="fppe_close"),
    path("fppe/people/<uuid:uid>/open/", fppe.open_page, name="fppe_open"),
    path("fppe/proctors/<uuid:uid>/end/", fppe.end_assignment, name="fppe_end_proctor"),
    path("fppe/proctors/<uuid:uid>/case/", fppe.record_case, name="fppe_record_case"),
    path("fppe/cases/<uuid:uid>/take-back/", fppe.take_back_case, name="fppe_take_back_case"),
    path("oppe/", oppe.oppe, name="oppe"),
    path("oppe/cycle/", oppe.cycle_new, name="oppe_cycle"),
    path("oppe/cycles/<uuid:uid>/before-chair/", oppe.before_chair, name="oppe_before_chair"),
    path("oppe/load/", oppe.load, name="oppe_load"),
    path("oppe/profiles/<uuid:uid>/", oppe.profile_page, name="oppe_profile"),
    path("oppe/profiles/<uuid:uid>/sign/", oppe.sign, name="oppe_sign"),
    path("oppe/profiles/<uuid:uid>/paper/", oppe.paper, name="oppe_paper"),
    # Without an account: the token is the right to report. config.logs keeps it out of the log.
    path("proctor/<str:token>/", proctor.proctor, name="proctor"),
]
