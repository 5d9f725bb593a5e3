"""Who was told by mail that something waits for them."""

from __future__ import annotations

import uuid

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from bylaws.choices import WaitsFor
from bylaws.selectors.told import address_of
from config.accounts.policies import require
from config.kernel.pages import Column, Crumb, Empty, Table, render_list
from credentialing.choices import MailStatus
from credentialing.selectors.members_told import members_told as mails_about

TOLD = Table(
    caption="Mails",
    order="-written",
    columns=(
        Column("recipient", "To", value="recipient", sort=("recipient__last_name", "recipient__first_name")),
        Column("address", "Address", value="recipient_email", sort="recipient_email", narrow=False),
        Column(
            "state",
            "State",
            value=lambda row: MailStatus(row.status),
            kind="badge",
            sort="status",
            export=lambda row: row.get_status_display(),
        ),
        Column("problem", "What came of it", value="problem", narrow=False),
        Column("sent", "Sent", value="sent_at", kind="moment", sort="sent_at"),
        Column("written", "Written", value="created_at", kind="moment", sort="created_at", page=False),
    ),
)


@login_required
@require_safe
def members_told(request: HttpRequest, what: str, uid: uuid.UUID) -> HttpResponseBase:
    """The mails about one notice, ballot, request, consent, or the minutes of a meeting."""
    require(request.user, "bylaws.run_meeting")
    rows = mails_about(request.user, what, uid)
    if rows is None:
        raise Http404
    label = WaitsFor(what).label
    return render_list(
        request,
        TOLD,
        rows,
        title="Who was told",
        subtitle=f"{label}. The mail says that something waits, and where; nothing of what it is.",
        crumbs=[Crumb(label, address_of(what, uid)), Crumb("Who was told")],
        noun="mail,mails",
        empty=Empty("Nobody was written to.", "None of them has an e-mail address that works."),
    )
