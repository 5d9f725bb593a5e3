"""The gate to "complete": has everything required been found out, and is it fresh enough for the decision?

Complete does not mean favourable. A verified adverse truth satisfies the gate (and raised a red flag); a
waiver does after documented attempts; missing data never does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from config.accounts.choices import DataClass
from config.kernel import clock
from config.kernel.dates import last_good_day, within_days
from config.rulebook.selectors.parameters import Bound
from config.rulebook.verdicts import EvidenceRef, Outcome, Verdict, combine_all
from credentialing import links
from credentialing.choices import (
    Element,
    FlagStatus,
    ItemStatus,
    MatchStatus,
)
from credentialing.elements import NEVER_WAIVABLE, ONLY_CURRENT
from credentialing.models import (
    Application,
    ContinuousQueryPeriod,
    ListSnapshot,
    RedFlag,
    ScreeningRun,
    VerificationItem,
)
from credentialing.rules.needed import Missing, Wanted, licence_needed
from credentialing.selectors.awaited import awaited_verdict
from credentialing.selectors.emergencies import emergency_verdict
from credentialing.selectors.gaps import history_of
from credentialing.selectors.items import shown_status
from credentialing.selectors.requirements import Requirements, requirements
from credentialing.selectors.screening import names_of, newest_runs, standing_matches
from credentialing.selectors.telemedicine import proxy_verdict
from practitioners.selectors.canonical import among

FOUND_OUT = (ItemStatus.VERIFIED, ItemStatus.VERIFIED_ADVERSE)
#: Elements whose credential must still run on the day of the decision.
RUNS_ON_DECISION = frozenset({Element.STATE_LICENSE, *ONLY_CURRENT})
NPDB_CITATION = "45 CFR 60.17(a)"
EXCLUSION_CITATION = "42 USC 1320a-7; 42 CFR 1001.1901"

WAITING_WORDS: dict[str, tuple[str, str]] = {
    ItemStatus.NOT_STARTED: ("Not asked yet.", "Ask the source and record its answer."),
    ItemStatus.REQUESTED: ("The source has been asked.", "Wait for the answer, or record it by hand."),
    ItemStatus.AWAITING: ("No answer yet.", "Chase the source, or record its answer."),
    ItemStatus.RECEIVED: ("The answer waits for a person's review.", "Review the answer and verify it."),
    ItemStatus.DISCREPANT: (
        "The answer contradicts the application.",
        "Let the applicant correct it, then resolve the discrepancy in writing.",
    ),
}


@dataclass(frozen=True)
class _Screening:
    """The newest screening of each list beside the list as it stands."""

    lists: Sequence[tuple[ListSnapshot, ScreeningRun | None]]
    waiting: int
    confirmed: int
    names: Sequence[str]


@dataclass(frozen=True)
class _View:
    """Everything the leaves need, read once."""

    application: Application
    needs: Requirements
    items: Sequence[VerificationItem]
    flags: Sequence[RedFlag]
    screening: _Screening
    continuous: ContinuousQueryPeriod | None
    history: Verdict | None  # None: this application asks for no work history
    today: dt.date

    @property
    def later(self) -> set[tuple[str, int | None]]:
        """What is found out after the decision, by element and credential."""
        return {one.key for one in self.needs.wanted if one.later}


@dataclass(frozen=True)
class Examination:
    """The verdict of the gate, and what it was made from."""

    verdict: Verdict
    needs: Requirements
    items: Sequence[VerificationItem]
    leaves: Mapping[int, Verdict]  # by item id
    flags: Sequence[RedFlag]


def completeness(application: Application, on: dt.date | None = None) -> Verdict:
    """Whether everything required is found out for a decision on ``on`` (default: the planned day, or today).

    A tree: what is still to be stated, one leaf per element and instance, and the red flags. About twelve
    queries, whatever the number of items.
    """
    return examine(application, on).verdict


def unsafe_to_grant(application: Application, on: dt.date) -> list[Verdict]:
    """What nothing can replace (license, data bank, exclusion lists, identity) and is not found out, or not
    fresh, on that day. For what is granted after the rest of the application was decided: the file was whole
    then. Queries as :func:`completeness`.
    """
    codes = {f"CR-{element}" for element in NEVER_WAIVABLE}
    return [leaf for leaf in completeness(application, on).leaves() if leaf.code in codes and not leaf.met]


def examine(application: Application, on: dt.date | None = None) -> Examination:
    """The gate with everything it was read from, for the page of the file (the same queries)."""
    view = _read(application, on)
    return Examination(
        verdict=_judge(application, view),
        needs=view.needs,
        items=view.items,
        leaves={item.pk: item_verdict(item, view) for item in view.items},
        flags=view.flags,
    )


def _judge(application: Application, view: _View) -> Verdict:
    groups = [
        awaited_verdict(application),
        proxy_verdict(application, view.needs.on),
        emergency_verdict(application),
        _stated(view),
        *_verified(view),
        view.history,
        _flag_group(view),
    ]
    children = tuple(group for group in groups if group is not None)
    outcome = combine_all(children)
    leaves = [leaf for child in children for leaf in child.leaves()]
    open_leaves = [leaf for leaf in leaves if not leaf.met]
    return Verdict(
        outcome=outcome if leaves else Outcome.UNKNOWN,
        code="CR-COMPLETE",
        title="Everything required has been found out",
        sentence=_root_sentence(application, leaves, open_leaves),
        facts={
            "judged_for": view.needs.on,
            "required": len(leaves),
            "found_out": len(leaves) - len(open_leaves),
        },
        cure=open_leaves[0].cure if open_leaves else "",
        children=children,
    )


def leaf_of(
    application: Application, item: VerificationItem, on: dt.date | None = None
) -> tuple[Verdict, Requirements]:
    """The leaf of one item, for its own page, and the requirements it was judged by."""
    view = _read(application, on)
    return item_verdict(item, view), view.needs


def _root_sentence(application: Application, leaves, open_leaves) -> str:
    if not leaves:
        return "Nothing is required of this application: no parameter says what is verified here."
    if not open_leaves:
        return "Everything required has been found out."
    first = open_leaves[0]
    told = f"{first.title}: {first.sentence[:1].lower()}{first.sentence[1:]}"
    if len(open_leaves) == 1:
        return f"1 thing is still to be found out. {told}"
    return f"{len(open_leaves)} things are still to be found out. First: {told}"


# --- reading --------------------------------------------------------------------------------------------


def _read(application: Application, on: dt.date | None) -> _View:
    needs = requirements(application, on)
    items = list(
        application.items.exclude(status=ItemStatus.SUPERSEDED)
        .select_related("evidence", "reviewed_by", "credential")
        .order_by("id")
    )
    continuous = (
        ContinuousQueryPeriod.objects.in_force(needs.on)
        .filter(
            identity__practitioner_id__in=among([application.practitioner_id]),
            identity__npdb_entity_id=application.facility.npdb_entity_id,
        )
        .select_related("query__response")
        .first()
    )
    return _View(
        application=application,
        needs=needs,
        items=items,
        flags=list(application.red_flags.select_related("disposed_by")),
        screening=_read_screening(application),
        continuous=continuous,
        history=_read_history(application, needs, items),
        today=clock.today(application.facility),
    )


def _read_history(
    application: Application, needs: Requirements, items: Sequence[VerificationItem]
) -> Verdict | None:
    """Whether the gaps of the history are explained, where the history is asked for; one query."""
    asked = {one.element for one in needs.wanted} | {item.element for item in items}
    if Element.WORK_HISTORY not in asked:
        return None
    verdict, judged = history_of(application, needs)
    return verdict if judged else None


def _read_screening(application: Application) -> _Screening:
    matches = (
        standing_matches(application.practitioner_id)
        .order_by()
        .annotate(everyone=Value(1))
        .values("everyone")
    )
    snapshots = list(
        ListSnapshot.objects.filter(exclusion_list__active=True)
        .order_by("exclusion_list_id", "-number")
        .distinct("exclusion_list_id")
        .select_related("exclusion_list")
        .annotate(
            waiting=_count(matches.filter(status=MatchStatus.NEW)),
            confirmed=_count(matches.filter(status=MatchStatus.CONFIRMED)),
        )
    )
    runs = {run.snapshot.exclusion_list_id: run for run in newest_runs(application.practitioner_id)}
    return _Screening(
        lists=[(snapshot, runs.get(snapshot.exclusion_list_id)) for snapshot in snapshots],
        waiting=max((snapshot.waiting for snapshot in snapshots), default=0),
        confirmed=max((snapshot.confirmed for snapshot in snapshots), default=0),
        names=[name.text for name in names_of(application.practitioner)],
    )


def _count(matches: QuerySet) -> Coalesce:
    """The number of these matches, as part of another query."""
    return Coalesce(Subquery(matches.annotate(number=Count("pk")).values("number")), 0)


# --- groups ---------------------------------------------------------------------------------------------


def _stated(view: _View) -> Verdict | None:
    planned = {(item.element, item.credential_id) for item in view.items}
    leaves = [_missing_leaf(view, missing) for missing in view.needs.missing]
    leaves += [_unplanned_leaf(one) for one in view.needs.wanted if one.key not in planned]
    if not leaves:
        return None
    return _group("CR-STATED", "Stated and planned", leaves)


def _verified(view: _View) -> list[Verdict]:
    wanted = {one.key for one in view.needs.wanted}
    groups: dict[str, list[Verdict]] = {}
    for item in view.items:
        if (item.element, item.credential_id) not in wanted and item.status not in FOUND_OUT:
            continue
        groups.setdefault(item.element, []).append(item_verdict(item, view))
    order = {str(element): index for index, element in enumerate(Element)}
    answer = []
    for element in sorted(groups, key=lambda code: order.get(code, 99)):
        leaves = groups[element]
        if len(leaves) == 1:
            answer.append(leaves[0])
        else:
            answer.append(_group(f"CR-{element}", Element(element).label, leaves))
    return answer


def _flag_group(view: _View) -> Verdict | None:
    # A matter of health is for those it is routed to: no gate, list or record of a decision speaks of it.
    flags = [
        flag
        for flag in view.flags
        if flag.data_class != DataClass.HEALTH and flag.status != FlagStatus.NO_LONGER
    ]
    if not flags:
        return None
    leaves = [_flag_leaf(flag) for flag in flags]
    still = sum(1 for flag in flags if flag.status == FlagStatus.OPEN)
    told = f"{still} still without a written disposition." if still else "All disposed of."
    return Verdict(
        outcome=combine_all(leaves),
        code="CR-FLAGS",
        title="Red flags go to the bodies with the file",
        sentence=told,
        children=tuple(leaves),
    )


def _group(code: str, title: str, leaves: Sequence[Verdict]) -> Verdict:
    open_leaves = [leaf for leaf in leaves if not leaf.met]
    sentence = (
        f"{len(leaves) - len(open_leaves)} of {len(leaves)} settled." if open_leaves else "All settled."
    )
    return Verdict(
        outcome=combine_all(leaves), code=code, title=title, sentence=sentence, children=tuple(leaves)
    )


# --- leaves ---------------------------------------------------------------------------------------------


def _missing_leaf(view: _View, missing: Missing) -> Verdict:
    return Verdict(
        outcome=Outcome.UNKNOWN,
        code=f"CR-{missing.element}",
        title=f"{Element(missing.element).label} stated",
        sentence=missing.sentence,
        facts={"stated": missing.stated, "needed": missing.minimum, "because": missing.because},
        cure="Record what the applicant states, then plan verification again.",
    )


def _unplanned_leaf(one: Wanted) -> Verdict:
    return Verdict(
        outcome=Outcome.UNKNOWN,
        code=f"CR-{one.element}",
        title=one.label,
        sentence="It is not in the verification plan yet.",
        facts={"because": one.because},
        cure="Plan verification again.",
    )


def _flag_leaf(flag: RedFlag) -> Verdict:
    disposed = flag.status == FlagStatus.DISPOSED
    # What is of a protected class is read at the flag, by those whose roles open it.
    open_class = flag.data_class == DataClass.GENERAL
    said = flag.sentence if open_class else f"Of the class {flag.get_data_class_display()}."
    return Verdict(
        # A flag never stops the gate: it goes to the bodies with the file, disposed of or not.
        outcome=Outcome.MET,
        code=flag.code,
        title=f"{flag.get_severity_display()}: {flag.code} goes with the file",
        sentence=said
        + (" Disposed of in writing." if disposed else " Open: the reviewers see it with the file."),
        facts={"disposition": flag.disposition} if disposed and open_class else {},
        since=flag.opened_at.date(),
    )


def item_verdict(item: VerificationItem, view: _View) -> Verdict:
    """One leaf: what the item came to, judged for the day of the decision."""
    if item.element == Element.EXCLUSION:
        return _exclusion_leaf(item, view)
    if item.element == Element.NPDB and view.continuous is not None:
        return _continuous_leaf(item, view)
    if item.status in FOUND_OUT:
        return _found_out_leaf(item, view)
    if item.status == ItemStatus.WAIVED:
        return _leaf(
            item,
            view,
            Outcome.MET,
            f"Could not be verified; waived by {item.reviewed_by}: {item.note}",
            facts={"waived_on": item.reviewed_at and item.reviewed_at.date()},
        )
    if item.status == ItemStatus.NOT_APPLICABLE:
        return _leaf(item, view, Outcome.NOT_APPLICABLE, item.note or "Does not apply.")
    if item.status == ItemStatus.UNABLE:
        cure = (
            "Find another accepted source: this can never be waived."
            if item.element in NEVER_WAIVABLE
            else "The director may waive it in writing, or another source answers."
        )
        return _leaf(item, view, Outcome.UNKNOWN, f"Could not be verified: {item.note}", cure=cure)
    sentence, cure = WAITING_WORDS.get(item.status, ("Not found out yet.", ""))
    if (item.element, item.credential_id) in view.later:
        return _leaf(
            item, view, Outcome.NOT_APPLICABLE, f"The decision does not wait for it. {sentence}", cure=cure
        )
    if item.element == Element.NPDB:
        cure = "Query the data bank and log the query."
    elif item.element == Element.ATTESTATION and item.status == ItemStatus.NOT_STARTED:
        sentence, cure = "Not signed yet.", "Let the applicant attest and sign the release, then record it."
    elif item.element == Element.WORK_HISTORY and item.status == ItemStatus.NOT_STARTED:
        cure = "Ask the employer, or read the curriculum vitae, and record the answer."
    return _leaf(item, view, Outcome.UNKNOWN, sentence, cure=cure)


def _found_out_leaf(item: VerificationItem, view: _View) -> Verdict:
    limit = view.needs.max_age(item.element)
    on = view.needs.on
    adverse = shown_status(item) == ItemStatus.VERIFIED_ADVERSE
    told = "Found out, and adverse: a red flag is in the file." if adverse else "Found out."
    if not adverse and (ran_out := _ran_out(item, view)):
        return _leaf(
            item,
            view,
            Outcome.UNKNOWN,
            f"What was verified runs out on {_day(ran_out)}, before the day of the decision ({_day(on)}).",
            cure="Verify the renewal.",
        )
    if not limit.is_set or item.verified_on is None:  # the database has a date for whatever is found out
        return _leaf(item, view, Outcome.MET, told)
    days = int(limit.value)
    due = last_good_day(item.verified_on, days)
    if within_days(item.verified_on, on, days):
        return _leaf(item, view, Outcome.MET, told, due=due, limit=limit)
    if item.verified_on > on:
        sentence = f"Verified on {_day(item.verified_on)}, after the day judged ({_day(on)})."
    else:
        sentence = (
            f"Verified on {_day(item.verified_on)}, {(on - item.verified_on).days} days before the decision "
            f"({_day(on)}); the limit is {days} days."
        )
    return _leaf(item, view, Outcome.NOT_MET, sentence, cure="Verify it again.", due=due, limit=limit)


def _ran_out(item: VerificationItem, view: _View) -> dt.date | None:
    """The last valid day of the confirmed credential when it does not reach the decision, else None."""
    if item.element not in RUNS_ON_DECISION or item.credential_id is None:
        return None
    if item.element == Element.STATE_LICENSE and not _needed_to_run(item, view):
        return None
    rows = [row for row in view.needs.periods.get(item.credential_id, ()) if row.standing == "confirmed"]
    if not rows or any(row.valid.upper is None or row.valid.upper > view.needs.on for row in rows):
        return None
    return max(row.valid.upper for row in rows) - dt.timedelta(days=1)


def _needed_to_run(item: VerificationItem, view: _View) -> bool:
    """Whether the facility's state is served by this licence alone on the day of the decision."""
    return licence_needed(
        item.credential_id, view.application.facility.state, view.needs.periods, view.needs.on
    )


def _exclusion_leaf(item: VerificationItem, view: _View) -> Verdict:
    screening, on = view.screening, view.needs.on
    limit = view.needs.max_age(item.element)

    def unknown(sentence: str, cure: str) -> Verdict:
        return _leaf(
            item, view, Outcome.UNKNOWN, sentence, cure=cure, limit=limit, citation=EXCLUSION_CITATION
        )

    if not screening.lists:
        return unknown("No exclusion list has been loaded.", "Load the list of the OIG, then screen.")
    for snapshot, run in screening.lists:
        name = snapshot.exclusion_list.name
        if run is None:
            return unknown(f"Not screened against {name} yet.", "Screen the applicant.")
        if run.snapshot_id != snapshot.pk:
            return unknown(
                f"Screened against load {run.snapshot.number} of {name}; load {snapshot.number} is newer.",
                "Screen the applicant again.",
            )
        if set(screening.names) - set(run.names):
            return unknown("A name was added since the last screening.", "Screen the applicant again.")
    if screening.waiting:
        many = screening.waiting > 1
        return unknown(
            f"{screening.waiting} possible match{'es wait' if many else ' waits'} for review.",
            "Review every match: clear it with a reason, or confirm it.",
        )
    if item.status not in FOUND_OUT:
        if item.status == ItemStatus.RECEIVED:
            return unknown(*WAITING_WORDS[ItemStatus.RECEIVED])
        return unknown("The screening is not in this application's file yet.", "Screen the applicant again.")
    screened_on = min(
        clock.date_at(run.screened_at, view.application.facility)
        for _, run in screening.lists
        if run is not None
    )
    told = (
        "Confirmed on an exclusion list: a red flag is in the file."
        if screening.confirmed or item.status == ItemStatus.VERIFIED_ADVERSE
        else f"Screened under {_names(len(screening.names))} against {_lists(screening)}: no match."
    )
    facts = {"screened_on": screened_on, "names": list(screening.names)}
    # Lists change every month and everybody is screened again: for a decision still to come the screening
    # must be fresh today, and it is judged again on the day of the decision.
    judged = min(on, view.today)
    if limit.is_set and not within_days(screened_on, judged, int(limit.value)):
        return _leaf(
            item,
            view,
            Outcome.NOT_MET,
            _screened_too_long_ago(screened_on, judged, limit.value),
            cure="Screen the applicant again.",
            limit=limit,
            citation=EXCLUSION_CITATION,
            facts=facts,
        )
    due = last_good_day(screened_on, int(limit.value)) if limit.is_set else None
    return _leaf(
        item, view, Outcome.MET, told, limit=limit, due=due, citation=EXCLUSION_CITATION, facts=facts
    )


def _lists(screening: _Screening) -> str:
    return " and ".join(snapshot.exclusion_list.name for snapshot, _ in screening.lists)


def _screened_too_long_ago(screened_on: dt.date, judged: dt.date, limit: int) -> str:
    if screened_on > judged:
        return f"Screened on {_day(screened_on)}, after the day judged ({_day(judged)})."
    days = (judged - screened_on).days
    return f"Last screened on {_day(screened_on)}, {days} days before {_day(judged)}; the limit is {limit}."


def _continuous_leaf(item: VerificationItem, view: _View) -> Verdict:
    period = view.continuous
    if item.status not in FOUND_OUT and view.application.rule.enrolment_suffices:
        end = f" through {_day(period.end)}" if period.end else ""
        return _leaf(
            item,
            view,
            Outcome.MET,
            f"Enrolled in Continuous Query{end}: the day is covered, and no query of its own is needed.",
            due=period.end,
            citation=NPDB_CITATION,
        )
    if item.status not in FOUND_OUT:
        return _leaf(
            item,
            view,
            Outcome.UNKNOWN,
            "Enrolled in Continuous Query; the response is not in this application's file yet.",
            cure="Log the query for this application.",
            citation=NPDB_CITATION,
        )
    return _leaf(
        item,
        view,
        Outcome.MET,
        f"Enrolled in Continuous Query through {_day(period.end)}."
        if period.end
        else "Enrolled in Continuous Query.",
        due=period.end,
        citation=NPDB_CITATION,
    )


def _leaf(
    item: VerificationItem,
    view: _View,
    outcome: Outcome,
    sentence: str,
    *,
    cure: str = "",
    due: dt.date | None = None,
    limit: Bound | None = None,
    citation: str = "",
    facts: dict[str, Any] | None = None,
) -> Verdict:
    limit = limit if limit is not None else view.needs.max_age(item.element)
    own = NPDB_CITATION if item.element == Element.NPDB else citation
    cited = "; ".join(part for part in (own, limit.citation) if part)
    given: dict[str, Any] = {"status": str(shown_status(item).label)}
    if item.verified_on:
        given["verified_on"] = item.verified_on
    if item.source:
        given["source"] = item.source
    if item.reviewed_by_id:
        given["reviewed_by"] = str(item.reviewed_by)
    if limit.is_set:
        given["max_age_days"] = limit.value
    given["because"] = item.required_because
    return Verdict(
        outcome=outcome,
        code=f"CR-{item.element}",
        title=item.label,
        sentence=sentence,
        facts={**given, **(facts or {})},
        evidence=_evidence(item),
        citation=cited,
        confidence=limit.confidence,
        bound_by=limit.source,
        cure=cure,
        due=due,
    )


def evidence_url(uid) -> str:
    """Where a piece of evidence is shown; the page itself decides who may see it."""
    return links.evidence(uid)


def _names(count: int) -> str:
    return "1 name" if count == 1 else f"{count} names"


def _evidence(item: VerificationItem) -> tuple[EvidenceRef, ...]:
    if item.evidence_id is None:
        return ()
    return (EvidenceRef(str(item.evidence.uid), item.evidence.title, evidence_url(item.evidence.uid)),)


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else "no end"
