"""Addresses of this room."""

from django.urls import path

from privileging.views import (
    catalogue,
    certificates,
    departures,
    for_a_time,
    fppe,
    lookup,
    publishing,
    requests,
)

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
    path("lookup/changes/", publishing.change_list, name="changes"),
    path("lookup/certificates/", certificates.certificate_list, name="certificates"),
    path("lookup/certificates/<uuid:uid>/", certificates.certificate, name="certificate"),
    path("lookup/certificates/<uuid:uid>/pdf/", certificates.certificate_pdf, name="certificate_pdf"),
    path("practitioners/<uuid:uid>/certify-privileges/", certificates.certify, name="certify"),
    path("lookup/rosters/", publishing.roster_list, name="rosters"),
    path("lookup/rosters/<uuid:uid>/pdf/", publishing.roster_file, {"kind": "pdf"}, name="roster_pdf"),
    path("lookup/rosters/<uuid:uid>/csv/", publishing.roster_file, {"kind": "csv"}, name="roster_csv"),
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
