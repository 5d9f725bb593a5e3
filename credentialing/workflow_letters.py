"""Transition table of the e-mail that carries a letter of the office."""

from credentialing.workflow import mail_workflow

LETTER_MAIL = mail_workflow(
    "letter_mail", "the sending was corrected before it went out", office="practitioners.log_contact"
)
