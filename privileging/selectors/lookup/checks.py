"""What is checked of one person, one after the other. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from bylaws.choices import BarKind
from bylaws.selectors.membership import nothing_recorded
from config.kernel.periods import last_day, unbroken_since
from config.organization.models import Facility
from config.rulebook.verdicts import Outcome, Verdict
from privileging.choices import GrantKind, RequestLineStatus
from privileging.rules.grant_kinds import rests_on_appointment
from privileging.selectors.lookup.answers import PEER_REVIEW_BARS, UNRECORDED, Asked, Person, Reason, day_said


def on_day(rows: Sequence[dict[str, Any]], on: dt.date) -> dict[str, Any] | None:
    """The row that holds on the day; None when none does."""
    return next(
        (
            row
            for row in rows
            if (row["start"] is None or row["start"] <= on) and (row["end"] is None or on < row["end"])
        ),
        None,
    )


#: A verdict, and the reasons against a yes it gives.
Checked = tuple[Verdict, list[Reason]]


def check_unrecorded(begins: dt.date, facility: Facility) -> Checked:
    """Before the records of a facility begin, that nothing is found means nothing."""
    said = nothing_recorded(facility, begins)
    verdict = Verdict(
        Outcome.UNKNOWN, UNRECORDED, "The day is on record", said, facts={"recorded from": begins}
    )
    return verdict, [Reason(UNRECORDED, said, said)]


def check_grant(
    grants: Sequence[dict[str, Any]],
    grant: dict[str, Any] | None,
    asked: Mapping[str, Any] | None,
    on: dt.date,
    person: Person,
    privilege: Asked,
    facility: Facility,
) -> Checked:
    """Whether the privilege is granted on the day; if not: not yet, no longer, or never."""
    title = "The privilege is granted"
    if grant is not None:
        facts = {
            "granted from": grant["start"],
            "through": last_day(grant["end"]),
            "decided on": grant["decided_on"],
            "authority": grant["authority"],
        }
        if grant["conditions"]:
            facts["conditions"] = grant["conditions"]
        first = unbroken_since([(row["start"], row["end"]) for row in grants], grant["start"])
        if first != grant["start"]:
            facts["held without a break since"] = first
        sentence = f"Granted by {grant['authority']}, from {day_said(grant['start'])}."
        return Verdict(Outcome.MET, "GRANT", title, sentence, facts=facts, since=grant["start"]), []
    later = next((row for row in grants if row["start"] > on), None)
    earlier = next((row for row in reversed(grants) if row["end"] <= on), None)
    if later is not None and earlier is None:
        sentence = f"Granted from {day_said(later['start'])} by {later['authority']}, not before."
        reason = Reason("NOT_YET", sentence, f"Authorized only from {day_said(later['start'])}.")
        facts = {"granted from": later["start"], "decided on": later["decided_on"]}
    elif earlier is not None:
        ended = last_day(earlier["end"])
        again = f" It is granted again from {day_said(later['start'])}." if later else ""
        sentence = f"The grant ended with {day_said(ended)}.{again}"
        reason = Reason(
            "ENDED", sentence, f"The authority ended with {day_said(ended)}.{again}", earlier["end"]
        )
        facts = {"granted from": earlier["start"], "through": ended}
    else:
        sentence = _never_granted(asked, privilege, facility)
        reason = Reason("NOT_GRANTED", sentence, f"Not granted at {facility}.")
        facts = {"request": RequestLineStatus(asked["status"]).label} if asked else {}
    return Verdict(Outcome.NOT_MET, "GRANT", title, sentence, facts=facts, since=reason.since), [reason]


def _never_granted(asked: Mapping[str, Any] | None, privilege: Asked, facility: Facility) -> str:
    status = asked["status"] if asked else ""
    decided = dt.date.fromisoformat(asked["decided_on"]) if asked and asked["decided_on"] else None
    if status == RequestLineStatus.STRUCK:
        return f"Not granted at {facility}: the applicant struck it from the form."
    if status == RequestLineStatus.DENIED:
        return (
            f"Not granted at {facility}: the board decided so{f' on {day_said(decided)}' if decided else ''}."
        )
    if status == RequestLineStatus.WITHDRAWN:
        return f"Not granted at {facility}: the request was withdrawn."
    if status in (RequestLineStatus.REQUESTED, RequestLineStatus.HELD):  # that it is held is peer review
        return f"Not granted at {facility}: asked for, and not yet decided by the board."
    return f"{privilege.name} has not been granted at {facility}."


def check_appointment(
    appointments: Sequence[dict[str, Any]], grant: dict[str, Any] | None, on: dt.date, facility: Facility
) -> Checked:
    """Whether a membership that carries privileges is in force on the day; what was granted for a time, or by
    proxy, rests on none.
    """
    title = "The appointment is in force"
    if grant is not None and not rests_on_appointment(grant["kind"]):
        kind = GrantKind(grant["kind"])
        sentence = f"{kind.label}: rests on no appointment."
        return Verdict(
            Outcome.NOT_APPLICABLE, "APPOINTMENT", title, sentence, facts={"granted as": kind.label}
        ), []
    held = on_day(appointments, on)
    if held is not None and held["carries"]:
        sentence = f"{held['category']}, {held['department']}, through {day_said(last_day(held['end']))}."
        facts = {
            "category": held["category"],
            "department": held["department"],
            "from": held["start"],
            "through": last_day(held["end"]),
        }
        return Verdict(Outcome.MET, "APPOINTMENT", title, sentence, facts=facts, since=held["start"]), []
    if held is not None:
        sentence = f"The category {held['category']} carries no privileges."
        reason = Reason("NO_APPOINTMENT", sentence, sentence, held["start"])
    else:
        earlier = next((row for row in reversed(appointments) if row["end"] <= on), None)
        if earlier is not None:
            sentence = f"The appointment at {facility} ended with {day_said(last_day(earlier['end']))}."
            reason = Reason("APPOINTMENT_ENDED", sentence, sentence, earlier["end"])
        else:
            later = next((row for row in appointments if row["start"] > on), None)
            sentence = f"No appointment at {facility}" + (
                f" before {day_said(later['start'])}." if later else " is on record."
            )
            reason = Reason("NO_APPOINTMENT", sentence, sentence)
    return Verdict(Outcome.NOT_MET, "APPOINTMENT", title, sentence, since=reason.since), [reason]


def check_bars(bars: Sequence[dict[str, Any]]) -> Checked:
    """Whether a suspension, a leave or a restriction of the day keeps the grant from being used. A
    restriction that leaves it allowed under a condition does not: the condition is part of the answer.
    """
    title = "Nothing suspends it"
    if not bars:
        return Verdict(Outcome.MET, "BARS", title, "No suspension, leave or restriction that day."), []
    forbidding = [bar for bar in bars if not bar["condition"]]
    if not forbidding:
        said = f"It may be used under a condition: {' '.join(allowed_under(bars))}"
        return Verdict(Outcome.MET, "BARS", title, said), []
    reasons = []
    for bar in forbidding:
        kind = BarKind(bar["kind"])
        since = f" since {day_said(bar['start'])}" if bar["start"] else ""
        reasons.append(
            Reason(
                code=str(kind),
                sentence=f"{kind.label}{since}: {bar['cause']}",
                shareable=f"{kind.label}{since}.",
                since=bar["start"],
                protected=kind in PEER_REVIEW_BARS,
            )
        )
    return (
        Verdict(
            Outcome.NOT_MET,
            "BARS",
            title,
            " ".join(reason.sentence for reason in reasons),
            facts={"bars": [reason.shareable.rstrip(".") for reason in reasons]},
            citation="; ".join(dict.fromkeys(bar["citation"] for bar in forbidding if bar["citation"])),
            since=min((bar["start"] for bar in forbidding if bar["start"]), default=None),
        ),
        reasons,
    )


def allowed_under(bars: Sequence[dict[str, Any]]) -> list[str]:
    """The conditions under which restrictions of the day leave it allowed."""
    return list(dict.fromkeys(bar["condition"] for bar in bars if bar["condition"]))


def standing_reason(verdict: Verdict) -> Reason:
    """Why a standing condition stands against a yes."""
    if verdict.outcome is Outcome.NOT_MET:
        since = f" since {day_said(verdict.since)}" if verdict.since else ""
        shareable = f"{verdict.title}: not met{since}."
    else:
        shareable = f"{verdict.title}: cannot be confirmed."
    return Reason(verdict.code, verdict.sentence, shareable, verdict.since)


def failing_checks(checks: Sequence[Verdict], findings: Sequence[Reason]) -> list[tuple[Reason, Verdict]]:
    """Each reason with the check it comes from: by the code of a rule, else by the order of the checks."""
    by_code = {check.code: check for check in checks}
    pairs = []
    for reason in findings:
        if reason.code in by_code:
            pairs.append((reason, by_code[reason.code]))
        elif reason.code in BarKind.values:
            pairs.append((reason, by_code["BARS"]))
        elif reason.code in ("NO_APPOINTMENT", "APPOINTMENT_ENDED"):
            pairs.append((reason, by_code["APPOINTMENT"]))
        else:
            pairs.append((reason, by_code["GRANT"]))
    return pairs
