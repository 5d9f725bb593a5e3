"""What this room mails when a room below acts."""

from bylaws.announced import register
from credentialing.services.invitations import tell_members

register(tell_members)
