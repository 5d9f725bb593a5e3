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
    CredentialType,
    Practitioner,
    PractitionerAlias,
    PractitionerAliasPeriod,
)
from practitioners.services.merging import merge_records, take_apart
from privileging.models import Grant, GrantPeriod
from privileging.selectors.lookup import can_perform, who_can
from tests.privileging import oracle
from tests.privileging.conftest import evidence, line_of, many_at_once, set_parameter
from tests.privileging.oracle import BEGIN, CALENDAR, DAYS, FIRST, MOMENTS

pytestmark = pytest.mark.django_db
TIMES = int(os.environ.get("STANDING_ORACLE", "1"))
#: So many lives are written in bulk, each day of theirs asked of all at once; so many are written by the
#: kernel's own hand, one after the other.
LIVES, WRITTEN = 600 * TIMES, 10 * TIMES
#: So many of the answers given before are asked for again after each writing, and all of them after the last.
AGAIN = 4
#: A moment between two writings, and now.
KNOWN = [None, *(moment + dt.timedelta(hours=6) for moment in MOMENTS), *MOMENTS]


class Shelf:
    """Lives as rows. ``bulk`` writes all pages of all books at once, as they would stand in the end."""

    def __init__(self, world, chance: random.Random) -> None:
        self.world, self.chance = world, chance
        self.lines = {code: line_of(code) for code in oracle.PRIVILEGES}
        self.facilities = {"LAKE": world.lakeside, "HARB": world.harbor}
        self.departments = {"LAKE": world.surgery, "HARB": world.surgery_west}
        self.types = {
            kind: CredentialType.objects.get_or_create(
                code=code, defaults={"name": code.capitalize(), "category": "licensure"}
            )[0]
            for kind, code in (("license", "LICENSE"), ("registration", "DEA"), ("cover", "MALPRACTICE"))
        }
        #: What the source said, of all licenses alike: the chain of evidence is not what is asked about.
        self.evidence = evidence(world, Practitioner.objects.earliest("pk"), at=BEGIN)

    def records(self, life: oracle.Life) -> list[Practitioner]:
        return Practitioner.objects.bulk_create(
            Practitioner(provider_type="MD", display_name="Odd, Ada", sort_name="odd ada", created_at=BEGIN)
            for _ in life.records
        )

    def identity(self, kind: str, one: Practitioner, key=None, book_kind: str = "full", number: int = 0):
        """The identity of a thing, unsaved. ``key``: which privilege where, the facility, or the state."""
        born = {"created_at": BEGIN, "created_by": self.world.system}
        decided = {"decided_on": FIRST, "authority": "Board"}
        if kind == "grant":
            code, facility = key
            return Grant(
                practitioner=one, facility=self.facilities[facility], kind=book_kind,
                privilege=self.lines[code].privilege, form_line=self.lines[code], **decided, **born,
            )  # fmt: skip
        if kind == "term":
            return Appointment(practitioner=one, facility=self.facilities[key], **decided, **born)
        if kind == "bar":
            return Bar(practitioner=one, facility=self.facilities[key], kind=BarKind.RESTRICTION, **born)
        return Credential(
            practitioner=one, credential_type=self.types[kind], state=key or "", number=f"{one.pk}-{number}",
            number_key=f"{one.pk}-{number}", **born,
        )  # fmt: skip

    def content(self, kind: str, key, word) -> dict:
        """What a period of the kind says when the book says ``word``."""
        if kind == "grant":
            return {"conditions": word[1]}
        if kind == "term":
            category = self.world.active if word == "active" else self.world.honorary
            return {"category": category, "department": self.departments[key]}
        if kind == "bar":
            condition, reach = word
            return {
                "cause": "Seen", "condition": condition, "citation": "",
                "scope": BarScope.ALL_PRIVILEGES if reach is None else BarScope.LISTED,
                "privilege_codes": list(reach or ()),
            }  # fmt: skip
        confirmed, status = word[:2]
        return {
            "standing": Standing.CONFIRMED if confirmed else Standing.CLAIMED,
            "status": status,
            "said_by": SaidBy.SOURCE if confirmed else SaidBy.APPLICANT,
            "extra": {"business_address_state": word[2]} if word[2:] and word[2] else {},
            "evidence": self.evidence if confirmed else None,
        }

    def valid(self, kind: str, first: int, last: int) -> DateRange:
        """The days; of a bar or a credential the calendar may begin and end with it or be open there."""
        opened = kind not in ("grant", "term")
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
                for number, (kind, thing, book) in enumerate(books(record)):
                    held: dict[str, object] = {}
                    for row in self._periods(kind, book):
                        name = row["word"][0] if kind == "grant" else ""
                        if name not in held:
                            held[name] = self.identity(kind, one, thing, name, number)
                            identities.setdefault(type(held[name]), []).append(held[name])
                        periods.append((PERIODS[kind], held[name], (kind, thing), row))
            if one_life.merged_at:
                self._merged(one_life, people)
        for model, rows in identities.items():
            model.objects.bulk_create(rows)
        rows_of: dict[type, list] = {}
        for model, identity, (kind, thing), row in sorted(periods, key=lambda each: each[3]["at"]):
            key = {name: getattr(identity, name) for name in model.key_fields if name != "identity"}
            rows_of.setdefault(model, []).append(
                model(
                    identity=identity,
                    valid=self.valid(kind, row["first"], row["last"]),
                    **key,
                    **self.content(kind, thing, row["word"]),
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


PERIODS = {
    "grant": GrantPeriod,
    "term": AppointmentPeriod,
    "bar": BarPeriod,
    "license": CredentialPeriod,
    "registration": CredentialPeriod,
    "cover": CredentialPeriod,
}


def books(record: oracle.Record):
    """Every book of a record with its kind, and the privilege and facility, the facility or the state it is
    about.
    """
    yield from (("grant", question, book) for question, book in record.grants.items())
    yield from (("term", facility, book) for facility, book in record.terms.items())
    yield from (("bar", facility, book) for facility, book in record.bars)
    yield from (("license", state, book) for state, book in record.licenses)
    yield from (("registration", "", book) for book in record.registrations)
    yield from (("cover", "", book) for book in record.covers)


def day_after(day: int) -> dt.date:
    return CALENDAR[day] + dt.timedelta(days=1)


def expected(lives, found, question, day: int, known_at) -> dict[int, tuple[str, tuple[str, ...]]]:
    """The oracle's answer about each person, by the number of their record."""
    return {
        people[number].pk: oracle.answer(records, question, day, known_at)
        for life, people in zip(lives, found, strict=True)
        for number, records in life.people(known_at)
    }


@pytest.fixture
def conditions(world, long_kept):
    """What suspends by itself: a license, malpractice cover, and for one privilege a DEA registration."""
    set_parameter(
        world.system, "bylaws.standing_conditions",
        [
            {"rule": "BL-LIC-1", "scope": "all"},
            {"rule": "BL-INS-1", "scope": "all"},
            {"rule": "BL-DEA-1", "scope": str(BarScope.LISTED), "privileges": [oracle.PRESCRIBING]},
        ],
    )  # fmt: skip


def test_thousands_of_lives_asked_all_at_once_and_one_by_one(world, conditions):
    chance = random.Random(20261124)
    lives = [oracle.life(chance) for _ in range(LIVES)]
    shelf = Shelf(world, chance)
    found = shelf.bulk(lives)
    seen: Counter[str] = Counter()
    singly = Counter()
    for number in range(8 * TIMES):
        asked_for = oracle.QUESTIONS[number % len(oracle.QUESTIONS)]
        day, known_at = chance.randrange(DAYS), chance.choice(KNOWN)
        told = expected(lives, found, asked_for, day, known_at)
        question = {
            "privilege_code": asked_for[0], "facility": shelf.facilities[asked_for[1]], "on": CALENDAR[day],
            "known_at": known_at,
        }  # fmt: skip
        with many_at_once():
            holders = who_can(**question, limit=None)
        asked = {each.person.id: ("yes", tuple(sorted(set(each.conditions)))) for each in holders.people}
        asked |= {each.person.id: ("unknown", ()) for each in holders.unconfirmed}
        wrong = [pk for pk, (outcome, said) in told.items() if asked.get(pk, ("no", ())) != (outcome, said)]
        assert not wrong, (asked_for, CALENDAR[day], known_at, wrong[:5], [told[pk] for pk in wrong[:5]])
        assert not asked.keys() - told.keys()
        seen.update((asked_for, outcome) for outcome, _ in told.values())
        for pk in chance.sample(sorted(told), 30):
            one = can_perform(practitioner=Practitioner(pk=pk), **question)
            said = tuple(sorted(set(one.conditions))) if one.outcome == "yes" else ()
            assert (one.outcome, said) == told[pk], (
                pk,
                asked_for,
                CALENDAR[day],
                known_at,
                one.reasons,
            )
            singly[one.outcome] += 1
    for asked_for in oracle.QUESTIONS:
        assert min(seen[asked_for, outcome] for outcome in ("yes", "no", "unknown")) > 30, (asked_for, seen)
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
def test_a_correction_never_changes_what_was_known_before(world, conditions, seed):
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
            for key in chance.sample(sorted(answered), min(AGAIN, len(answered))):
                assert ask(shelf, *key).as_data() == answered[key]
            for _ in range(2):
                key = (
                    chance.choice(people).pk,
                    chance.choice(oracle.QUESTIONS),
                    chance.randrange(DAYS),
                    moment,
                )
                answered[key] = ask(shelf, *key).as_data()
            for known_at in (moment, moment - dt.timedelta(hours=1)):
                day, asked_for = chance.randrange(DAYS), chance.choice(oracle.QUESTIONS)
                told = expected([life], [people], asked_for, day, known_at)
                for pk, (outcome, said) in told.items():
                    answer = ask(shelf, pk, asked_for, day, known_at)
                    assert answer.outcome == outcome, (asked_for, day, known_at, answer.reasons)
                    if outcome == "yes":
                        assert tuple(sorted(set(answer.conditions))) == said
        for key, before in answered.items():
            assert ask(shelf, *key).as_data() == before
        transaction.set_rollback(True)


def ask(shelf: Shelf, pk: int, question: tuple[str, str], day: int, known_at):
    code, facility = question
    return can_perform(
        practitioner=Practitioner(pk=pk), privilege_code=code, facility=shelf.facilities[facility],
        on=CALENDAR[day], known_at=known_at,
    )  # fmt: skip


def writings(shelf: Shelf, life: oracle.Life, people: list[Practitioner]):
    """What the office writes at each moment, in the order of the moments."""
    acts = []
    for one, record in zip(people, life.records, strict=True):
        for number, (kind, thing, book) in enumerate(books(record)):
            held: dict[str, object] = {}
            pages = [[None] * DAYS, *(page for _, page in book.pages)]
            for (moment, page), before in zip(book.pages, pages[:-1], strict=True):
                acts.append((moment, 1, writing(shelf, (kind, thing), number, one, held, before, page)))
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


def writing(shelf, about, number, one, held, before, page):
    """Turn the page of one book: each day that says something else is written again."""

    kind, thing = about

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
                held[name] = shelf.identity(kind, one, thing, name or "full", number)
                held[name].save()
            rewrite(
                PERIODS[kind], held[name], valid=DateRange(CALENDAR[first], day_after(last)),
                actor=shelf.world.system, reason="Corrected", at=moment,
                content=shelf.content(kind, thing, word),
            )  # fmt: skip

    return write


def runs_with_none(page):
    first = 0
    for day in range(1, DAYS + 1):
        if day == DAYS or page[day] != page[first]:
            yield first, day - 1, page[first]
            first = day
