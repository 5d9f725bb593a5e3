"""What may be seen of a social security number without revealing it."""

from __future__ import annotations

import re

from django.db.models import F, QuerySet
from django.views.decorators.debug import sensitive_variables

from config.accounts.choices import DataClass
from config.accounts.policies import may_see_class
from config.kernel.encryption import decrypt
from practitioners.models import Practitioner, SocialSecurityNumber, SsnComparison
from practitioners.policies import is_own_file
from practitioners.selectors.people import visible_practitioners
from practitioners.services.protected import last_four_lookup

_FOUR = re.compile(r"[0-9]{4}")


@sensitive_variables()
def ssn_ending(viewer, practitioner: Practitioner) -> str | None:
    """The last four digits for those whose roles open identity data, empty when none is on file; None for
    everybody else. No query where the person was read with the row.
    """
    if not may_see_class(viewer, DataClass.IDENTITY) or is_own_file(viewer, practitioner):
        return None
    row: SocialSecurityNumber | None = getattr(practitioner, "social_security_number", None)
    if row is None or not row.last_four_lookup:
        return ""
    return decrypt(bytes(row.ciphertext)).decode()[-4:]


def ssn_contradicted(practitioner: Practitioner) -> bool:
    """Whether a source gave another number than the one on file, and has not agreed since; never which. One
    query. A number recorded anew has to be compared anew.
    """
    newest = (
        SsnComparison.objects.filter(
            practitioner=practitioner,
            compared_at__gte=F("practitioner__social_security_number__recorded_at"),
        )
        .order_by("source", "-compared_at", "-pk")
        .distinct("source")
    )
    return any(not each.agrees for each in newest)


@sensitive_variables()
def people_with_ssn_ending(viewer, digits: str) -> QuerySet[Practitioner]:
    """People whose number ends in exactly these four digits, for those who see files and identity data;
    nobody for everybody else, and for anything but four digits.
    """
    people = visible_practitioners(viewer)
    if not _FOUR.fullmatch(digits) or not may_see_class(viewer, DataClass.IDENTITY):
        return people.none()
    return people.filter(social_security_number__last_four_lookup=last_four_lookup(digits)).exclude(
        user=viewer.pk
    )
