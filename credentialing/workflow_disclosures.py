"""Transition table of the e-mail that asks for a yearly disclosure of interests."""

from credentialing.workflow import mail_workflow

DISCLOSURE_MAIL = mail_workflow(
    "disclosure_mail", "the disclosure was made, or is owed no more", office="practitioners.log_contact"
)
