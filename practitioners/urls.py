"""Addresses of this room."""

from django.urls import path

from practitioners.views import claims, duplicates, files, lists, papers, people

app_name = "practitioners"

urlpatterns = [
    path("practitioners/", lists.practitioner_list_page, name="list"),
    path("practitioners/new/", people.new_practitioner, name="new"),
    path("practitioners/duplicates/", duplicates.duplicates, name="duplicates"),
    path("practitioners/<uuid:uid>/and/<uuid:other>/", duplicates.pair, name="pair"),
    path("practitioners/<uuid:uid>/merge/<uuid:other>/", duplicates.merge, name="merge"),
    path("practitioners/<uuid:uid>/take-apart/", duplicates.apart, name="take_apart"),
    path("practitioners/<uuid:uid>/", files.practitioner_file, name="file"),
    path("practitioners/<uuid:uid>/more/", files.more, name="more"),
    path("practitioners/<uuid:uid>/papers/", files.papers, name="papers"),
    path("practitioners/<uuid:uid>/export/", files.export, name="export"),
    path("practitioners/<uuid:uid>/history/", files.history, name="history"),
    path("practitioners/<uuid:uid>/birth-date/", files.birth_date, name="birth_date"),
    path("practitioners/<uuid:uid>/edit/", people.edit_person, name="edit"),
    path("practitioners/<uuid:uid>/names/add/", people.add_name, name="name_add"),
    path("practitioners/<uuid:uid>/names/<int:pk>/edit/", people.edit_name, name="name_edit"),
    path("practitioners/<uuid:uid>/names/<int:pk>/remove/", people.remove_name, name="name_remove"),
    path("practitioners/<uuid:uid>/contact/<slug:kind>/", people.set_contact, name="contact"),
    path("practitioners/<uuid:uid>/specialties/", people.set_specialties, name="specialties"),
    path("practitioners/<uuid:uid>/claims/add/", claims.choose_kind, name="claims"),
    path("practitioners/<uuid:uid>/claims/<slug:code>/add/", claims.add_claim, name="claim_add"),
    path("credentials/<uuid:uid>/claim/", claims.edit_claim, name="claim_edit"),
    path("credentials/<uuid:uid>/withdraw/", claims.withdraw, name="claim_withdraw"),
    path("practitioners/<uuid:uid>/documents/upload/", papers.upload, name="document_upload"),
    path("documents/<uuid:uid>/", papers.document, name="document"),
    path("documents/<uuid:uid>/redact/", papers.document_redact, name="document_redact"),
    path("evidence/<uuid:uid>/", papers.evidence, name="evidence"),
    path("evidence/<uuid:uid>/content/", papers.evidence_content, name="evidence_content"),
    path("evidence/<uuid:uid>/verify/", papers.evidence_verify, name="evidence_verify"),
    path("evidence/<uuid:uid>/redact/", papers.evidence_redact, name="evidence_redact"),
    path("letters/<uuid:uid>/", papers.letter, name="letter"),
]
