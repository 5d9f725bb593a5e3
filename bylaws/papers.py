"""Papers of this room that are typeset from what a page shows."""

from __future__ import annotations

import datetime as dt
import json

from bylaws.choices import MinutesStatus
from bylaws.models import Amendment
from bylaws.selectors.minutes_of_meeting import MinutesView
from bylaws.selectors.peer_review import statement_of
from bylaws.selectors.simulation import Simulation
from bylaws.wording import in_words, subject_in_words
from config.kernel import clock
from config.kernel.display.dates import day_text, moment
from config.kernel.papers import typeset
from config.rulebook.parameters import definition
from config.rulebook.selectors.parameters import Bound


def simulation_paper(amendment: Amendment, tried: Simulation, *, named: bool, made_at: dt.datetime) -> bytes:
    """What an amendment would do, as a PDF: ``named`` for the office and the leaders, with each person judged
    otherwise; without names for the vote. Findings of a protected class are never on it; how many rules were
    left out for that reason is.
    """
    facility = amendment.facility
    shown = [each for each in tried.rules if not each.rule.data_class]
    left_out = tried.withheld + len(tried.rules) - len(shown)
    content = {
        "facility": {
            "name": facility.name,
            "city": ", ".join(part for part in (facility.city, facility.state) if part),
            "phone": facility.office_phone,
        },
        "to": [
            f"To the Medical Staff Office and the leaders of {facility.name}"
            if named
            else f"To the voting members of the medical staff of {facility.name}"
        ],
        "issued_on": day_text(clock.date_at(made_at, facility)),
        "signed_by": str(amendment.drafted_by),
        "on_behalf": f"the Medical Staff Office of {facility.name}",
        "title": f"Amendment: {amendment.title}",
        "text": amendment.text,
        "reason": amendment.reason,
        "takes_effect": day_text(amendment.takes_effect_on),
        "on": day_text(tried.on),
        "named": named,
        "left_out": left_out,
        "untouched": tried.untouched,
        "values": [
            {
                "what": value_title(before),
                "before": said(before),
                "after": said(after),
            }
            for before, after in tried.values
        ],
        "rules": [
            {
                "code": each.rule.code,
                "title": each.rule.title,
                "total": each.total,
                "counts": [
                    {"outcome": label, "before": before, "after": after}
                    for label, before, after in each.counts
                ],
                "tally": [{"change": label, "number": number} for label, number in each.tally],
                "changes": [
                    {
                        "name": change.judged.name,
                        "department": change.judged.department,
                        "change": change.label,
                        "before": change.before.sentence,
                        "after": change.after.sentence,
                    }
                    for change in each.changes
                    if named
                ],
            }
            for each in shown
        ],
    }
    return typeset("amendment", content, issued_at=made_at)


def value_title(bound: Bound) -> str:
    """What a value is of, in words."""
    subject = f", {subject_in_words(bound.subject)}" if bound.subject else ""
    return f"{definition(bound.code).title}{subject}"


def said(bound: Bound) -> str:
    """The value with its unit and whose it is."""
    if not bound.is_set:
        return "not set"
    words = in_words(bound.code, bound.value)
    if words:
        return f"{words} ({bound.source})"
    if isinstance(bound.value, list) and all(isinstance(each, str | int) for each in bound.value):
        return f"{', '.join(str(each) for each in bound.value) or 'none'} ({bound.source})"
    value = bound.value if isinstance(bound.value, str) else json.dumps(bound.value, ensure_ascii=False)
    unit = definition(bound.code).unit
    return f"{value} {unit} ({bound.source})" if unit else f"{value} ({bound.source})"


def minutes_paper(view: MinutesView, *, read_by: str, made_at: dt.datetime) -> bytes:
    """The minutes as the reader of the view has them, as a PDF; what of them is peer review only where the
    view shows it, and then with the statement that marks it.
    """
    meeting = view.minutes.meeting
    facility = meeting.committee.facility
    content = {
        "title": f"Minutes: {meeting}",
        "facility": {"name": facility.name},
        "state": str(MinutesStatus(view.minutes.status).label) if view.is_newest else "An earlier version",
        "peer_review": statement_of(facility) if view.shows_peer_review else "",
        "printed": f"Printed for {read_by} on {day_text(clock.date_at(made_at, facility))}",
        "sections": [
            {
                "heading": each.heading,
                "closed": each.closed,
                "lines": [
                    {"item": line.startswith("- "), "text": line.removeprefix("- ")}
                    for line in each.text.splitlines()
                    if line.strip()
                ],
            }
            for each in view.sections
        ],
        "signatures": [
            {
                "name": each.name,
                "signed_as": str(each.get_signed_as_display()).lower(),
                "at": moment(each.signed_at),
            }
            for each in view.signatures
        ],
        "version": str(view.version.number),
        "sha256": view.version.sha256,
    }
    return typeset("minutes", content, issued_at=made_at)
