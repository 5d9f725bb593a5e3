"""What this room mails when a room below acts."""

from bylaws.announced import register, register_call
from credentialing.services.invitations import tell_members
from credentialing.services.member_mails import call_members

register(tell_members)
register_call(call_members)
