"""Verifying a credential outside any application: a licence is renewed, and the board is asked that day.

What an application verifies has a plan, items and attempts of its own (:mod:`.verification`). A renewal has
none: the answer is evidence in the practitioner's chain, the tries before it stand in its summary, and the
answer is confirmed in the same act by the person who read it.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.choices import DataClass
from config.audit.services.events import record_event
from config.kernel import canonical, clock, periods
from config.kernel.errors import Forbidden, Refused
from config.organization.models import Facility
from credentialing.choices import Element
from credentialing.elements import data_class as class_of_element
from credentialing.elements import element_of
from credentialing.rules.answers import ORAL, check_days_of_answer, check_not_too_old, check_source
from credentialing.rules.renewable import why_not_renewed
from credentialing.selectors.requirements import accepted_sources, oldest_answer
from credentialing.services.guards import begin_person
from credentialing.services.queue import judge_standing_conditions
from practitioners.choices import CredentialStatus, Standing
from practitioners.models import Credential, CredentialPeriod, Document, Evidence, Practitioner
from practitioners.rules.plausible import check_days
from practitioners.services import credentials as claims
from practitioners.services.evidence import add_evidence

NOTE_LIMIT = 4000
VERIFY = "credentialing.verify"
#: What a source may say without a last day: it ended, or is not held, from the first day on.
ENDLESS = frozenset(
    {
        CredentialStatus.INACTIVE,
        CredentialStatus.RETIRED,
        CredentialStatus.SUSPENDED,
        CredentialStatus.REVOKED,
        CredentialStatus.SURRENDERED,
        CredentialStatus.DENIED,
        CredentialStatus.NOT_CERTIFIED,
        CredentialStatus.UNKNOWN,
    }
)


@transaction.atomic
def verify_credential(
    *,
    actor,
    credential: Credential,
    facility: Facility,
    source: str,
    source_kind: str,
    method: str,
    verified_on: dt.date,
    valid_from: dt.date | None,
    valid_through: dt.date | None,
    status: str = "",
    result: str = "",
    tried: str = "",
    source_date: dt.date | None = None,
    evidence: Evidence | None = None,
    document: Document | None = None,
    content: bytes | None = None,
    media_type: str = "",
) -> CredentialPeriod:
    """Record what the issuer says of a credential that is renewed from time to time, and confirm it.

    ``facility`` is where the office works: its date and the sources it accepts count. Days are inclusive and
    as the source says them; without a first day, the answer follows on the days confirmed before.
    ``status`` empty: active. Evidence is ``evidence`` that a machine got (:mod:`.runs`), ``document`` or
    ``content``; for an oral answer it is the note in ``result``. ``tried`` are earlier tries in words. An
    adverse status is confirmed like any other. Standing conditions of the bylaws are judged again once this
    is committed. Raises ``Refused`` with the field.
    """
    practitioner = begin_person(actor, credential.practitioner, VERIFY, facility)
    if getattr(actor, "is_system", False):
        raise Forbidden("An answer is reviewed by a person, not by the system.")
    kind = credential.credential_type
    refuse_unless_renewed(credential)
    element, today = element_of(kind.code), clock.today(facility)
    label = Element(element).label if element else kind.name
    check_source(
        source, source_kind, method, accepted=accepted_sources(element, facility, on=today), of=label
    )
    check_days_of_answer(verified_on, source_date, today=today)
    check_not_too_old(verified_on, today=today, max_age=oldest_answer(element, facility, on=today))
    before = on_record(credential)
    valid = _valid(credential, valid_from, valid_through, status, before, practitioner, today)
    if evidence is not None and evidence.practitioner_id != practitioner.pk:
        raise Refused("This evidence belongs to another practitioner.")
    evidence = evidence or _evidence(
        actor, practitioner, f"{credential}: answer of {source.strip()}", source, source_kind, method,
        document, content, media_type, source_date, result, tried, verified_on,
        class_of_element(element),
        {"status": status, "valid_from": valid_from, "valid_through": valid_through},
    )  # fmt: skip
    period = claims.confirm(
        actor=actor,
        credential=credential,
        valid=valid,
        evidence=evidence,
        status=status or CredentialStatus.ACTIVE,
        extra=before.extra if before else None,
        nothing_after=True,
    )
    record_event(
        actor=actor,
        verb="credential.verified",
        subject=credential,
        practitioner=practitioner,
        facility=facility,
        data={
            "evidence": str(evidence.uid),
            "evidence_hash": evidence.hash,
            "verified_on": verified_on.isoformat(),
            "status": str(period.status),
        },
    )
    if element == Element.STATE_LICENSE:
        judge_standing_conditions()
    return period


def refuse_unless_renewed(credential: Credential) -> None:
    """Refuse with :func:`why_not_renewed`."""
    reason = why_not_renewed(credential)
    if reason:
        raise Refused(reason)


def on_record(credential: Credential) -> CredentialPeriod | None:
    """What is said of it now: the claim that waits, else what was confirmed last; one query."""
    rows = list(credential.periods.live().order_by("valid"))
    claims_first = [row for row in rows if row.standing == Standing.CLAIMED] or rows
    return claims_first[-1] if claims_first else None


def first_day_after(credential: Credential) -> dt.date | None:
    """The day after the last confirmed one, where a renewal without a gap begins; one query."""
    last = credential.periods.live().filter(standing=Standing.CONFIRMED).order_by("valid").last()
    return last.valid.upper if last else None


def _valid(
    credential: Credential,
    first: dt.date | None,
    last: dt.date | None,
    status: str,
    before: CredentialPeriod | None,
    practitioner: Practitioner,
    today: dt.date,
) -> DateRange:
    if last is None and status not in ENDLESS and not (before and before.extra.get("lifetime")):
        raise Refused("Enter the last valid day as the source says it.", field="valid_through")
    if first is None:
        first = first_day_after(credential) or (before.valid.lower if before else None)
    if first and last and last < first:
        raise Refused("The last valid day lies before the first.", field="valid_through")
    check_days(
        DateRange(first, periods.through(last)),
        today=today,
        born=practitioner.birth_date,
        start_field="valid_from",
        end_field="valid_through",
    )
    return periods.days(first, periods.through(last))


def _evidence(
    actor, practitioner: Practitioner, title, source, source_kind, method, document, content, media_type,
    source_date, result, tried, verified_on, data_class, findings,
) -> Evidence:  # fmt: skip
    """The answer as a piece of the chain; the tries before it are part of its summary. What a protected
    source said is not repeated outside its content.
    """
    told = result.strip()[:NOTE_LIMIT]
    if document is None and content is None:
        if method not in ORAL:
            raise Refused(
                "Attach what the source said: the print of the web page, the letter, the certificate.",
                field="document",
            )
        if not told:
            raise Refused("Write down who said what, and when.", field="result")
        content = canonical.canonical_bytes(
            {
                "said_by": source.strip(),
                "method": str(method),
                "on": verified_on.isoformat(),
                "note": told,
                "tried": tried.strip(),
                "findings": {name: str(value) for name, value in findings.items() if value},
            }
        )
        media_type = "application/json"
    parts = [told, f"Tried before: {tried.strip()}" if tried.strip() else ""]
    return add_evidence(
        actor=actor,
        practitioner=practitioner,
        title=title[:200],
        source=source.strip()[:200],
        source_kind=source_kind,
        method=method,
        content=content,
        document=document,
        media_type=media_type,
        source_date=source_date,
        summary="\n".join(part for part in parts if part)[:NOTE_LIMIT]
        if data_class == DataClass.GENERAL
        else "",
        data_class=data_class,
    )
