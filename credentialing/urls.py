"""Addresses of this room."""

from django.urls import path

from credentialing.views import (
    answering,
    applications,
    enquiries,
    expirables,
    item_list,
    items,
    npdb,
    renewals,
    screening,
)

app_name = "credentialing"

urlpatterns = [
    path("applications/", applications.application_list, name="list"),
    path("applications/assign/", applications.assign, name="assign"),
    path("practitioners/<uuid:uid>/applications/new/", applications.open_application, name="open"),
    path("applications/<uuid:uid>/", applications.application_file, name="file"),
    path("applications/<uuid:uid>/history/", applications.history, name="history"),
    path("applications/<uuid:uid>/do/<slug:name>/", applications.act, name="act"),
    path("flags/<uuid:uid>/dispose/", applications.dispose_flag, name="dispose_flag"),
    path("verification/", item_list.item_list, name="items"),
    path("verification/<uuid:uid>/", items.item_page, name="item"),
    path("verification/<uuid:uid>/progress/", items.progress, name="progress"),
    path("verification/<uuid:uid>/do/<slug:name>/", items.deed, name="deed"),
    path("verification/<uuid:uid>/form/", enquiries.enquiry_send, name="enquiry_send"),
    path("applications/<uuid:uid>/forms/", enquiries.enquiry_send_all, name="enquiry_send_all"),
    path("enquiries/<uuid:uid>/again/", enquiries.enquiry_again, name="enquiry_again"),
    path("enquiries/<uuid:uid>/came-back/", enquiries.enquiry_bounced, name="enquiry_bounced"),
    path("enquiries/<uuid:uid>/withdraw/", enquiries.enquiry_withdraw, name="enquiry_withdraw"),
    # Without an account: the token is the right to answer. config.logs keeps it out of the log.
    path("answer/<str:token>/", answering.enquiry_answer, name="enquiry_answer"),
    path("npdb/", npdb.log, name="npdb_log"),
    path("practitioners/<uuid:uid>/npdb/add/", npdb.add, name="npdb_add"),
    path("screening/", screening.screening_page, name="screening"),
    path("screening/load/", screening.load_page, name="list_load"),
    path("screening/loads/<uuid:uid>/", screening.upload_page, name="list_upload"),
    path("screening/everyone/", screening.screen_everyone, name="screen_everyone"),
    path("screening/matches/<uuid:uid>/", screening.match_page, name="match"),
    path("practitioners/<uuid:uid>/screen/", screening.screen_person, name="screen"),
    path("practitioners/<uuid:uid>/verify/", renewals.choose, name="verify_choose"),
    path("credentials/<uuid:uid>/verify/", renewals.verify, name="verify"),
    path("expirables/", expirables.expirables, name="expirables"),
    path("reminders/", expirables.outbox, name="reminders"),
    path("reminders/queue/", expirables.queue_now, name="reminders_queue"),
    path("reminders/<uuid:uid>/send-again/", expirables.send_again, name="reminder_again"),
]
