"""When what was verified for one application counts for another of the same person. Pure.

Verifications may be shared, decisions never. A query of the data bank belongs to the registered entity that
made it; what peers say of a person is peer review and stays at its facility; every application is signed for
itself, and screened for itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from config.accounts.choices import DataClass
from config.kernel.dates import within_days
from config.kernel.display.dates import day_text
from credentialing.choices import Element
from practitioners.choices import SourceKind

#: Never taken over from another application.
NEVER = frozenset({Element.ATTESTATION, Element.EXCLUSION})
#: Never from another facility: opinions, what had a consent of its own, what a distant site agreed.
AT_HOME = frozenset(
    {
        Element.PEER_REFERENCE,
        Element.HOSPITAL_AFFILIATION,
        Element.BACKGROUND,
        Element.HEALTH_STATUS,
        Element.IMMUNIZATION,
        Element.DISTANT_SITE,
    }
)
#: Classes of evidence that do not leave the facility.
AT_HOME_CLASSES = frozenset({DataClass.PEER_REVIEW, DataClass.HEALTH})


@dataclass(frozen=True)
class Found:
    """A verification of another application: where, by which entity, when, how near the source stood."""

    facility_id: int
    npdb_entity_id: int
    source_kind: str
    verified_on: dt.date
    data_class: str = DataClass.GENERAL  # of its evidence


@dataclass(frozen=True)
class Asking:
    """The item it would answer: where, judged for which day, how old it may be, whose word is accepted.

    ``released`` says that the person has released it to this facility: the release of this application is
    signed. That both were opened in one act releases nothing.
    """

    element: str
    facility_id: int
    npdb_entity_id: int
    decided_on: dt.date
    max_age: int | None
    accepted: Sequence[str]
    released: bool


def why_not_shared(found: Found, asking: Asking) -> str:
    """Why what was found does not count here, as a sentence; empty when it does."""
    here = found.facility_id == asking.facility_id
    name = str(Element(asking.element).label)
    if asking.element in NEVER:
        return f"{name}: every application has its own."
    if (asking.element in AT_HOME or found.data_class in AT_HOME_CLASSES) and not here:
        return f"{name}: what was said to another hospital stays there."
    of_data_bank = asking.element == Element.NPDB or found.data_class == DataClass.DATA_BANK
    if of_data_bank and found.npdb_entity_id != asking.npdb_entity_id:
        return "A query made for one registered entity satisfies no other (45 CFR 60.17)."
    if not here and not asking.released:
        return "The release for this hospital is not signed yet."
    if asking.accepted and found.source_kind not in asking.accepted:
        kind = str(SourceKind(found.source_kind).label).lower()
        return f"{name}: this facility does not accept {kind}."
    if asking.max_age is not None and not within_days(found.verified_on, asking.decided_on, asking.max_age):
        return (
            f"Verified on {day_text(found.verified_on)}: too old for a decision on "
            f"{day_text(asking.decided_on)}; the limit is {asking.max_age} days."
        )
    return ""
