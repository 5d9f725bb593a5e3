"""Who is invited to a meeting, and how far each invitation is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bylaws.choices import MeetingStatus
from bylaws.models import Meeting
from bylaws.selectors.calendar import invited
from credentialing.choices import InvitationMethod, MailStatus
from credentialing.models import MeetingInvitation

NOT_ARRIVED = (MailStatus.FAILED, MailStatus.RETURNED)


@dataclass(frozen=True)
class Invited:
    """One person and the newest mail to them; ``current``: it tells of the meeting as it is now."""

    user: Any
    mail: MeetingInvitation | None
    current: bool

    @property
    def badge(self) -> MailStatus | None:
        """How far the mail is; None where there is none."""
        return MailStatus(self.mail.status) if self.mail is not None else None

    @property
    def missing(self) -> bool:
        """Whether they can be invited and are not."""
        return not self.current and bool(self.user.email)


def _is_current(mail: MeetingInvitation | None, user: Any, meeting: Meeting) -> bool:
    """Whether the mail asks the person to the meeting as it is now, and can be believed to arrive. One that
    failed at an address is not written again to the same.
    """
    return (
        mail is not None
        and mail.method == InvitationMethod.REQUEST
        and mail.sequence == meeting.sequence
        and not (mail.status in NOT_ARRIVED and mail.recipient_email != user.email)
    )


def invitations_of(meeting: Meeting) -> list[Invited]:
    """Everybody to be invited, then who was and is no longer; five queries."""
    rows = MeetingInvitation.objects.filter(meeting=meeting).select_related("recipient")
    newest = {row.recipient_id: row for row in rows.order_by("sequence", "pk")}
    coming = [] if meeting.status == MeetingStatus.CANCELLED else invited(meeting)
    found = [
        Invited(user, mail, _is_current(mail, user, meeting))
        for user in coming
        for mail in [newest.pop(user.pk, None)]
    ]
    return [*found, *(Invited(row.recipient, row, current=True) for row in newest.values())]
