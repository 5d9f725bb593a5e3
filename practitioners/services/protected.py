"""The social security number: kept encrypted and apart, found by keyed hashes, shown once with a reason.

No event, log line, message or sentence carries it. The row stays when a number was recorded by mistake; what
it held does not.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from config.accounts.choices import DataClass
from config.accounts.policies import is_system, require_class
from config.audit.services.events import record_event, record_protected_read
from config.kernel import clock
from config.kernel.encryption import decrypt, encrypt, lookup_hash
from config.kernel.errors import Refused
from practitioners.choices import SaidBy
from practitioners.models import Practitioner, SocialSecurityNumber, SsnComparison
from practitioners.policies import may_view, require_change
from practitioners.rules.ssn import check_ssn, holds_ssn, ssn_written
from practitioners.services.people import lock_practitioner

REVEAL = "practitioners.reveal_ssn"
EDIT = "practitioners.edit"
LONGEST_REASON = 1000


def nobodys_lookup() -> str:
    """What finds a number that was removed: nobody's number, and unique."""
    return lookup_hash(f"removed:{uuid.uuid4()}")


def ssn_lookup(digits: str) -> str:
    """What finds the whole number."""
    return lookup_hash(f"ssn:{digits}")


def last_four_lookup(four: str) -> str:
    """What finds numbers that end in these four digits."""
    return lookup_hash(f"ssn-ending:{four}")


@sensitive_variables()
@transaction.atomic
def record_ssn(
    *, actor, practitioner: Practitioner, number: str, said_by: str = SaidBy.APPLICANT
) -> SocialSecurityNumber:
    """Record the person's number where none is on file; the same again changes nothing.

    Refuses a number another person has, and another number than the one on file: that one has to be removed
    as a mistake first.
    """
    _require(actor, EDIT, practitioner)
    digits = check_ssn(number)
    practitioner = lock_practitioner(practitioner)
    row = SocialSecurityNumber.objects.filter(practitioner=practitioner).first()
    lookup = ssn_lookup(digits)
    if row is not None and row.lookup == lookup:
        return row
    if row is not None and row.last_four_lookup:
        raise Refused(
            "Another number is on file. If that one is wrong, remove it first and say why.", field="number"
        )
    _refuse_taken(actor, lookup)
    row = row or SocialSecurityNumber(practitioner=practitioner)
    fill_ssn(row, digits, said_by=said_by, actor=actor, at=clock.now())
    row.save()
    _record(actor, practitioner, "identity.ssn_recorded", data={"said_by": str(said_by)})
    return row


@sensitive_variables()
def fill_ssn(row: SocialSecurityNumber, number: str, *, said_by: str, actor, at: dt.datetime) -> None:
    """Put a number into its row, encrypted, for the caller to save; raises ``Problem`` for none."""
    digits = check_ssn(number)
    row.ciphertext = encrypt(digits.encode())
    row.lookup, row.last_four_lookup = ssn_lookup(digits), last_four_lookup(digits[-4:])
    row.said_by, row.recorded_at, row.recorded_by = said_by, at, actor


def refuse_taken_ssns(actor, rows: Sequence[SocialSecurityNumber], where: Sequence[str]) -> None:
    """Refuse rows not yet saved whose number somebody has, on file or among themselves; ``where`` says of
    each, in a refusal, which row of a file it stands in. One query.
    """
    places: dict[str, str] = {}
    for row, place in zip(rows, where, strict=True):
        if row.lookup in places:
            raise Refused(
                f"{place}: the social security number stands in another row too, {places[row.lookup]}. "
                "Is it one person with two rows? Nothing was written."
            )
        places[row.lookup] = place
    taken = SocialSecurityNumber.objects.filter(lookup__in=places).select_related("practitioner")
    for other in taken.order_by("pk"):
        sentence = _taken(actor, other)
        raise Refused(f"{places[other.lookup]}: {sentence} Nothing was written.")


@sensitive_variables()
@transaction.atomic
def compare_ssn(*, actor, practitioner: Practitioner, number: str, source: str) -> SsnComparison:
    """Whether the number a source gave is the one on file. Only that is kept, never the number given; one
    that does not agree raises a red flag in the person's applications (RF-ID).
    """
    _require(actor, EDIT, practitioner)
    digits = check_ssn(number)
    source = " ".join(source.split())[:200]
    if not source:
        raise Refused("Say which source gave the number.", field="source")
    if holds_ssn(source):
        raise Refused("Do not write the number here: the source is read by many.", field="source")
    practitioner = lock_practitioner(practitioner)
    row = SocialSecurityNumber.objects.filter(practitioner=practitioner).exclude(last_four_lookup="").first()
    if row is None:
        raise Refused("No social security number is on file to compare with.")
    made = SsnComparison.objects.create(
        practitioner=practitioner,
        source=source,
        agrees=row.lookup == ssn_lookup(digits),
        compared_at=clock.now(),
        compared_by=actor,
    )
    _record(actor, practitioner, "identity.ssn_compared", data={"comparison": str(made.uid)})
    return made


@sensitive_variables()
@transaction.atomic
def reveal_ssn(*, actor, practitioner: Practitioner, reason: str) -> str:
    """The whole number, ``123-45-6789``, to somebody who says what for; that they saw it is logged twice, as
    a read of protected data and as an act.
    """
    _require(actor, REVEAL, practitioner)
    reason = _reason(reason, "Say what the number is needed for.")
    row = SocialSecurityNumber.objects.filter(practitioner=practitioner).exclude(last_four_lookup="").first()
    if row is None:
        raise Refused("No social security number is on file.")
    record_protected_read(
        actor=actor,
        data_class=DataClass.IDENTITY,
        subject_kind="practitioners.socialsecuritynumber",
        subject_uid=practitioner.uid,
        practitioner=practitioner,
        reason=reason,
    )
    _record(actor, practitioner, "identity.ssn_revealed", reason=reason)
    return ssn_written(decrypt(bytes(row.ciphertext)).decode())


@transaction.atomic
def remove_ssn(*, actor, practitioner: Practitioner, reason: str) -> None:
    """The number was recorded by mistake: nothing of it is kept."""
    _require(actor, EDIT, practitioner)
    reason = _reason(reason, "Say why the number is removed.")
    practitioner = lock_practitioner(practitioner)
    row = SocialSecurityNumber.objects.filter(practitioner=practitioner).exclude(last_four_lookup="").first()
    if row is None:
        raise Refused("No social security number is on file.")
    row.ciphertext, row.last_four_lookup = b"", ""
    row.lookup = nobodys_lookup()
    row.recorded_at, row.recorded_by = clock.now(), actor
    row.save()
    _record(actor, practitioner, "identity.ssn_removed", reason=reason)


def _require(actor, permission: str, practitioner: Practitioner) -> None:
    require_change(actor, permission, practitioner)
    if not is_system(actor):
        require_class(actor, DataClass.IDENTITY)


def _refuse_taken(actor, lookup: str) -> None:
    other = SocialSecurityNumber.objects.filter(lookup=lookup).select_related("practitioner").first()
    if other is not None:
        raise Refused(_taken(actor, other), field="number")


def _taken(actor, other: SocialSecurityNumber) -> str:
    whose = str(other.practitioner) if may_view(actor, other.practitioner) else "Another person"
    return f"{whose} is already on file with this number. Is it one person with two records?"


def _reason(reason: str, asked: str) -> str:
    text = " ".join(reason.split())
    if not text:
        raise Refused(asked, field="reason")
    if holds_ssn(text):
        raise Refused("Do not write the number here: the trail is read by many.", field="reason")
    if len(text) > LONGEST_REASON:
        raise Refused(f"This is longer than {LONGEST_REASON} characters.", field="reason")
    return text


def _record(actor, practitioner: Practitioner, verb: str, *, reason: str = "", data=None) -> None:
    record_event(
        actor=actor, verb=verb, subject=practitioner, practitioner=practitioner, reason=reason, data=data
    )
