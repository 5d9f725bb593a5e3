"""Disclosures of interests: who owes one and how it stands, what waits for review, what was said of whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from bylaws.choices import DisclosureState
from bylaws.models import DisclosedInterest, DisclosureReview, InterestDisclosure
from bylaws.rules import disclosures as rule
from config.accounts.models import User
from config.organization.models import Facility
from config.rulebook.rules import judge_many
from config.rulebook.verdicts import Outcome, Verdict

#: How long before it is due Today asks for a disclosure.
AHEAD = dt.timedelta(days=30)


@dataclass(frozen=True)
class Owing:
    """Somebody who holds an office or a seat, with the verdict on the yearly disclosure and the newest one,
    which has the newest review's ``outcome`` (None: not reviewed).
    """

    user: User
    verdict: Verdict
    disclosure: Any = None

    @property
    def held(self) -> str:
        """What they hold for which it is owed."""
        return "; ".join(self.verdict.facts.get("held", ()))

    @property
    def state(self) -> DisclosureState:
        """How it stands: missing before what waits for review."""
        if self.verdict.outcome == Outcome.NOT_MET:
            return DisclosureState.MISSING
        if self.verdict.outcome == Outcome.UNKNOWN:
            return DisclosureState.UNKNOWN
        if self.disclosure is None:
            return DisclosureState.AWAITED
        if self.disclosure.nothing:
            return DisclosureState.NOTHING
        return DisclosureState.TO_REVIEW if self.disclosure.outcome is None else DisclosureState.REVIEWED


def with_outcome(rows: QuerySet[InterestDisclosure]) -> QuerySet[Any]:
    """The disclosures, each with the newest review's ``outcome`` and ``plan``; None: not reviewed."""
    newest = DisclosureReview.objects.filter(disclosure=OuterRef("pk")).order_by("-pk")
    return rows.annotate(
        outcome=Subquery(newest.values("outcome")[:1]), plan=Subquery(newest.values("plan")[:1])
    )


def newest_of(facility: Facility, users: Iterable[int]) -> dict[int, Any]:
    """The newest disclosure of each of these people, by the id of the account; one query."""
    rows = with_outcome(InterestDisclosure.objects.filter(facility=facility, user__in=list(users)))
    return {row.user_id: row for row in rows.order_by("signed_on", "recorded_at", "pk")}


def owing(facility: Facility, on: dt.date, user_ids: Iterable[int] | None = None) -> list[Owing]:
    """Everybody who owes a yearly disclosure on the day, by name; of these accounts, or of all. At most eight
    queries, three for whoever holds nothing.
    """
    verdicts = judge_many(rule.RULE, facility=facility, on=on, practitioner_ids=user_ids)
    owed = {pk: each for pk, each in verdicts.items() if each.outcome != Outcome.NOT_APPLICABLE}
    if not owed:
        return []
    newest = newest_of(facility, owed)
    people = User.objects.filter(pk__in=list(owed)).order_by("last_name", "first_name", "pk")
    return [Owing(each, owed[each.pk], newest.get(each.pk)) for each in people]


def register(facility: Facility, on: dt.date) -> list[Owing]:
    """Everybody who owes one: what is missing first, then what waits for review, and by name within."""
    order = [DisclosureState.MISSING, DisclosureState.TO_REVIEW, DisclosureState.UNKNOWN]
    order += [each for each in DisclosureState if each not in order]
    return sorted(owing(facility, on), key=lambda each: order.index(each.state))


def mine(user, facility: Facility, on: dt.date) -> Owing | None:
    """The person's own; None for whoever owes none."""
    return next(iter(owing(facility, on, [user.pk])), None)


def is_asked_now(one: Owing, on: dt.date) -> bool:
    """Whether it is late, or due soon."""
    due = one.verdict.due
    return one.verdict.outcome == Outcome.NOT_MET or (due is not None and due - AHEAD <= on)


def to_see_to(facility: Facility, on: dt.date) -> list[Owing]:
    """Whose disclosure is missing, then what waits for review, longest first."""
    rank = {DisclosureState.MISSING: 0, DisclosureState.TO_REVIEW: 1}
    rows = [each for each in owing(facility, on) if each.state in rank]
    return sorted(rows, key=lambda each: (rank[each.state], each.verdict.due or on))


def page_of(uid, facility: Facility) -> Any:
    """One disclosure with its review; who may read it says the view."""
    rows = InterestDisclosure.objects.filter(uid=uid, facility=facility)
    return with_outcome(rows).select_related("user", "facility", "recorded_by").first()


def own_interests(user, facility: Facility) -> list[DisclosedInterest]:
    """What the person's newest disclosure names; at most two queries."""
    newest = newest_of(facility, [user.pk]).get(user.pk)
    return [] if newest is None or newest.nothing else list(newest.interests.all())
