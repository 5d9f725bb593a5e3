"""What sets one kind of application apart from another, as properties. Pure.

Whoever meets an application asks for a property of its kind, never which kind it is: what opens a term, what
ends with one, what is about membership alone. What is verified, who acts and how long a grant may run are
parameters of the facility, by the code of the kind.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bylaws.choices import Body
from config.kernel.dates import ONE_DAY
from config.kernel.display.dates import day_text
from credentialing.choices import ApplicationKind, ApplicationStatus, NPDBReason, TemporaryGround

# --- when what is granted ends --------------------------------------------------------------------------

#: With the term the board opens by the same decision.
OWN_TERM = "own_term"
#: With the term the member has.
CURRENT_TERM = "current_term"
#: After so many days as the facility allows (``privileging.longest_days``).
LIMITED = "limited"
#: When the hours from arrival are over in which it is decided whether they continue.
UNTIL_DECIDED = "until_decided"
#: After the longest term the facility allows, without an appointment.
LONGEST_TERM = "longest_term"

# --- what the bodies say of membership ------------------------------------------------------------------

APPOINTMENT, CATEGORY, RETURN = "appointment", "category", "return"

# --- what is stated when it is opened, beside department and planned day --------------------------------

GROUND, NEED, AWAITS, SITE, UNTIL = "ground", "need", "awaits", "site", "until"
ARRIVAL = "arrival"


@dataclass(frozen=True)
class Kind:
    """One kind of application.

    ``means`` is a sentence for whoever chooses it. ``membership`` is what the bodies answer of membership;
    empty: nothing, the privileges stand alone. ``ends`` says when what is granted ends. ``final`` are the
    bodies that may decide it. ``asks`` is what is stated when it is opened. ``evaluated_elsewhere``: whoever
    is granted privileges by it is evaluated by the distant site, so no focused evaluation opens here.
    ``verified_after``: some of it is verified after the decision, and the file is worked on until then.
    """

    code: str
    means: str
    membership: str = ""
    privileges: bool = True
    of_member: bool = False
    on_leave: bool = False
    ends: str = OWN_TERM
    renews: bool = False
    enrolment_suffices: bool = False
    threshold: bool = False
    bridges: bool = True
    final: tuple[str, ...] = (Body.BOARD,)
    asks: frozenset[str] = frozenset()
    npdb_reason: str = NPDBReason.INITIAL
    evaluated_elsewhere: bool = False
    verified_after: bool = False

    @property
    def label(self) -> str:
        """Its name."""
        return str(ApplicationKind(self.code).label)

    @property
    def opens_term(self) -> bool:
        """Whether the board appoints by it."""
        return self.membership == APPOINTMENT

    @property
    def for_membership(self) -> bool:
        """Whether it is to lead to a term: one of these at a time. Everything else stands beside it."""
        return self.opens_term or self.threshold

    @property
    def membership_only(self) -> bool:
        """Whether it is about membership and no privilege can be asked for by it."""
        return bool(self.membership) and not self.privileges

    @property
    def privileges_only(self) -> bool:
        """Whether the bodies answer privileges alone."""
        return self.privileges and not self.membership

    @property
    def stands_alone(self) -> bool:
        """Whether what is granted rests on no appointment."""
        return self.privileges_only and self.ends != CURRENT_TERM

    @property
    def for_several(self) -> bool:
        """Whether it may be opened for several facilities in one act: what rests on no term there, and names
        nothing that is one facility's own.
        """
        return not self.of_member and not self.renews and not self.asks & {AWAITS, SITE}

    @property
    def names_category(self) -> bool:
        """Whether a category of the staff is applied for by it."""
        return self.membership in (APPOINTMENT, CATEGORY) or self.threshold


_K = ApplicationKind
#: Whoever grants where the bylaws let one officer do it: the chief executive officer or designee.
_OFFICER = (Body.CHIEF_EXECUTIVE, Body.BOARD)

_KINDS = (
    Kind(
        _K.PRE_APPLICATION,
        "Are the threshold criteria met, before an application is issued? No body decides it: it leads to an "
        "application, or is closed as not eligible, without a hearing and without a report.",
        privileges=False,
        threshold=True,
    ),
    Kind(
        _K.INITIAL,
        "Membership and privileges for somebody who has no term here: everything is verified.",
        membership=APPOINTMENT,
    ),
    Kind(
        _K.REAPPOINTMENT,
        "Another term for a member, decided before the one they have runs out.",
        membership=APPOINTMENT,
        renews=True,
        npdb_reason=NPDBReason.REAPPOINTMENT,
    ),
    Kind(
        _K.ADDED_PRIVILEGES,
        "A member asks for more in the term they have. There is no new appointment; what is granted ends "
        "with the current term.",
        of_member=True,
        ends=CURRENT_TERM,
        enrolment_suffices=True,
        npdb_reason=NPDBReason.NEW_PRIVILEGE,
    ),
    Kind(
        _K.CATEGORY_CHANGE,
        "A member asks for another category of the staff. Term and privileges stay as they are.",
        membership=CATEGORY,
        privileges=False,
        of_member=True,
        ends=CURRENT_TERM,
        enrolment_suffices=True,
        npdb_reason=NPDBReason.TWO_YEARS,
    ),
    Kind(
        _K.REINSTATEMENT,
        "A member on leave asks to come back within the term they have. On approval the leave ends; where "
        "the term ended during the leave, a full reappointment comes first.",
        membership=RETURN,
        privileges=False,
        of_member=True,
        on_leave=True,
        ends=CURRENT_TERM,
        enrolment_suffices=True,
        npdb_reason=NPDBReason.TWO_YEARS,
    ),
    Kind(
        _K.TEMPORARY,
        "Privileges for a short time on one of two grounds: an important patient care need, or a complete "
        "and clean application that awaits the MEC and the board. Granted by the CEO or designee.",
        ends=LIMITED,
        bridges=False,
        final=_OFFICER,
        asks=frozenset({GROUND, NEED, AWAITS, UNTIL}),
        npdb_reason=NPDBReason.NEW_PRIVILEGE,
    ),
    Kind(
        _K.LOCUM,
        "Somebody stands in for a practitioner for a time, without membership.",
        ends=LIMITED,
        bridges=False,
        final=_OFFICER,
        asks=frozenset({NEED, UNTIL}),
        npdb_reason=NPDBReason.NEW_PRIVILEGE,
    ),
    Kind(
        _K.TELEMEDICINE,
        "Care from a distant site, on that site's credentialing and privileging decision under a written "
        "agreement (42 CFR 482.12(a)(8), 482.22(a)(3)). Without membership.",
        ends=LONGEST_TERM,
        asks=frozenset({SITE, UNTIL}),
        npdb_reason=NPDBReason.NEW_PRIVILEGE,
        evaluated_elsewhere=True,
    ),
    Kind(
        _K.DISASTER,
        "A volunteer while the emergency operations plan is activated. The license is verified at its "
        "source, and it is decided whether the privileges continue, within 72 hours of arrival.",
        ends=UNTIL_DECIDED,
        final=_OFFICER,
        asks=frozenset({ARRIVAL}),
        npdb_reason=NPDBReason.NEW_PRIVILEGE,
        verified_after=True,
    ),
)  # fmt: skip

KINDS: dict[str, Kind] = {str(one.code): one for one in _KINDS}


#: What an issued application is.
INITIAL = str(_K.INITIAL)


def kind_of(code: str) -> Kind:
    """The properties of a kind; raises ``KeyError`` for what is none."""
    return KINDS[str(code)]


def codes(**properties: bool) -> list[str]:
    """The codes of the kinds with these properties, for a question to the database."""
    return [
        code
        for code, one in KINDS.items()
        if all(bool(getattr(one, name)) == wanted for name, wanted in properties.items())
    ]


def needs_text(kind: Kind, ground: str) -> bool:
    """Whether the need is written down: always where it is asked for, but for an applicant's own ground."""
    return NEED in kind.asks and (GROUND not in kind.asks or ground == TemporaryGround.NEED)


#: Statuses of a complete application that waits for the bodies.
AWAITING_BODIES = (ApplicationStatus.COMPLETE, ApplicationStatus.IN_REVIEW)


# --- opening --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stated:
    """What some kinds state when they are opened, beside department, category and planned day.

    ``until`` is an inclusive last day; ``awaits``: an application is named that waits for the bodies;
    ``agreement``: one with a distant site is;
    ``arrived``: the moment of a volunteer's arrival is; ``proof`` what they showed beside the photo ID.
    """

    ground: str = ""
    need: str = ""
    awaits: bool = False
    agreement: bool = False
    until: dt.date | None = None
    arrived: bool = False
    proof: str = ""


@dataclass(frozen=True)
class Standing:
    """How somebody stands at the facility on a day, as far as opening an application asks.

    ``term_end`` is the open bound of the term in force, None without one; ``lapsed`` the open bound of the
    last one, where it ran out; ``leave`` the first day of the leave that stands; ``renewing`` whether a
    reappointment is open.
    """

    term_end: dt.date | None = None
    category: str = ""
    lapsed: dt.date | None = None
    leave: dt.date | None = None
    renewing: bool = False


def why_not_stated(kind: Kind, stated: Stated, today: dt.date) -> tuple[str, str]:
    """The field and the sentence of what is still to be stated; two empty texts when nothing is."""
    if GROUND in kind.asks and not stated.ground:
        return "ground", "Choose the ground: there are only these two."
    if needs_text(kind, stated.ground) and not stated.need.strip():
        return "need", _NEEDED.get(kind.code, "Write why it is needed.")
    if stated.ground == TemporaryGround.APPLICANT and not stated.awaits:
        return "awaits", "Choose the application that awaits the MEC and the board."
    if SITE in kind.asks and not stated.agreement:
        return "agreement", "Choose the written agreement with the distant site."
    if ARRIVAL in kind.asks and not stated.arrived:
        return "arrived_at", "Enter when the volunteer arrived, with the time: the hours count from then."
    if ARRIVAL in kind.asks and not stated.proof:
        return "proof", "Choose what was shown beside the photo ID: one of these is needed."
    if UNTIL in kind.asks and stated.until is not None and stated.until < today:
        return "until", "The last day asked for lies in the past."
    return "", ""


_NEEDED: dict[str, str] = {
    _K.TEMPORARY: "Write the patient care need: it is documented with the grant.",
    _K.LOCUM: "Write for whom this person stands in, and why.",
}


def why_not_opened(kind: Kind, who: str, place: str, standing: Standing, category: str = "") -> str:
    """Why an application of this kind cannot be opened for ``who`` at ``place``; empty when it can.

    ``category`` is the one applied for.
    """
    if kind.on_leave and standing.leave is None:
        return f"{who} is on no leave at {place}: there is nothing to be reinstated from."
    if kind.of_member and standing.term_end is None:
        if kind.on_leave and standing.lapsed is not None:
            return term_ended_on_leave(standing.lapsed)
        return f"{who} holds no term at {place} today: {kind.label.lower()} is for members."
    if kind.renews and standing.term_end is None and standing.lapsed is None:
        return f"{who} holds no term at {place} that could be renewed: open an initial appointment."
    if kind.membership == CATEGORY and category == standing.category:
        return f"{who} is of the category {category} already."
    if not kind.bridges and standing.term_end is None and standing.renewing and standing.lapsed is not None:
        return no_bridge(f"The term at {place} ended with {day_text(standing.lapsed - ONE_DAY)}")
    return ""


def term_ended_on_leave(bound: dt.date) -> str:
    """Why nobody is reinstated whose term ran out before ``bound`` (the first day without it)."""
    last = day_text(bound - ONE_DAY)
    return f"The term ended with {last}, during the leave: a full reappointment comes first."


def no_bridge(fact: str) -> str:
    """Why privileges for a time are not given in place of a reappointment that is late."""
    return (
        f"{fact}, and the reappointment is not decided: temporary privileges do not bridge a late "
        "reappointment."
    )
