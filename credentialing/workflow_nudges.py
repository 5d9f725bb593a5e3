"""Transition table of the e-mail to whoever must act next on a file."""

from credentialing.workflow import mail_workflow

NUDGE_MAIL = mail_workflow(
    "nudge_mail", "the file waits for that person no more", office="practitioners.log_contact"
)
