"""A practitioner sends the document of a renewal: it waits in the tray, and the office asks the source.

What they send is a claim and no evidence: nothing in their file changes until a colleague of the office has
filed it and asked whoever issued it.
"""

from __future__ import annotations

from django.db import transaction

from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from credentialing.choices import PaperChannel
from credentialing.models import IncomingPaper
from credentialing.selectors.coming_reminders import office_of
from credentialing.selectors.reminded import NOT_NAMED
from credentialing.services.intake import put_into_tray
from practitioners.models import Credential
from practitioners.policies import is_own_record


@transaction.atomic
def send_renewal(*, actor, credential: Credential, file_name: str, content: bytes) -> IncomingPaper:
    """Put the document into the tray of the office where the practitioner belongs, or applies.

    Only for one's own credential (``Forbidden``). Raises ``Refused`` where no office has the practitioner,
    for a kind that never runs out, and for a file that cannot be shown or was sent already. A kind of the
    sections health and identity is not named in the tray.
    """
    if not is_own_record(actor, credential.practitioner):
        raise Forbidden("Only the practitioner sends their own renewal; the office files what it receives.")
    kind = credential.credential_type
    if not kind.expires:
        raise Refused(f"{kind} does not run out.")
    facility = office_of(credential.practitioner)
    if facility is None:
        raise Refused(
            "You are on no staff and have no application under way; write to the hospital's office."
        )
    named = "credential" if kind.category in NOT_NAMED else f"{kind} {credential.state}".strip()
    return put_into_tray(
        actor=actor,
        facility=facility,
        name=file_name,
        content=content,
        channel=PaperChannel.UPLOAD,
        arrived_on=clock.today(facility),
        sender=str(credential.practitioner),
        title=f"Renewal of {named}: {credential.practitioner}",
    )
