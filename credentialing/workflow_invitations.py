"""Transition table of the e-mail that invites to a meeting."""

from credentialing.workflow import mail_workflow

MEETING_INVITATION = mail_workflow(
    "meeting_invitation", "the meeting has changed since, or has begun", office="practitioners.log_contact"
)
