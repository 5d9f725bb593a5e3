"""Recording what is claimed of a credential, and confirming it once a source has answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from config.accounts.policies import permissions
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Forbidden, Refused
from config.kernel.periods import EndKind, open_period, rewrite, supersede
from practitioners.choices import CredentialStatus, SaidBy, Standing
from practitioners.models import (
    Credential,
    CredentialPeriod,
    CredentialType,
    Evidence,
    EvidenceRedaction,
    Practitioner,
)
from practitioners.policies import require_change
from practitioners.rules.claims import DEA, claim_content, claim_facts, claim_identity
from practitioners.rules.credential_content import with_issuer
from practitioners.rules.dea import DeaCheck, check_dea
from practitioners.rules.names import search_key
from practitioners.rules.person_content import one_line
from practitioners.rules.plausible import check_days
from practitioners.rules.provenance import ISSUER, NUMBER, STATE, System
from practitioners.selectors.canonical import canonical_of, record_ids
from practitioners.services.people import lock_practitioner, lock_record
from practitioners.services.statements import record_statements

#: The verb of what somebody said of a credential.
CLAIMED = "credential.claimed"


def credential_type(code: str) -> CredentialType:
    """The kind of credential with this code, or a refusal that says how to load the kinds."""
    found = CredentialType.objects.filter(code=code, active=True).first()
    if found is None:
        raise Refused(f"There is no kind of credential {code}. Load the kinds with: manage.py load_reference")
    return found


def check_dea_number(practitioner: Practitioner, number: str) -> DeaCheck:
    """What can be said about a DEA number of this person; every name on file counts, former ones too."""
    return check_dea(number, last_names(practitioner), practitioner.provider_type)


def last_names(practitioner: Practitioner) -> str:
    """Every surname on file of the person, as a DEA number is checked against them; 1 query."""
    return ", ".join(dict.fromkeys(practitioner.names.order_by("pk").values_list("last_name", flat=True)))


# --- claims ---------------------------------------------------------------------------------------------


class AlreadyOnFile(Refused):
    """What was to be added is on file; ``credential`` says which one."""

    def __init__(self, credential: Credential):
        self.credential = credential
        super().__init__(
            f"{credential} is on file already. Claim its renewal, or correct what is claimed of it, there.",
            field="number" if credential.number else "",
        )


@transaction.atomic
def record_claim(
    *,
    actor,
    practitioner: Practitioner,
    type_code: str,
    valid: DateRange,
    issuer: str = "",
    state: str = "",
    number: str = "",
    status: str = CredentialStatus.ACTIVE,
    said_by: str = SaidBy.COORDINATOR,
    system: System | None = None,
    extra: Mapping[str, Any] | None = None,
    evidence: Evidence | None = None,
    anew: bool = True,
    new: bool = False,
) -> Credential:
    """Record what somebody says of a credential, instead of whatever was claimed of it before.

    ``valid`` is half-open. Days a source has confirmed stay as confirmed; a claim that says nothing about
    other days is refused. ``extra`` must fit the kind's JSON schema. A DEA number with a wrong check digit
    is refused, and so are days nobody can mean. ``anew`` is False when a decision between earlier words is
    carried out: nobody says it newly. ``new``: it is meant as another one; raises :class:`AlreadyOnFile` when
    something is stated or confirmed of it.
    """
    require_change(actor, "practitioners.edit", practitioner)
    practitioner = lock_practitioner(practitioner)
    kind = credential_type(type_code)
    if said_by == SaidBy.SOURCE:
        raise Refused("What a source says is recorded by verifying it.")
    content = claim_content(kind, valid, status, said_by, with_issuer(kind.fields, extra, one_line(issuer)))
    check_days(content["valid"], today=clock.today(), born=practitioner.birth_date)
    identity = claim_identity(
        kind,
        issuer=issuer,
        state=state,
        number=number,
        extra=content["extra"],
        start=content["valid"].lower,
        last_names=last_names(practitioner) if kind.code == DEA else "",
        provider_type=practitioner.provider_type,
    )
    found = _find(practitioner, kind, identity)
    if new and found is not None and found.periods.live().exists():
        raise AlreadyOnFile(found)
    moment = clock.now()
    credential = found or _create(actor, practitioner, kind, identity, moment)
    live = list(found.periods.live()) if found is not None else []
    _replace_claims(actor, credential, live, content, evidence, at=moment)
    if anew:
        said_here = {ISSUER: one_line(issuer), STATE: identity["state"], NUMBER: identity["number"]}
        _state(
            actor, credential, content, said_by, said_here,
            evidence=evidence, system=system, at=moment, first=found is None,
        )  # fmt: skip
    return credential


@transaction.atomic
def correct_claim(
    *,
    actor,
    credential: Credential,
    valid: DateRange,
    issuer: str = "",
    state: str = "",
    number: str = "",
    status: str = CredentialStatus.ACTIVE,
    said_by: str = SaidBy.COORDINATOR,
    extra: Mapping[str, Any] | None = None,
    anew: bool = True,
) -> Credential:
    """Correct a claim. Another number, state or issuer makes it another credential: the claim moves there.
    For ``anew`` see :func:`record_claim`.
    """
    practitioner, kind = credential.practitioner, credential.credential_type
    require_change(actor, "practitioners.edit", practitioner)
    practitioner = lock_practitioner(practitioner)
    content = claim_content(kind, valid, status, said_by, with_issuer(kind.fields, extra, one_line(issuer)))
    check_days(content["valid"], today=clock.today(), born=practitioner.birth_date)
    same = (one_line(issuer), one_line(state).upper(), one_line(number)) == (
        credential.issuer,
        credential.state,
        credential.number,
    )
    if anew:  # also of the credential the claim moves away from: that is what contradicts another source
        said_here = {ISSUER: one_line(issuer), STATE: one_line(state).upper(), NUMBER: one_line(number)}
        _state(actor, credential, content, said_by, said_here)
    if same:
        live = list(credential.periods.live())
        _replace_claims(actor, credential, live, content, None, at=clock.now())
        return credential
    moved = record_claim(
        actor=actor,
        practitioner=practitioner,
        type_code=kind.code,
        valid=valid,
        issuer=issuer,
        state=state,
        number=number,
        status=status,
        said_by=said_by,
        extra=extra,
        anew=anew,
    )
    if moved.pk != credential.pk and credential.periods.live().filter(standing=Standing.CLAIMED).exists():
        withdraw_claim(actor=actor, credential=credential, reason=f"Corrected: it is {moved}.")
    return moved


@transaction.atomic
def withdraw_claim(*, actor, credential: Credential, reason: str) -> None:
    """What was claimed of the credential was a mistake. What a source confirmed stays."""
    require_change(actor, "practitioners.edit", credential.practitioner)
    if not reason.strip():
        raise Refused("Say why the claim is withdrawn.", field="reason")
    practitioner = lock_practitioner(credential.practitioner)
    claims = list(credential.periods.live().filter(standing=Standing.CLAIMED))
    if not claims:
        raise Refused("Nothing is claimed of this credential that could be withdrawn.")
    supersede(claims, actor=actor, kind=EndKind.MISTAKE, reason=reason.strip())
    record_event(
        actor=actor,
        verb="credential.claim_withdrawn",
        subject=credential,
        practitioner=practitioner,
        reason=reason.strip(),
    )


def _replace_claims(
    actor,
    credential: Credential,
    live: Sequence[CredentialPeriod],
    content: dict[str, Any],
    evidence: Evidence | None,
    *,
    at: dt.datetime,
) -> None:
    """The claim instead of earlier ones, on the days no source has confirmed; ``live``: what is on file."""
    claims = [row for row in live if row.standing == Standing.CLAIMED]
    days = [content["valid"]]
    confirmed = [row.valid for row in live if row.standing == Standing.CONFIRMED]
    for valid in confirmed:
        days = [rest for whole in days for rest in _without(whole, valid)]
    if days != [content["valid"]]:
        days = _not_only_before(days, confirmed)
    if not days:
        raise Refused(
            "A source has confirmed these days already. What is confirmed changes only by another "
            "verification.",
            field="last_day",
        )
    said = {"standing": Standing.CLAIMED, "evidence": evidence, **content}
    said.pop("valid")
    if sorted(map(_bounds, days)) == sorted(_bounds(row.valid) for row in claims) and all(
        row.status == said["status"] and row.extra == said["extra"] and row.said_by == said["said_by"]
        for row in claims
    ):
        return
    supersede(claims, actor=actor, kind=EndKind.AMENDED, reason="Replaced by a later claim", at=at)
    for valid in days:
        open_period(CredentialPeriod, credential, valid=valid, actor=actor, at=at, **said)
    record_event(
        actor=actor,
        verb=CLAIMED,
        subject=credential,
        practitioner=credential.practitioner,
        data=claimed_data(credential.credential_type, content),
    )


def claimed_data(kind: CredentialType, content: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail keeps of a claim."""
    return {
        "type": kind.code,
        "said_by": str(content["said_by"]),
        "status": str(content["status"]),
        "first_day": _iso(content["valid"].lower),
        "until": _iso(content["valid"].upper),
    }


# --- confirmation ---------------------------------------------------------------------------------------


@transaction.atomic
def confirm(
    *,
    actor,
    credential: Credential,
    valid: DateRange,
    evidence: Evidence,
    status: str = CredentialStatus.ACTIVE,
    extra: Mapping[str, Any] | None = None,
    nothing_after: bool = False,
) -> CredentialPeriod:
    """Record what a source said of the credential for the days of ``valid``, on this evidence.

    Everything claimed of the credential is replaced; days confirmed before that lie outside ``valid`` stay.
    ``nothing_after``: the source says how it stands now, so that days after ``valid`` are confirmed no more.
    """
    if not {"credentialing.verify", "practitioners.edit"} & permissions(actor, None):
        raise Forbidden('Your roles do not include "Verify items and record attempts".')
    require_change(actor, "practitioners.view", credential.practitioner)
    practitioner = lock_record(credential.practitioner)
    own = evidence.practitioner_id == practitioner.pk  # of another record of the person it may be too
    if not own and evidence.practitioner_id not in record_ids(canonical_of(practitioner)):
        raise Refused("This evidence belongs to another practitioner.")
    if EvidenceRedaction.objects.filter(evidence=evidence).exists():
        raise Refused("The content of this evidence was removed; it confirms nothing.")
    content = claim_content(credential.credential_type, valid, status, SaidBy.SOURCE, extra)
    moment = clock.now()
    claims = list(credential.periods.live().filter(standing=Standing.CLAIMED))
    supersede(claims, actor=actor, kind=EndKind.AMENDED, reason=f"Confirmed: {evidence.title}", at=moment)
    of_identity = {
        ISSUER: credential.issuer,
        STATE: credential.state,
        NUMBER: credential.number,
    }
    _state(actor, credential, content, SaidBy.SOURCE, of_identity, evidence=evidence)
    days, reason = content.pop("valid"), f"Confirmed: {evidence.title}"
    content |= {"standing": Standing.CONFIRMED, "evidence": evidence}
    if nothing_after:
        rest = DateRange(days.lower, None, "[)")
        rewrite(CredentialPeriod, credential, valid=rest, actor=actor, at=moment, reason=reason, content=None)
        period = open_period(CredentialPeriod, credential, valid=days, actor=actor, at=moment, **content)
    else:
        period = rewrite(
            CredentialPeriod, credential, valid=days, actor=actor, at=moment, reason=reason, content=content
        )
    record_event(
        actor=actor,
        verb="credential.confirmed",
        subject=credential,
        practitioner=practitioner,
        data={
            "type": credential.credential_type.code,
            "status": str(status),
            "first_day": _iso(days.lower),
            "until": _iso(days.upper),
            "evidence": str(evidence.uid),
            "evidence_hash": evidence.hash,
        },
    )
    return cast(CredentialPeriod, period)


def _state(
    actor,
    credential: Credential,
    content: Mapping[str, Any],
    said_by: str,
    identity: Mapping[str, str],
    *,
    evidence: Evidence | None = None,
    system: System | None = None,
    at: dt.datetime | None = None,
    first: bool = False,
) -> None:
    """Write down what ``said_by`` says of the credential; ``first``: it has only just been made."""
    record_statements(
        actor=actor,
        practitioner=credential.practitioner,
        subject=credential.uid,
        said=claim_facts(credential.credential_type, content, said_by, identity),
        said_by=said_by,
        system=system,
        source=evidence.source if evidence else "",
        evidence=evidence,
        at=at,
        first=first,
    )


# --- what a credential is -------------------------------------------------------------------------------


def _find(practitioner: Practitioner, kind: CredentialType, identity: dict[str, str]) -> Credential | None:
    """The same credential as on file. A number of a state or of the DEA is enough, whoever is named as
    issuer.
    """
    rows = practitioner.credentials.filter(
        credential_type=kind, state=identity["state"], number_key=identity["number_key"]
    )
    if identity["number"]:
        rows = rows.exclude(number="")
        if kind.has_state or kind.code == DEA:
            return rows.first()
        either = [row for row in rows if not row.issuer or not identity["issuer"]]
        return next((row for row in rows if _same(row.issuer, identity["issuer"])), next(iter(either), None))
    return next((row for row in rows.filter(number="") if _same(row.issuer, identity["issuer"])), None)


def _create(
    actor, practitioner: Practitioner, kind: CredentialType, identity: dict[str, str], at: dt.datetime
) -> Credential:
    credential = Credential(
        practitioner=practitioner,
        credential_type=kind,
        created_at=at,
        created_by=actor,
        **identity,
    )
    credential.save(force_insert=True)
    return credential


def _same(one: str, other: str) -> bool:
    return search_key(one) == search_key(other)


def _without(whole: DateRange, cut: DateRange) -> list[DateRange]:
    """The days of ``whole`` that are not days of ``cut``."""
    if (whole.upper is not None and cut.lower is not None and whole.upper <= cut.lower) or (
        cut.upper is not None and whole.lower is not None and cut.upper <= whole.lower
    ):
        return [whole]
    parts = []
    if cut.lower is not None and (whole.lower is None or whole.lower < cut.lower):
        parts.append(DateRange(whole.lower, cut.lower, "[)"))
    if cut.upper is not None and (whole.upper is None or cut.upper < whole.upper):
        parts.append(DateRange(cut.upper, whole.upper, "[)"))
    return parts


def _not_only_before(days: list[DateRange], confirmed: list[DateRange]) -> list[DateRange]:
    """Of a claim cut by confirmed days, what a claim of them says: the days before the first confirmed one
    are left out where they are only what the cut left over, for they would read as a run-out claim.
    """
    first = min((valid.lower for valid in confirmed if valid.lower), default=None)
    if first is None or any(valid.lower is None for valid in confirmed):
        return days
    return [part for part in days if part.upper != first]


def _bounds(valid: DateRange) -> tuple[str, str]:
    return (_iso(valid.lower) or "", _iso(valid.upper) or "~")


def _iso(day) -> str | None:
    return day.isoformat() if day else None
