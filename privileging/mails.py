"""What this room mails: how the return of such a mail is written down."""

from credentialing.choices import MailKind
from credentialing.services import bounces
from privileging.models import ChangeNotice
from privileging.workflow import CHANGE_NOTICE

bounces.register(
    MailKind.CHANGES,
    bounces.Kind(
        ChangeNotice,
        CHANGE_NOTICE,
        ("department__facility",),
        lambda mail: mail.department.address,
        lambda mail: (None, mail.department.facility),
    ),
)
