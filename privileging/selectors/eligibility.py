"""Which requested lines do not meet their criteria, what the bylaws make of it, and what is not accepted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from config.kernel.display.dates import day_text
from config.rulebook.selectors.parameters import Bound, resolve
from config.rulebook.verdicts import Outcome, Verdict
from credentialing.asked_for import NotAcceptedLine
from credentialing.choices import ApplicationStatus, LetterOccasion
from credentialing.models import Application, OfficeLetter
from credentialing.rules.letter_occasions import DECIDED, PENDING
from privileging.choices import FormLineKind, RenewalRoute, RequestLineStatus
from privileging.models import LineProcessing, RequestLine
from privileging.parameters import RENEWAL_UNMET
from privileging.selectors.criteria import evaluate_lines
from privileging.selectors.grants import held_today
from privileging.selectors.requests import lines_of

#: While the application has one of these statuses, a line of it is accepted for processing or not.
PROCESSED = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.INCOMPLETE,
    ApplicationStatus.IN_VERIFICATION,
    ApplicationStatus.COMPLETE,
)


@dataclass(frozen=True)
class Group:
    """What is judged together: the core of a form as one, or one special privilege."""

    key: str
    label: str
    lines: tuple[RequestLine, ...]

    @property
    def count(self) -> int:
        """How many privileges it is."""
        return len(self.lines)


@dataclass(frozen=True)
class NotEligible(Group):
    """A group whose criteria are not met. ``held``: a member holds some of it now. ``routed``: somebody has
    sent it to the reviewing bodies already.
    """

    verdict: Verdict | None = None
    held: bool = False
    routed: LineProcessing | None = None


@dataclass(frozen=True)
class NotAccepted(Group):
    """A group that is not processed, and the newest word on why."""

    word: LineProcessing | None = None


@dataclass(frozen=True)
class Eligibility:
    """What does not meet its criteria, what is not accepted, and how the bylaws route what is held."""

    open: tuple[NotEligible, ...]
    refused: tuple[NotAccepted, ...]
    route: Bound
    left: int  # how many privileges are asked for and processed

    @property
    def asks_investigation(self) -> bool:
        """Whether the question of an investigation belongs to the act: something held would end by it."""
        return self.route_code == RenewalRoute.NOT_RENEWED and any(each.held for each in self.open)

    @property
    def route_code(self) -> str:
        """Where a privilege that is held goes (:class:`RenewalRoute`); without a value to the reviewing
        bodies. A value that is none of them is answered as it stands: nothing that is held may end by it.
        """
        return str(self.route.value or RenewalRoute.BODIES)

    @property
    def choosable(self) -> tuple[NotEligible, ...]:
        """What can be left unprocessed here."""
        return tuple(each for each in self.open if why_not_choosable(each, self.route_code) == "")


def why_not_choosable(group: NotEligible, route: str) -> str:
    """Why the group is not left unprocessed, as a sentence; empty when it can be. Pure."""
    if group.routed is not None:
        return "It goes to the reviewing bodies, who see the criteria."
    if group.held and route not in RenewalRoute.values:
        return unknown_route(route)
    if group.held and route == RenewalRoute.BODIES:
        return (
            "The applicant holds it: under the bylaws' parameter the reviewing bodies decide whether it is "
            "renewed. They see the criteria."
        )
    return ""


def unknown_route(route: str) -> str:
    """That the parameter says something nobody can follow, and what it can say. Pure."""
    return (
        f'The parameter {RENEWAL_UNMET.code} says "{route}", and can only say '
        f"{' or '.join(RenewalRoute.values)}: until it is mended nothing that is held is left unprocessed."
    )


def why_not_processed(application: Application) -> str:
    """Why nothing can be accepted or left here now, as a sentence; empty when it can."""
    if application.status in PROCESSED:
        return ""
    if application.status == ApplicationStatus.DRAFT:
        return "The application has not come in yet."
    status = ApplicationStatus(application.status).label.lower()
    return f"The application is {status}: what is asked for is no longer changed here."


def eligibility_of(application: Application, on: dt.date) -> Eligibility:
    """Everything the page and the service ask; nine queries at most, whatever the number of lines."""
    lines = list(lines_of(application, asked_only=False))
    asked = [line for line in lines if line.status == RequestLineStatus.REQUESTED]
    verdicts = evaluate_lines(asked, on) if asked else {}
    words = _words(lines)
    renews = application.rule.renews
    held = held_today(application, [line.form_line.privilege_id for line in asked]) if renews else set()
    route = resolve(RENEWAL_UNMET.code, facility=application.facility, on=on)
    found = []
    for group in groups_of(asked):
        verdict = verdicts[group.lines[0].pk]
        if verdict.outcome is Outcome.NOT_MET:
            found.append(
                NotEligible(
                    group.key,
                    group.label,
                    group.lines,
                    verdict=verdict,
                    held=any(line.form_line.privilege.code in held for line in group.lines),
                    routed=_newest(words, (each for each in group.lines if _routed(words.get(each.pk)))),
                )
            )
    refused = [line for line in lines if line.status == RequestLineStatus.NOT_ACCEPTED]
    return Eligibility(
        open=tuple(found),
        refused=tuple(
            NotAccepted(group.key, group.label, group.lines, word=_newest(words, group.lines))
            for group in groups_of(refused)
        ),
        route=route,
        left=len(asked),
    )


def groups_of(lines: Sequence[RequestLine]) -> Iterator[Group]:
    """The core of each form together, special privileges one by one, in the order of the forms. Pure."""
    core: dict[int, list[RequestLine]] = {}
    for line in lines:
        if line.form_line.kind == FormLineKind.CORE:
            core.setdefault(line.request_id, []).append(line)
    told: set[int] = set()
    for line in lines:
        if line.form_line.kind != FormLineKind.CORE:
            yield Group(str(line.uid), line.form_line.privilege.name, (line,))
        elif line.request_id not in told:
            told.add(line.request_id)
            mine = tuple(core[line.request_id])
            yield Group(str(mine[0].uid), f"{line.form_line.version.form.name}, core", mine)


def _words(lines: Iterable[RequestLine]) -> Mapping[int, LineProcessing]:
    """The newest word on each line by its id; one query."""
    rows = LineProcessing.objects.filter(line__in=[line.pk for line in lines]).select_related("recorded_by")
    return {row.line_id: row for row in rows.order_by("pk")}


def _routed(word: LineProcessing | None) -> bool:
    """Whether the newest word on a line sent it to the reviewing bodies."""
    return word is not None and word.accepted and bool(word.investigation)


def _newest(words: Mapping[int, LineProcessing], lines: Iterable[RequestLine]) -> LineProcessing | None:
    """The newest word on any of the lines: they share a group, not the day on which each came into it."""
    said = [words[line.pk] for line in lines if line.pk in words]
    return max(said, key=lambda word: word.pk, default=None)


def not_accepted_of(application: Application) -> list[NotAcceptedLine]:
    """What of the application is not accepted for processing, for letters; two queries."""
    lines = list(lines_of(application, asked_only=False).filter(status=RequestLineStatus.NOT_ACCEPTED))
    if not lines:
        return []
    words = _words(lines)
    said = [(group.label, _newest(words, group.lines)) for group in groups_of(lines)]
    return [NotAcceptedLine(label, word.reason) for label, word in said if word is not None]


def untold(facility) -> QuerySet[Application]:
    """Applications with a line that is not accepted and of which no letter tells that was written since. The
    oldest first.

    A letter tells what was not accepted when it was written, and nothing that follows it; and the applicant
    is told also when the rest of the application is before a body, or decided. Of an application they
    withdrew nothing is told.
    """
    told = OfficeLetter.objects.filter(
        application=OuterRef("line__request__application"),
        version__template__occasion=LetterOccasion.NOT_ACCEPTED,
        letter__issued_at__gte=OuterRef("recorded_at"),
    )
    said = LineProcessing.objects.filter(
        ~Exists(told),
        line__request__application=OuterRef("pk"),
        line__status=RequestLineStatus.NOT_ACCEPTED,
        accepted=False,
    )
    return (
        Application.objects.filter(Exists(said), facility=facility, status__in=(*PENDING, *DECIDED))
        .select_related("practitioner")
        .order_by("opened_at", "pk")
    )


def said_of(word: LineProcessing) -> str:
    """Who said it and when, without the answer about an investigation, which is peer review."""
    return f"{word.recorded_by} on {day_text(word.recorded_at)}"
