"""What a machine asks about an item, and how an answer reads beside what the file says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from credentialing.choices import Connector
from credentialing.models import VerificationItem
from credentialing.sources import boards
from credentialing.sources.base import Reply, ReplyKind
from credentialing.sources.nppes import compare, record_of
from practitioners.choices import CredentialStatus
from practitioners.models import CredentialPeriod, PractitionerName


@dataclass(frozen=True)
class Asked:
    """How items are asked about through one kind of connector."""

    query: Callable[[VerificationItem], Mapping[str, str]]
    about: Callable[[VerificationItem], str]
    findings: Callable[[VerificationItem, Reply], dict[str, Any]]


# --- the NPI registry -----------------------------------------------------------------------------------


def _npi_findings(item: VerificationItem, reply: Reply) -> dict[str, Any]:
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
    name = _legal_name(item)
    claimed = {
        "last_name": name.last_name if name else "",
        "first_name": name.first_name if name else "",
        "state": item.application.facility.state,
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


def _legal_name(item: VerificationItem) -> PractitionerName | None:
    return PractitionerName.objects.filter(
        practitioner_id=item.application.practitioner_id, kind="legal"
    ).first()


# --- licence boards -------------------------------------------------------------------------------------


def _licence_findings(item: VerificationItem, reply: Reply) -> dict[str, Any]:
    """What the board says of the licence beside what is claimed; its days and status confirm the claim."""
    if reply.kind is not ReplyKind.FOUND:
        return {"found": False}
    fields = reply.fields
    name = _legal_name(item)
    claim = CredentialPeriod.objects.live().filter(identity_id=item.credential_id).order_by("-valid").first()
    claimed = {
        "number": item.credential.number,
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
        query=lambda item: {"npi": item.application.practitioner.npi or ""},
        about=lambda item: str(item.application.practitioner.npi),
        findings=_npi_findings,
    ),
    Connector.LICENCE_BOARD: Asked(
        query=lambda item: {"number": item.credential.number, "state": item.credential.state},
        about=lambda item: f"{item.credential.state} {item.credential.number}",
        findings=_licence_findings,
    ),
}
