"""Addresses of this room."""

from django.urls import path

from practitioners.views import (
    accounts,
    adding,
    claims,
    contact_log,
    disclosures,
    files,
    identifiers,
    lists,
    papers,
    people,
    protected,
    provenance,
    timeline,
)

app_name = "practitioners"

urlpatterns = [
    path("practitioners/", lists.practitioner_list_page, name="list"),
    path("practitioners/new/", adding.new_practitioner, name="new"),
    path("practitioners/mine/", accounts.my_file, name="mine"),
    path("practitioners/link-account/", accounts.link_account, name="link_account"),
    path("practitioners/<uuid:uid>/", files.practitioner_file, name="file"),
    path("practitioners/<uuid:uid>/more/", files.more, name="more"),
    path("practitioners/<uuid:uid>/completeness/", files.completeness, name="completeness"),
    path("practitioners/<uuid:uid>/disclosures/", disclosures.disclosures, name="disclosures"),
    path("practitioners/<uuid:uid>/disclosures/answer/", disclosures.answer, name="disclosures_answer"),
    path("practitioners/<uuid:uid>/timeline/", timeline.timeline, name="timeline"),
    path("practitioners/<uuid:uid>/timeline/explain/", timeline.explain, name="gap_explain"),
    path("gap-explanations/<uuid:uid>/withdraw/", timeline.withdraw, name="gap_withdraw"),
    path("practitioners/<uuid:uid>/papers/", files.papers, name="papers"),
    path("practitioners/<uuid:uid>/history/", files.history, name="history"),
    path("practitioners/<uuid:uid>/birth-date/", files.birth_date, name="birth_date"),
    path("practitioners/<uuid:uid>/edit/", people.edit_person, name="edit"),
    path("practitioners/<uuid:uid>/names/add/", people.add_name, name="name_add"),
    path("practitioners/<uuid:uid>/names/<int:pk>/edit/", people.edit_name, name="name_edit"),
    path("practitioners/<uuid:uid>/names/<int:pk>/remove/", people.remove_name, name="name_remove"),
    path("practitioners/<uuid:uid>/contact/<slug:kind>/", people.set_contact, name="contact"),
    path("practitioners/<uuid:uid>/specialties/", people.set_specialties, name="specialties"),
    path("practitioners/<uuid:uid>/numbers/add/", identifiers.identifier_add, name="identifier_add"),
    path(
        "practitioners/<uuid:uid>/numbers/<int:pk>/edit/", identifiers.identifier_edit, name="identifier_edit"
    ),
    path(
        "practitioners/<uuid:uid>/numbers/<int:pk>/remove/",
        identifiers.identifier_remove,
        name="identifier_remove",
    ),
    path("practitioners/<uuid:uid>/ssn/", protected.ssn_record, name="ssn_record"),
    path("practitioners/<uuid:uid>/ssn/reveal/", protected.ssn_reveal, name="ssn_reveal"),
    path("practitioners/<uuid:uid>/ssn/remove/", protected.ssn_remove, name="ssn_remove"),
    path("statements/<uuid:uid>/", provenance.conflict, name="conflict"),
    path("practitioners/<uuid:uid>/contact-log/", contact_log.contact_log, name="contact_log"),
    path("contact-log/<uuid:uid>/done/", contact_log.follow_up_done, name="follow_up_done"),
    path("contact-log/<uuid:uid>/reopen/", contact_log.follow_up_reopen, name="follow_up_reopen"),
    path("follow-ups/", contact_log.follow_ups, name="follow_ups"),
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
