"""Deciding between two sources that contradict each other, which also corrects the record."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from config.accounts.choices import DataClass
from config.accounts.policies import is_system, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Conflict as Changed
from config.kernel.errors import Refused
from config.kernel.periods import days, through
from practitioners.choices import CredentialStatus, NameKind, ProviderType, SaidBy, Sex
from practitioners.choices import Standing as ClaimStanding
from practitioners.models import ConflictResolution, Credential, Practitioner, Statement
from practitioners.policies import require_change
from practitioners.rules.names import search_key
from practitioners.rules.provenance import (
    BIRTH_DATE,
    FIRST_DAY,
    ISSUER,
    LAST_DAY,
    LEGAL_NAME,
    NPI,
    NUMBER,
    PROVIDER_TYPE,
    SEX,
    STATE,
    STATUS,
    Decision,
    Terms,
    Word,
    disputes,
    fact_of,
    identifier_of,
    name_parts,
)
from practitioners.selectors.provenance import terms_for
from practitioners.services.credentials import correct_claim
from practitioners.services.identifiers import remove_identifier
from practitioners.services.people import (
    add_identifier,
    add_name,
    correct_name,
    correct_practitioner,
    lock_practitioner,
)

LONGEST_REASON = 1000


@transaction.atomic
def resolve_conflict(*, actor, taken: Statement, reason: str) -> ConflictResolution:
    """Take the word ``taken`` over the others said of the same fact, and correct the record by it.

    Refuses a word its source does not say any more, a fact nobody contradicts, and a word against what a
    primary source has confirmed: that changes only by another verification. The question opens again when a
    source says something else later.
    """
    require_change(actor, "practitioners.edit", taken.practitioner)
    if taken.fact == BIRTH_DATE and not is_system(actor):
        require_class(actor, DataClass.IDENTITY)
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say why this is taken.", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"This is longer than {LONGEST_REASON} characters.", field="reason")
    practitioner = lock_practitioner(taken.practitioner)
    _refuse_unless_contested(practitioner, taken, terms_for(actor))
    resolution = ConflictResolution(
        practitioner=practitioner,
        subject=taken.subject,
        fact=taken.fact,
        taken=taken,
        reason=reason,
        decided_at=clock.now(),
        decided_by=actor,
    )
    resolution.save(force_insert=True)
    _correct(actor, practitioner, taken, f"Conflict decided: {reason}")
    fact = fact_of(taken.fact)
    record_event(
        actor=actor,
        verb="conflict.resolved",
        subject=resolution,
        practitioner=practitioner,
        reason=reason,
        data={"fact": fact.label if fact else taken.fact, "taken_from": str(taken.said_by)},
    )
    return resolution


def _refuse_unless_contested(practitioner: Practitioner, taken: Statement, terms: Terms | None) -> None:
    rows = Statement.objects.filter(practitioner=practitioner, subject=taken.subject)
    words = [
        Word(row.pk, row.fact, row.value, row.said_by, row.recorded_at, row.subject, row.system)
        for row in rows.order_by("recorded_at", "pk")
    ]
    decided = ConflictResolution.objects.filter(practitioner=practitioner, subject=taken.subject)
    decisions = [
        Decision(row.fact, row.taken.value, row.decided_at, row.subject)
        for row in decided.select_related("taken").order_by("decided_at", "pk")
    ]
    found = next((one for one in disputes(words, decisions, terms) if one.fact.code == taken.fact), None)
    if found is None or not found.open:
        raise Changed("Nobody contradicts this any more: it was decided, or the sources agree by now.")
    if taken.pk not in {one.word.id for one in found.words}:
        raise Changed("The source says something else by now. Look at the words again.", field="taken")


# --- the record -----------------------------------------------------------------------------------------


def _correct(actor, practitioner: Practitioner, taken: Statement, reason: str) -> None:
    """Make the record say what was taken, through the services that write it."""
    if taken.subject is not None:
        _correct_credential(actor, taken, taken.subject)
    elif taken.fact == LEGAL_NAME:
        _correct_name(actor, practitioner, taken)
    elif identifier_of(taken.fact) is not None:
        _correct_identifiers(actor, practitioner, taken, reason)
    else:
        value: Any = taken.value
        if taken.fact == BIRTH_DATE:
            value = dt.date.fromisoformat(taken.value)
        elif taken.fact in (SEX, PROVIDER_TYPE):
            value = _code(Sex if taken.fact == SEX else ProviderType, taken.value)
        field = {NPI: "npi", BIRTH_DATE: "birth_date", SEX: "sex", PROVIDER_TYPE: "provider_type"}[taken.fact]
        correct_practitioner(
            actor=actor, practitioner=practitioner, reason=reason, anew=False, **{field: value}
        )


def _correct_name(actor, practitioner: Practitioner, taken: Statement) -> None:
    """The legal name. Another surname is added, so that the one before it stays as a former name and
    screening goes on looking at it. What the source leaves out (middle name, suffix) it does not contradict:
    that stays.
    """
    legal = practitioner.names.get(kind=NameKind.LEGAL)
    if taken.value == practitioner.display_name:
        return
    last, given, suffix = name_parts(taken.value)
    first, _, middle = given.partition(" ")
    same_given = search_key(first) == search_key(legal.first_name)
    written: dict[str, Any] = {
        "last_name": last,
        "first_name": first,
        "middle_name": middle.rstrip(".") or (legal.middle_name if same_given else ""),
        "suffix": suffix or (legal.suffix if same_given else ""),
    }
    if search_key(last) == search_key(legal.last_name):
        correct_name(actor=actor, name=legal, anew=False, said_by=taken.said_by, **written)
        return
    add_name(
        actor=actor,
        practitioner=practitioner,
        kind=NameKind.LEGAL,
        said_by=taken.said_by,
        anew=False,
        **written,
    )


def _correct_identifiers(actor, practitioner: Practitioner, taken: Statement, reason: str) -> None:
    """The number taken is on file, and no other of its kind."""
    found = identifier_of(taken.fact)
    if found is None:
        return
    kind, state = found
    rows = practitioner.identifiers.filter(kind=kind)
    rows = rows.filter(state=state) if state else rows
    for row in rows.exclude(value=taken.value):
        remove_identifier(actor=actor, identifier=row, reason=reason)
    if not rows.filter(value=taken.value).exists():
        add_identifier(
            actor=actor,
            practitioner=practitioner,
            kind=kind,
            value=taken.value,
            state=state,
            said_by=taken.said_by,
            anew=False,
        )


def _correct_credential(actor, taken: Statement, subject: uuid.UUID) -> None:
    """What is claimed of the credential. What a source confirmed stands as it is, and a word against it
    cannot be taken.
    """
    credential = Credential.objects.select_related("practitioner", "credential_type").get(uid=subject)
    live = list(credential.periods.live().order_by("valid"))
    if any(row.standing == ClaimStanding.CONFIRMED for row in live):
        if taken.said_by != SaidBy.SOURCE:
            raise Refused(
                "A primary source has confirmed this credential. What it confirmed changes only by another "
                "verification.",
                field="taken",
            )
        return
    if not live:
        return  # withdrawn, or moved to the number that is taken
    claim = live[-1]
    first = dt.date.fromisoformat(taken.value) if taken.fact == FIRST_DAY else claim.start
    last = dt.date.fromisoformat(taken.value) if taken.fact == LAST_DAY else claim.end
    correct_claim(
        actor=actor,
        credential=credential,
        valid=days(first, through(last)),
        issuer=taken.value if taken.fact == ISSUER else credential.issuer,
        state=taken.value if taken.fact == STATE else credential.state,
        number=taken.value if taken.fact == NUMBER else credential.number,
        status=_code(CredentialStatus, taken.value) if taken.fact == STATUS else claim.status,
        said_by=claim.said_by,
        extra=claim.extra,
        anew=False,
    )


def _code(choices, label: str) -> str:
    """The stored code of a label."""
    return next(value for value, shown in choices.choices if shown == label)
