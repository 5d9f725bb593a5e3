"""The lookup beside the independent oracle: random histories, random days, random moments of knowledge.

``STANDING_ORACLE=20`` replays twenty times as many.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from collections import Counter
from itertools import groupby

import pytest
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bylaws.choices import BarKind, BarScope
from bylaws.models import Appointment, AppointmentPeriod, Bar, BarPeriod
from config.kernel import clock
from config.kernel.periods import rewrite
from practitioners.choices import SaidBy, Standing
from practitioners.models import (
    Credential,
    CredentialPeriod,
    Practitioner,
    PractitionerAlias,
    PractitionerAliasPeriod,
)
from practitioners.services.merging import merge_records, take_apart
from privileging.models import Grant, GrantPeriod
from privileging.selectors.lookup import can_perform, who_can
from tests.privileging import oracle
from tests.privileging.conftest import evidence, line_of
from tests.privileging.oracle import BEGIN, CALENDAR, DAYS, FIRST, MOMENTS

pytestmark = pytest.mark.django_db
CODE = "GS-LAP-CHOLE"
TIMES = int(os.environ.get("STANDING_ORACLE", "1"))
#: So many lives are written in bulk, each day of theirs asked of all at once; so many are written by the
#: kernel's own hand, one after the other.
LIVES, WRITTEN = 1500 * TIMES, 20 * TIMES
#: A moment between two writings, and now.
KNOWN = [None, *(moment + dt.timedelta(hours=6) for moment in MOMENTS), *MOMENTS]


class Shelf:
    """Lives as rows. ``bulk`` writes all pages of all books at once, as they would stand in the end."""

    def __init__(self, world, chance: random.Random) -> None:
        self.world, self.chance, self.line = world, chance, line_of(CODE)
        #: What the source said, of all licenses alike: the chain of evidence is not what is asked about.
        self.evidence = evidence(world, Practitioner.objects.earliest("pk"), at=BEGIN)

    def records(self, life: oracle.Life) -> list[Practitioner]:
        return Practitioner.objects.bulk_create(
            Practitioner(provider_type="MD", display_name="Odd, Ada", sort_name="odd ada", created_at=BEGIN)
            for _ in life.records
        )

    def identity(self, kind: str, one: Practitioner, book_kind: str = "full", number: int = 0):
        """The identity of a thing, unsaved."""
        world, born = self.world, {"created_at": BEGIN, "created_by": self.world.system}
        decided = {"facility": world.lakeside, "decided_on": FIRST, "authority": "Board"}
        if kind == "grant":
            return Grant(
                practitioner=one, privilege=self.line.privilege, form_line=self.line, kind=book_kind,
                **decided, **born,
            )  # fmt: skip
        if kind == "term":
            return Appointment(practitioner=one, **decided, **born)
        if kind == "bar":
            return Bar(practitioner=one, facility=world.lakeside, kind=BarKind.RESTRICTION, **born)
        return Credential(
            practitioner=one, credential_type=world.licence, state="IL", number=f"{one.pk}-{number}",
            number_key=f"{one.pk}-{number}", **born,
        )  # fmt: skip

    def content(self, kind: str, word) -> dict:
        """What a period of the kind says when the book says ``word``."""
        if kind == "grant":
            return {"conditions": word[1]}
        if kind == "term":
            category = self.world.active if word == "active" else self.world.honorary
            return {"category": category, "department": self.world.surgery}
        if kind == "bar":
            condition, reaches = word
            scope = self.chance.choice(list(BarScope)) if reaches else BarScope.LISTED
            return {
                "cause": "Seen", "condition": condition, "scope": scope, "citation": "",
                "privilege_codes": [CODE if reaches else "GS-COLECTOMY"],
            }  # fmt: skip
        confirmed, status = word
        return {
            "standing": Standing.CONFIRMED if confirmed else Standing.CLAIMED,
            "status": status,
            "said_by": SaidBy.SOURCE if confirmed else SaidBy.APPLICANT,
            "extra": {},
            "evidence": self.evidence if confirmed else None,
        }

    def valid(self, kind: str, first: int, last: int) -> DateRange:
        """The days; of a bar or a license the calendar may begin and end with it or be open there."""
        opened = kind in ("bar", "license")
        start = None if opened and first == 0 and self.chance.random() < 0.5 else CALENDAR[first]
        end = None if opened and last == DAYS - 1 and self.chance.random() < 0.5 else day_after(last)
        return DateRange(start, end)

    def bulk(self, lives: list[oracle.Life]) -> list[list[Practitioner]]:
        found = []
        for one_life in lives:
            people = [
                Practitioner(
                    provider_type="MD", display_name="Odd, Ada", sort_name="odd ada", created_at=BEGIN
                )
                for _ in one_life.records
            ]
            found.append(people)
        Practitioner.objects.bulk_create(one for people in found for one in people)
        identities: dict[type, list] = {}
        periods: list = []
        for one_life, people in zip(lives, found, strict=True):
            for one, record in zip(people, one_life.records, strict=True):
                for kind, number, book in books(record):
                    held: dict[str, object] = {}
                    for row in self._periods(kind, book):
                        name = row["word"][0] if kind == "grant" else ""
                        if name not in held:
                            held[name] = self.identity(kind, one, name, number)
                            identities.setdefault(type(held[name]), []).append(held[name])
                        periods.append((PERIODS[kind], held[name], kind, row))
            if one_life.merged_at:
                self._merged(one_life, people)
        for model, rows in identities.items():
            model.objects.bulk_create(rows)
        rows_of: dict[type, list] = {}
        for model, identity, kind, row in sorted(periods, key=lambda each: each[3]["at"]):
            key = {name: getattr(identity, name) for name in model.key_fields if name != "identity"}
            rows_of.setdefault(model, []).append(
                model(
                    identity=identity,
                    valid=self.valid(kind, row["first"], row["last"]),
                    **key,
                    **self.content(kind, row["word"]),
                    **self._known(row["at"], row["until"]),
                )
            )
        for model, rows in rows_of.items():
            model.objects.bulk_create(rows)
        return found

    def _periods(self, kind: str, book: oracle.Book) -> list[dict]:
        """Every row ever: a stretch that a later page no longer has was superseded when that was written."""
        live: dict[tuple, dict] = {}
        rows = []
        for moment, page in book.pages:
            now = list(oracle.runs(page))
            for gone in [each for each in live if each not in now]:
                live.pop(gone)["until"] = moment
            for run in now:
                if run not in live:
                    first, last, word = run
                    live[run] = {"first": first, "last": last, "word": word, "at": moment, "until": None}
                    rows.append(live[run])
        # Superseded at the moment it was written: nobody ever knew it.
        return [row for row in rows if row["until"] != row["at"]]

    def _known(self, at, until) -> dict:
        known = {"recorded_at": at, "recorded_by": self.world.system}
        if until is not None:
            known |= {
                "superseded_at": until, "superseded_by": self.world.system, "end_kind": "amended",
                "end_reason": "Corrected",
            }  # fmt: skip
        return known

    def _merged(self, life: oracle.Life, people: list[Practitioner]) -> None:
        keep, record = people
        alias = PractitionerAlias.objects.create(
            practitioner=record, canonical=keep, created_at=life.merged_at, created_by=self.world.system
        )
        PractitionerAliasPeriod.objects.create(
            identity=alias, practitioner=record, canonical=keep, reason="One license",
            valid=DateRange(None, None), **self._known(life.merged_at, life.apart_at),
        )  # fmt: skip


PERIODS = {"grant": GrantPeriod, "term": AppointmentPeriod, "bar": BarPeriod, "license": CredentialPeriod}


def books(record: oracle.Record):
    yield "grant", 0, record.grant
    yield "term", 0, record.term
    yield from (("bar", number, book) for number, book in enumerate(record.bars))
    yield from (("license", number, book) for number, book in enumerate(record.licenses))


def day_after(day: int) -> dt.date:
    return CALENDAR[day] + dt.timedelta(days=1)


def expected(lives, found, day: int, known_at) -> dict[int, tuple[str, tuple[str, ...]]]:
    """The oracle's answer about each person, by the number of their record."""
    return {
        people[number].pk: oracle.answer(records, day, known_at)
        for life, people in zip(lives, found, strict=True)
        for number, records in life.people(known_at)
    }


def test_thousands_of_lives_asked_all_at_once_and_one_by_one(world, bylaws_rule, long_kept):
    chance = random.Random(20261124)
    lives = [oracle.life(chance) for _ in range(LIVES)]
    found = Shelf(world, chance).bulk(lives)
    seen: Counter[str] = Counter()
    singly = Counter()
    for _ in range(8 * TIMES):
        day, known_at = chance.randrange(DAYS), chance.choice(KNOWN)
        told = expected(lives, found, day, known_at)
        question = {
            "privilege_code": CODE, "facility": world.lakeside, "on": CALENDAR[day], "known_at": known_at,
        }  # fmt: skip
        holders = who_can(**question, limit=None)
        asked = {each.person.id: ("yes", tuple(sorted(set(each.conditions)))) for each in holders.people}
        asked |= {each.person.id: ("unknown", ()) for each in holders.unconfirmed}
        wrong = [pk for pk, (outcome, said) in told.items() if asked.get(pk, ("no", ())) != (outcome, said)]
        assert not wrong, (CALENDAR[day], known_at, wrong[:5], [told[pk] for pk in wrong[:5]])
        assert not asked.keys() - told.keys()
        seen.update(outcome for outcome, _ in told.values())
        for pk in chance.sample(sorted(told), 40):
            one = can_perform(practitioner=Practitioner(pk=pk), **question)
            conditions = tuple(sorted(set(one.conditions))) if one.outcome == "yes" else ()
            assert (one.outcome, conditions) == told[pk], (pk, CALENDAR[day], known_at, one.reasons)
            singly[one.outcome] += 1
    assert min(seen[outcome] for outcome in ("yes", "no", "unknown")) > 500
    assert min(singly[outcome] for outcome in ("yes", "no", "unknown")) > 10


@settings(
    max_examples=WRITTEN,
    derandomize=TIMES == 1,  # the same lives every time, unless more are asked for
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(seed=st.integers(0, 10**9))
def test_a_correction_never_changes_what_was_known_before(world, bylaws_rule, long_kept, seed):
    """Lives written by the kernel one correction after the other. What was answered before each is answered
    again after it, in every word; and all of it is what the oracle says.
    """
    with transaction.atomic():
        chance = random.Random(seed)
        life = oracle.life(chance)
        shelf = Shelf(world, chance)
        people = shelf.records(life)
        answered: dict[tuple, dict] = {}
        for moment, acts in writings(shelf, life, people):
            with clock.freeze(moment):
                for act in acts:
                    act()
            for (pk, day, known_at), before in answered.items():
                assert ask(world, pk, day, known_at).as_data() == before
            for _ in range(2):
                pk, day = chance.choice(people).pk, chance.randrange(DAYS)
                answered[pk, day, moment] = ask(world, pk, day, moment).as_data()
            for known_at in (moment, moment - dt.timedelta(hours=1)):
                day = chance.randrange(DAYS)
                for pk, (outcome, conditions) in expected([life], [people], day, known_at).items():
                    answer = ask(world, pk, day, known_at)
                    assert answer.outcome == outcome, (day, known_at, answer.reasons)
                    if outcome == "yes":
                        assert tuple(sorted(set(answer.conditions))) == conditions
        transaction.set_rollback(True)


def ask(world, pk: int, day: int, known_at):
    return can_perform(
        practitioner=Practitioner(pk=pk), privilege_code=CODE, facility=world.lakeside, on=CALENDAR[day],
        known_at=known_at,
    )  # fmt: skip


def writings(shelf: Shelf, life: oracle.Life, people: list[Practitioner]):
    """What the office writes at each moment, in the order of the moments."""
    acts = []
    for one, record in zip(people, life.records, strict=True):
        for kind, number, book in books(record):
            held: dict[str, object] = {}
            pages = [[None] * DAYS, *(page for _, page in book.pages)]
            for (moment, page), before in zip(book.pages, pages[:-1], strict=True):
                acts.append((moment, 1, writing(shelf, kind, number, one, held, before, page)))
    if life.merged_at:
        keep, record = people
        actor = shelf.world.system
        acts.append(
            (life.merged_at, 0, lambda: merge_records(actor=actor, keep=keep, record=record, reason="One"))
        )
        if life.apart_at:
            acts.append((life.apart_at, 2, lambda: take_apart(actor=actor, record=record, reason="Two")))
    acts.sort(key=lambda each: each[:2])
    for moment, same in groupby(acts, key=lambda each: each[0]):
        yield moment, [act for _, _, act in same]


def writing(shelf, kind, number, one, held, before, page):
    """Turn the page of one book: each day that says something else is written again."""

    def write() -> None:
        moment = clock.now()
        changed = [word if word != before[day] else "same" for day, word in enumerate(page)]
        cleared = [run for run in runs_with_none(changed) if run[2] != "same"]
        for first, last, word in cleared:
            name = word[0] if kind == "grant" and word else ""
            for other, identity in held.items():
                if other != name or word is None:
                    rewrite(
                        PERIODS[kind], identity, valid=DateRange(CALENDAR[first], day_after(last)),
                        actor=shelf.world.system, reason="Corrected", at=moment, content=None,
                    )  # fmt: skip
            if word is None:
                continue
            if name not in held:
                held[name] = shelf.identity(kind, one, name or "full", number)
                held[name].save()
            rewrite(
                PERIODS[kind], held[name], valid=DateRange(CALENDAR[first], day_after(last)),
                actor=shelf.world.system, reason="Corrected", at=moment, content=shelf.content(kind, word),
            )  # fmt: skip

    return write


def runs_with_none(page):
    first = 0
    for day in range(1, DAYS + 1):
        if day == DAYS or page[day] != page[first]:
            yield first, day - 1, page[first]
            first = day
