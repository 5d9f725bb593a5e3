"""Addresses of this room."""

from django.urls import path

from credentialing.views import (
    applications,
    expirables,
    filing,
    intake,
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
    path("incoming/", intake.papers, name="papers"),
    path("incoming/add/", intake.add, name="paper_add"),
    path("incoming/people/", filing.people, name="paper_people"),
    path("incoming/kinds/", filing.kinds, name="paper_kinds"),
    path("incoming/<uuid:uid>/", filing.paper, name="paper"),
    path("incoming/<uuid:uid>/pages/<int:number>/", intake.page_picture, name="paper_page"),
    path("incoming/<uuid:uid>/original/", intake.original, name="paper_original"),
    path("incoming/<uuid:uid>/many/", filing.many, name="paper_many"),
    path("incoming/<uuid:uid>/finish/", intake.finish, name="paper_finish"),
    path("incoming/<uuid:uid>/discard/", intake.discard, name="paper_discard"),
    path("incoming/<uuid:uid>/erase/", intake.erase, name="paper_erase"),
    path("incoming/<uuid:uid>/reopen/", intake.reopen, name="paper_reopen"),
    path("incoming/parts/<uuid:uid>/undo/", filing.undo, name="part_undo"),
    path("expirables/", expirables.expirables, name="expirables"),
    path("reminders/", expirables.outbox, name="reminders"),
    path("reminders/queue/", expirables.queue_now, name="reminders_queue"),
    path("reminders/<uuid:uid>/send-again/", expirables.send_again, name="reminder_again"),
]
