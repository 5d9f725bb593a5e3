"""What a machine asks about an item or a licence, and how an answer reads beside what the file says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from config.organization.models import Facility
from credentialing.choices import Connector
from credentialing.models import VerificationItem
from credentialing.sources import boards
from credentialing.sources.base import Reply, ReplyKind
from credentialing.sources.nppes import compare, record_of
from practitioners.choices import CredentialStatus
from practitioners.models import Credential, CredentialPeriod, Practitioner, PractitionerName


@dataclass(frozen=True)
class Subject:
    """What is asked about: a person, for the sake of a facility, and mostly one credential of theirs."""

    practitioner: Practitioner
    facility: Facility
    credential: Credential | None = None

    @property
    def claim(self) -> Credential:
        """The credential; raises ``ValueError`` where there is none to ask about."""
        if self.credential is None:
            raise ValueError("A license board is asked about a license.")
        return self.credential


def subject_of(item: VerificationItem) -> Subject:
    """What an item of a file is about."""
    application = item.application
    return Subject(application.practitioner, application.facility, item.credential)


@dataclass(frozen=True)
class Asked:
    """How a subject is asked about through one kind of connector."""

    query: Callable[[Subject], Mapping[str, str]]
    about: Callable[[Subject], str]
    findings: Callable[[Subject, Reply], dict[str, Any]]


# --- the NPI registry -----------------------------------------------------------------------------------


def _npi_findings(subject: Subject, reply: Reply) -> dict[str, Any]:
    """What the registry says beside what the file says; a person compares."""
    fields = reply.fields
    answer: dict = {
        "found": reply.kind is ReplyKind.FOUND,
        "registry_status": {"A": "active", "D": "deactivated"}.get(
            str(fields.get("status", "")), str(fields.get("status", ""))
        ),
    }
    record = record_of(reply) if fields.get("enumeration_type") != "NPI-2" else None
    if record is None:
        return answer
    name = _legal_name(subject)
    claimed = {
        "last_name": name.last_name if name else "",
        "first_name": name.first_name if name else "",
        "state": subject.facility.state,
    }
    answer["name_in_registry"] = record.name.display
    answer["comparisons"] = [
        {
            "field": one.field,
            "claimed": one.claimed,
            "found": one.found,
            "agrees": one.agrees,
            "note": one.note,
        }
        for one in compare(record, claimed)
    ]
    return answer


def _legal_name(subject: Subject) -> PractitionerName | None:
    return PractitionerName.objects.filter(practitioner_id=subject.practitioner.pk, kind="legal").first()


# --- licence boards -------------------------------------------------------------------------------------


def _licence_findings(subject: Subject, reply: Reply) -> dict[str, Any]:
    """What the board says of the licence beside what is claimed; its days and status confirm the claim."""
    if reply.kind is not ReplyKind.FOUND:
        return {"found": False}
    fields = reply.fields
    name = _legal_name(subject)
    claim = CredentialPeriod.objects.live().filter(identity_id=subject.claim.pk).order_by("-valid").first()
    claimed = {
        "number": subject.claim.number,
        "last_name": name.last_name if name else "",
        "status": claim.get_status_display() if claim else "",
        "last_valid_day": claim.end.isoformat() if claim and claim.end else "",
    }
    said = {
        "number": fields["number"],
        "last_name": fields.get("last_name", ""),
        "status": CredentialStatus(fields["status"]).label,
        "last_valid_day": fields.get("expires", ""),
        "first_issued": fields.get("issued", ""),
    }
    return {
        "found": True,
        "status": fields["status"],
        **({"valid_through": fields["expires"]} if fields.get("expires") else {}),
        "comparisons": boards.compare(said, claimed, note_on_status=fields["status_said"]),
    }


CONNECTORS: dict[str, Asked] = {
    Connector.NPPES: Asked(
        query=lambda subject: {"npi": subject.practitioner.npi or ""},
        about=lambda subject: str(subject.practitioner.npi),
        findings=_npi_findings,
    ),
    Connector.LICENCE_BOARD: Asked(
        query=lambda subject: {"number": subject.claim.number, "state": subject.claim.state},
        about=lambda subject: f"{subject.claim.state} {subject.claim.number}",
        findings=_licence_findings,
    ),
}
