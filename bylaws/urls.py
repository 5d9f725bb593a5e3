"""Addresses of this room."""

from django.urls import path

from bylaws.views import (
    actions,
    bars,
    committees,
    compliance,
    decisions,
    interests,
    meeting_moves,
    meetings,
    policies,
    questions,
    reviews,
)

app_name = "bylaws"

urlpatterns = [
    path("reviews/", reviews.review_list, name="reviews"),
    path("reviews/<uuid:uid>/", reviews.review, name="review"),
    path("reviews/<uuid:uid>/minutes/", decisions.minutes, name="minutes"),
    path("reviews/<uuid:uid>/interests/", interests.interests, name="interests"),
    path("reviews/<uuid:uid>/full-board/", reviews.full_board, name="full_board"),
    path("decisions/<uuid:uid>/", decisions.decision, name="decision"),
    path("meetings/", meetings.meeting_list, name="meetings"),
    path("meetings/new/", meetings.meeting_new, name="meeting_new"),
    path("meetings/<uuid:uid>/", meetings.meeting, name="meeting"),
    path("meetings/<uuid:uid>/act/", meetings.meeting_act, name="meeting_act"),
    path("meetings/<uuid:uid>/move/", meeting_moves.meeting_move, name="meeting_move"),
    path("meetings/<uuid:uid>/cancel/", meetings.meeting_cancel, name="meeting_cancel"),
    path("meetings/<uuid:uid>/presence/", meetings.presence, name="presence"),
    path("meetings/<uuid:uid>/agenda/", meetings.agenda_add, name="agenda_add"),
    path("agenda/<uuid:uid>/act/", meetings.item_act, name="item_act"),
    path("agenda/<uuid:uid>/motion/", meetings.motion_new, name="motion_new"),
    path("motions/<uuid:uid>/act/", meetings.motion_act, name="motion_act"),
    path("committees/", committees.committee_list, name="committees"),
    path("committees/<uuid:uid>/", committees.committee, name="committee"),
    path("committees/seats/<uuid:uid>/end/", committees.seat_end, name="seat_end"),
    path("bars/", bars.bar_list, name="bars"),
    path("bars/suspend/", actions.suspend_find, name="suspend_find"),
    path("bars/<uuid:uid>/", bars.bar, name="bar"),
    path("bars/<uuid:uid>/review/", actions.bar_review, name="bar_review"),
    path("practitioners/<uuid:uid>/suspend/", actions.suspend, name="suspend"),
    path("data-bank/", actions.data_bank, name="data_bank"),
    path("data-bank/questions/", questions.question_list, name="data_bank_questions"),
    path("data-bank/questions/<uuid:uid>/", questions.question_page, name="data_bank_question"),
    path("data-bank/investigations/", questions.investigation_list, name="investigations"),
    path("data-bank/investigations/<uuid:uid>/", questions.investigation_page, name="investigation"),
    path(
        "practitioners/<uuid:uid>/investigations/new/", questions.investigation_new, name="investigation_new"
    ),
    path("data-bank/<uuid:uid>/", actions.data_bank_action, name="data_bank_action"),
    path("practitioners/<uuid:uid>/data-bank/new/", actions.data_bank_new, name="data_bank_new"),
    path("practitioners/<uuid:uid>/bars/new/", bars.bar_new, name="bar_new"),
    path("policies/", policies.policy_list, name="policies"),
    path("policies/add/", policies.policy_add, name="policy_add"),
    path("policies/<uuid:uid>/", policies.policy, name="policy"),
    path("policies/<uuid:uid>/write/", policies.policy_write, name="policy_write"),
    path("policies/<uuid:uid>/<int:number>/approve/", policies.policy_approve, name="policy_approve"),
    path("compliance/", compliance.compliance_page, name="compliance"),
    path("compliance/parameters/", compliance.parameters_page, name="parameters"),
]
