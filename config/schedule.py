"""What runs when, without anybody asking: the one list of periodic work, in the terms of Celery beat.

Each entry names a task, its crontab in UTC and nothing else; the task itself decides, per facility and in
the facility's time zone, what is due. Running an entry twice must change nothing.
"""

from typing import Any

from celery.schedules import crontab

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # What the queue lost is taken up again from the rows.
    "sweep the outbox": {"task": "credentialing.tasks.sweep_outbox", "schedule": crontab(minute="*/5")},
    "sweep the verification": {
        "task": "credentialing.tasks.sweep_verification",
        "schedule": crontab(minute="2-59/5"),
    },
    "sweep the uploaded lists": {
        "task": "credentialing.tasks.sweep_uploaded_lists",
        "schedule": crontab(minute="3-59/10"),
    },
    "sweep the screenings of the staff": {
        "task": "credentialing.tasks.sweep_screenings",
        "schedule": crontab(minute="4-59/5"),
    },
    "sweep the mails with forms": {
        "task": "credentialing.tasks.sweep_enquiry_mails",
        "schedule": crontab(minute="1-59/5"),
    },
    "sweep the mails about packets": {
        "task": "credentialing.tasks.sweep_packet_mails",
        "schedule": crontab(minute="4-59/5"),
    },
    "sweep the reminders of enrollments": {
        "task": "credentialing.tasks.sweep_enrolment_mails",
        "schedule": crontab(minute="8-59/10"),
    },
    # They wait a little before they go, so that they can be taken back.
    "send the affiliation letters": {
        "task": "credentialing.tasks.sweep_affiliation_replies",
        "schedule": crontab(minute="*"),
    },
    "sweep the letters of the office": {
        "task": "credentialing.tasks.sweep_letter_mails",
        "schedule": crontab(minute="3-59/5"),
    },
    "sweep the invitations to meetings": {
        "task": "credentialing.tasks.sweep_meeting_invitations",
        "schedule": crontab(minute="1-59/10"),
    },
    "sweep the mails to members": {
        "task": "credentialing.tasks.sweep_member_mails",
        "schedule": crontab(minute="2-59/10"),
    },
    "sweep the reminders of waiting files": {
        "task": "credentialing.tasks.sweep_nudge_mails",
        "schedule": crontab(minute="6-59/10"),
    },
    "sweep what asks for disclosures": {
        "task": "credentialing.tasks.sweep_disclosure_mails",
        "schedule": crontab(minute="7-59/10"),
    },
    "sweep the mails to departments": {
        "task": "privileging.tasks.sweep_change_notices",
        "schedule": crontab(minute="9-59/10"),
    },
    "sweep the imports": {
        "task": "practitioners.tasks.sweep_imports",
        "schedule": crontab(minute="4-59/10"),
    },
    "sweep the custody exports": {
        "task": "config.custody.tasks.sweep_exports",
        "schedule": crontab(minute="7-59/10"),
    },
    # Wards follow what changes the same day, and most of it within a minute.
    "publish what changed of privileges": {
        "task": "privileging.tasks.publish",
        "schedule": crontab(minute="*"),
    },
    # That somebody may do less waits for no hour.
    "mails to departments about stops": {
        "task": "privileging.tasks.tell_of_stops",
        "schedule": crontab(minute="*"),
    },
    # What was done without the privilege is told within minutes of the delivery.
    "judge the cases that were delivered": {
        "task": "privileging.tasks.judge_cases",
        "schedule": crontab(minute="1-59/5"),
    },
    # Counted in hours from the arrival of each volunteer; the period itself ends with that day at the latest.
    "disaster privileges nobody continued in time": {
        "task": "privileging.tasks.end_undecided_volunteers",
        "schedule": crontab(minute="*/5"),
    },
    # Every hour, because midnight comes to each facility at its own hour; the ledger lets each day run once.
    "the night's work of every facility": {
        "task": "credentialing.tasks.nightly",
        "schedule": crontab(minute=10),
    },
    # Every hour, for the same reason; after the night's work, so that what it suspended is on them.
    "surgical rosters": {
        "task": "privileging.tasks.make_rosters",
        "schedule": crontab(minute=50),
    },
    # Every hour, because midnight comes to each facility at its own hour; the ledger lets each day run once.
    "terms that ran out": {
        "task": "privileging.tasks.ask_about_lapses",
        "schedule": crontab(minute=20),
    },
    # At each facility's own hour, and once more before its midnight; the ledger lets each run go once.
    "mails to departments about changes": {
        "task": "privileging.tasks.notify_departments",
        "schedule": crontab(minute="25,55"),
    },
    # Judged again by day: a renewal verified at noon lifts what the night recorded.
    "standing conditions": {
        "task": "bylaws.record_standing_conditions",
        "schedule": crontab(minute=40),
    },
    # After the standing conditions, for what they suspend; the ledger lets each day run once.
    "compliance of every facility": {
        "task": "bylaws.record_compliance",
        "schedule": crontab(minute=45),
    },
    "sweep the runs of compliance asked for": {
        "task": "bylaws.sweep_compliance_asked",
        "schedule": crontab(minute="8-59/10"),
    },
    # In the morning of the hospitals; once in a week for each request.
    "reminders of overdue requests": {
        "task": "bylaws.remind_of_requests",
        "schedule": crontab(minute=20, hour=14),
    },
    "end of written consents": {
        "task": "bylaws.end_written_consents",
        "schedule": crontab(minute=25),
    },
    # Each list as often as it is set up; the file is fetched only where it changed.
    "fetch of exclusion lists": {
        "task": "credentialing.tasks.fetch_due_lists",
        "schedule": crontab(minute=35, hour=6),
    },
    "exclusion screening of whoever was not screened yet": {
        "task": "credentialing.tasks.screen_everyone",
        "schedule": crontab(minute=25, hour=7),
    },
    # Whether each of LEDGERED was done at its hour.
    "the minute tick": {"task": "config.home.tasks.tick", "schedule": crontab(minute="*")},
}

#: Work that is missed when its hour passes without it: each due time has a row in the ledger. A sweep is not
#: among it, since the next one does the same.
LEDGERED = (
    "the night's work of every facility",
    "standing conditions",
    "compliance of every facility",
    "surgical rosters",
    "terms that ran out",
    "mails to departments about changes",
    "fetch of exclusion lists",
    "exclusion screening of whoever was not screened yet",
)
