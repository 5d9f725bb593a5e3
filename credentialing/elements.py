"""What each element of a verification is about: the law of the field that no facility may set otherwise."""

from __future__ import annotations

from config.accounts.choices import DataClass
from credentialing.choices import Element, Severity

#: Which kind of claim an element verifies. Elements that are not here verify no single claim.
CREDENTIAL_TYPES: dict[str, str] = {
    Element.STATE_LICENSE: "LICENSE",
    Element.PAST_LICENSE: "LICENSE",
    Element.DEA: "DEA",
    Element.CDS: "CDS",
    Element.BOARD_CERTIFICATION: "BOARD_CERT",
    Element.MEDICAL_SCHOOL: "MEDICAL_SCHOOL",
    Element.ECFMG: "ECFMG",
    Element.RESIDENCY: "RESIDENCY",
    Element.WORK_HISTORY: "WORK_HISTORY",
    Element.HOSPITAL_AFFILIATION: "AFFILIATION",
    Element.MALPRACTICE_COVER: "MALPRACTICE",
    Element.PEER_REFERENCE: "PEER_REFERENCE",
    Element.IDENTITY: "PHOTO_ID",
    Element.BACKGROUND: "BACKGROUND_CHECK",
    Element.HEALTH_STATUS: "HEALTH_CLEARANCE",
    Element.IMMUNIZATION: "IMMUNIZATION",
    Element.LIFE_SUPPORT: "LIFE_SUPPORT",
}

#: Both verify a licence: one that runs, and one that is over.
LICENCES = frozenset({Element.STATE_LICENSE, Element.PAST_LICENSE})

#: Elements whose past instances are no longer verified: only what is in force, or still to come, counts.
ONLY_CURRENT = frozenset(
    {
        Element.DEA,
        Element.CDS,
        Element.BOARD_CERTIFICATION,
        Element.MALPRACTICE_COVER,
        Element.LIFE_SUPPORT,
        Element.IMMUNIZATION,
    }
)

#: Both are asked of the place itself, on the same form.
AFFILIATIONS = frozenset({Element.WORK_HISTORY, Element.HOSPITAL_AFFILIATION})

#: What a response of the data bank tells as well: it holds licence actions and malpractice payments
#: (45 CFR 60.7 to 60.9), and accreditors take it as a source of both.
TOLD_BY_DATA_BANK = (Element.LICENSE_SANCTIONS, Element.MALPRACTICE_HISTORY)

#: What the office must have found out, whoever would agree to do without (45 CFR 60.17 for the data bank).
NEVER_WAIVABLE = frozenset({Element.STATE_LICENSE, Element.NPDB, Element.EXCLUSION, Element.IDENTITY})

#: Code and weight of the red flag that an adverse answer raises.
RED_FLAGS: dict[str, tuple[str, Severity]] = {
    Element.STATE_LICENSE: ("RF-LIC-ADV", Severity.SERIOUS),
    Element.PAST_LICENSE: ("RF-LIC-ADV", Severity.SERIOUS),
    Element.LICENSE_SANCTIONS: ("RF-LIC-ADV", Severity.SERIOUS),
    Element.DEA: ("RF-LIC-ADV", Severity.SERIOUS),
    Element.CDS: ("RF-LIC-ADV", Severity.SERIOUS),
    Element.BOARD_CERTIFICATION: ("RF-BOARD", Severity.WARN),
    Element.MEDICAL_SCHOOL: ("RF-TRAIN", Severity.WARN),
    Element.ECFMG: ("RF-TRAIN", Severity.WARN),
    Element.RESIDENCY: ("RF-TRAIN", Severity.WARN),
    Element.WORK_HISTORY: ("RF-AFFIL", Severity.WARN),
    Element.HOSPITAL_AFFILIATION: ("RF-AFFIL", Severity.WARN),
    Element.MALPRACTICE_COVER: ("RF-INS", Severity.WARN),
    Element.MALPRACTICE_HISTORY: ("RF-CLAIM", Severity.WARN),
    Element.PEER_REFERENCE: ("RF-REF", Severity.WARN),
    Element.IDENTITY: ("RF-ID", Severity.SERIOUS),
    Element.NPI: ("RF-ID", Severity.WARN),
    Element.EXCLUSION: ("RF-EXCL", Severity.SERIOUS),
    Element.NPDB: ("RF-NPDB", Severity.SERIOUS),
    Element.BACKGROUND: ("RF-CRIM", Severity.SERIOUS),
    Element.HEALTH_STATUS: ("RF-HEALTH", Severity.WARN),
    Element.IMMUNIZATION: ("RF-HEALTH", Severity.INFO),
    Element.CME: ("RF-TRAIN", Severity.INFO),
    Element.LIFE_SUPPORT: ("RF-TRAIN", Severity.WARN),
    Element.CASE_LOG: ("RF-VOLUME", Severity.WARN),
    Element.ATTESTATION: ("RF-NONDISC", Severity.WARN),
}

#: What only the other hospital can say of somebody who worked there: its opinion, not a fact of the file.
OPINIONS = frozenset({"good_standing", "left_because"})

#: Confidentiality of what a source says of an element; all others are general. What a hospital or employer
#: says of standing and conduct is peer review, however it came: by form, fax, letter or telephone.
DATA_CLASSES: dict[str, DataClass] = {
    Element.PEER_REFERENCE: DataClass.PEER_REVIEW,
    **dict.fromkeys(AFFILIATIONS, DataClass.PEER_REVIEW),
    Element.IDENTITY: DataClass.IDENTITY,
    Element.NPDB: DataClass.DATA_BANK,
    Element.BACKGROUND: DataClass.IDENTITY,
}

#: What is recorded of these is that they are in order, never a finding: whatever else is of the class health.
ONLY_CLEARANCE = frozenset({Element.HEALTH_STATUS, Element.IMMUNIZATION})


def data_class(element: str) -> DataClass:
    """The confidentiality class of the answer to an element."""
    return DATA_CLASSES.get(element, DataClass.GENERAL)


#: Of a licence it is the one that runs, which stands first.
_ELEMENTS = {code: element for element, code in reversed(CREDENTIAL_TYPES.items())}


def element_of(type_code: str) -> str:
    """The element that verifies a kind of credential; empty for kinds no application asks for."""
    return _ELEMENTS.get(type_code, "")
