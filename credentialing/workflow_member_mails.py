"""Transition table of the e-mail that something waits for a member."""

from credentialing.workflow import mail_workflow

MEMBER_MAIL = mail_workflow("member_mail", "it waits for nobody any more", office="practitioners.log_contact")
