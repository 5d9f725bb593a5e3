"""What is measured. Each question answers rows of the table; add yours to ``QUESTIONS``."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import reverse

from config.accounts.services.users import system_user
from config.home.selectors.today import queues_for
from config.kernel import clock
from practitioners.models import Practitioner
from practitioners.rules.duplicates import compare
from practitioners.selectors.duplicates import KEPT, facts_to_compare, likely_pairs
from practitioners.selectors.provenance import open_conflicts
from practitioners.selectors.search import search
from privileging.choices import FormLineKind
from privileging.models import PrivilegeFormVersion
from privileging.rules.catalogue_forms import text_of
from privileging.selectors.catalogue import definition_of, next_number
from privileging.selectors.lookup import LookupOutcome, can_perform, who_can
from privileging.selectors.previews import preview_of
from privileging.selectors.trials import try_form
from privileging.services.catalogue import draft_version
from tests.benchmarks.complying import complying
from tests.benchmarks.files import export, refresh
from tests.benchmarks.measuring import Row, Spent, bare, duration, growth, once, timed
from tests.benchmarks.meeting import meeting_papers
from tests.benchmarks.reminding import reminding
from tests.benchmarks.screening import screening
from tests.benchmarks.simulating import simulating
from tests.benchmarks.surveying import surveying
from tests.benchmarks.world import World
from tests.counting import HEADER

LIST_QUERIES, FILE_QUERIES = 12, 20
#: From this many people on a way of asking must be far better than the plain one.
LARGE = 10_000
LISTED, FILE = "list of practitioners, 25 rows", "file of a practitioner"
TODAY = "Today of the credentialing coordinator"

# --- search ---------------------------------------------------------------------------------------------

_SHOWN = """
    SELECT p.uid, p.display_name, p.npi, p.provider_type, n.kind, n.search_key,
           (SELECT t.display_name FROM practitioners_practitionertaxonomy s
              JOIN practitioners_taxonomycode t ON t.code = s.taxonomy_id
             WHERE s.practitioner_id = p.id ORDER BY s."primary" DESC, s.id LIMIT 1)
      FROM practitioners_practitionername n JOIN practitioners_practitioner p ON p.id = n.practitioner_id
     WHERE {} LIMIT 10
"""
_BEGINNING = _SHOWN.format(
    "n.search_key LIKE %(word)s || '%%' OR n.search_key LIKE '%% ' || %(word)s || '%%'"
    " ORDER BY n.search_key LIKE %(word)s || '%%' DESC, n.search_key"
)
_LIKE = _SHOWN.format("%(word)s <%% n.search_key ORDER BY word_similarity(%(word)s, n.search_key) DESC")


def searching(world: World) -> Iterator[Row]:
    """Names while they are typed, letter by letter, and with a slip."""
    people = _some(world, Practitioner.objects.exclude(sort_name=""))
    words = [each.sort_name.split()[0] for each in people]
    beginnings = [word[:length] for word in words for length in (2, 4)]
    yield _search_row(world, "search while typing: the beginning of a name", beginnings, bare(_BEGINNING))
    full = [f"{each.sort_name.split()[0]} {each.sort_name.split()[-1][:3]}" for each in people]
    yield _search_row(world, "search while typing: surname and given name", full, None)
    slips = [_slip(world, word) for word in words if len(word) > 4]
    yield _search_row(world, "search while typing: a name with a slip", slips, _like)
    numbers = [each.npi[:7] for each in people if each.npi]
    yield _search_row(world, "search while typing: a part of an NPI", numbers, None)


def _search_row(world: World, question: str, texts: list[str], yardstick: Callable[..., Any] | None) -> Row:
    row = Row(question, 0.150, timed(lambda text: search(viewer=world.office, text=text, limit=6), texts))
    if yardstick:
        row.yardstick, row.most_ratio = "bare SQL", 2
        row.yard_times = timed(yardstick, [{"word": text} for text in texts])
    return row


def _like(parameters: dict[str, str]) -> None:
    """The names that are like a word at all; a slip leaves less than the server's own measure asks for."""
    with transaction.atomic():
        bare("SET LOCAL pg_trgm.word_similarity_threshold = 0.39; SELECT 1")([])
        bare(_LIKE)(parameters)


def _slip(world: World, word: str) -> str:
    """Two letters changed places."""
    at = world.chance.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _some(world: World, people: Any) -> list[Practitioner]:
    """People from all over the alphabet, the same in every run."""
    keys = list(people.order_by("pk").values_list("pk", flat=True))
    chosen = world.chance.sample(keys, min(world.asks, len(keys)))
    return list(people.filter(pk__in=chosen).order_by("pk"))


# --- pages ----------------------------------------------------------------------------------------------


def pages(world: World) -> Iterator[Row]:
    """The list of practitioners, narrowed and sorted as people do, and the file of one of them."""
    client = Client()
    client.force_login(world.office)
    at = reverse("practitioners:list")
    listed = [
        at,
        f"{at}?page=2",
        f"{at}?sort=-name",
        f"{at}?sort=npi",
        f"{at}?sort=type",
        f"{at}?sort=specialty",
        f"{at}?provider_type=NP",
        f"{at}?q=smith",
        f"{at}?q=smi+j",
        f"{at}?licence_state={world.facility.state}",
        f"{at}?licence=confirmed",
        f"{at}?licence=claimed",
        f"{at}?licence_state={world.facility.state}&licence=confirmed",
        f"{at}?missing=specialty",
        f"{at}?missing=email",
        f"{at}?missing=expected",
        f"{at}?page={max(1, world.count // 50)}",
    ]
    yield _page_row(client, LISTED, listed, LIST_QUERIES)
    # Rare among many, so that everybody is looked at before the first page is full.
    rare = [f"{at}?licence=none"]
    yield _page_row(client, "list of practitioners, those without a license", rare, LIST_QUERIES, 1.0)
    counts = [f"{at}?{asked}&count=1" for asked in ("missing=expected", "licence=confirmed", "licence=none")]
    yield _page_row(client, "the number of a list that is slow to count, fetched afterwards", counts, 12, 5.0)
    files = [
        reverse("practitioners:file", args=[each.uid]) for each in _some(world, Practitioner.objects.all())
    ]
    yield _page_row(client, FILE, files, FILE_QUERIES)
    queries = [
        reverse("home:search") + f"?q={each.sort_name[:5]}"
        for each in _some(world, Practitioner.objects.all())
    ]
    yield _page_row(client, "page of the search", queries, FILE_QUERIES)


def today_page(world: World) -> Iterator[Row]:
    """Today with what comes with it, and each queue as the page fetches it."""
    client = Client()
    client.force_login(world.office)
    yield _page_row(client, TODAY, [reverse("home:today")], FILE_QUERIES)
    mine = queues_for(world.office, world.facility)
    fast = [reverse("home:queue", args=[queue.code]) for queue in mine if not queue.slow]
    slow = [reverse("home:queue", args=[queue.code]) for queue in mine if queue.slow]
    yield _page_row(client, "Today, a queue that comes with the page", fast, FILE_QUERIES)
    for address in slow:
        name = address.rstrip("/").rpartition("/")[2]
        yield _page_row(client, f"Today, fetched afterwards: {name}", [address], FILE_QUERIES, 3.0)


def conflicts(world: World) -> Iterator[Row]:
    """Facts two sources contradict each other on, of everybody, beside the same in one statement."""
    found: list[int] = []

    def ask(_: None) -> None:
        found.append(len(open_conflicts(world.office)))

    row = Row("contradictions between sources, everybody", 2.0, timed(ask, [None]), "bare SQL")
    row.yard_times = timed(bare(_CONTRADICTED), [[]])
    row.notes.append(f"{found[-1]:,} found")
    yield row


_CONTRADICTED = """
    SELECT practitioner_id, subject, fact FROM practitioners_statement
     GROUP BY 1, 2, 3 HAVING min(said_by) <> max(said_by) AND min(value) <> max(value)
"""


def duplicates(world: World) -> Iterator[Row]:
    """Records that may be one person's, among everybody: first as found, then as the list shows it.

    The yardstick is the time it would take to compare everybody with everybody, from a sample of pairs.
    """
    cache.delete(KEPT)
    with growth() as grown:
        spent, pairs = once(lambda: likely_pairs(world.office))
    facts = list(facts_to_compare(each.pk for each in _some(world, Practitioner.objects.all())).values())
    sample = [(one, other) for one in facts for other in facts if one is not other]
    compared, _ = once(lambda: [compare(one, other) for one, other in sample])
    everybody = world.count * (world.count - 1) / 2 / max(1, len(sample))
    all_pairs = Spent(compared.clock * everybody, compared.work * everybody)
    row = Row("duplicates among everybody", 60, [spent], "all pairs", [all_pairs])
    row.most_ratio = 1 / 50 if world.count >= LARGE else None
    row.notes.append(f"{len(pairs):,} pairs shown, memory grew by {grown.megabytes}")
    yield row
    client = Client()
    client.force_login(world.office)
    again = reverse("practitioners:duplicates")
    yield _page_row(client, "page of the duplicates, once found", [again, f"{again}?page=2"], FILE_QUERIES, 1)


def _page_row(client: Client, question: str, addresses: list[str], most: int, limit: float = 0.200) -> Row:
    counts: set[int] = set()
    slowest: dict[str, float] = {}

    def get(address: str) -> None:
        spent, response = once(lambda: client.get(address))
        if response.status_code != 200:
            raise AssertionError(f"{address} answered {response.status_code}")
        slowest[address] = min(slowest.get(address, spent.work), spent.work)
        counts.add(int(response[HEADER]))

    row = Row(question, limit, timed(get, addresses))
    row.notes.append(
        f"{min(counts)} to {max(counts)} queries" if len(counts) > 1 else f"{max(counts)} queries"
    )
    if len(addresses) > 1 and len(slowest) > 1:
        address = max(slowest, key=lambda each: slowest[each])
        row.notes.append(f"most work: {address.partition('?')[2] or address}, {duration(slowest[address])}")
    if max(counts) > most:
        row.faults.append(f"more than {most} queries")
    return row


# --- the lookup -----------------------------------------------------------------------------------------

_MAY = """
    SELECT EXISTS (SELECT FROM privileging_grantperiod g JOIN privileging_privilege v ON v.id = g.privilege_id
                    WHERE g.practitioner_id = p.id AND g.facility_id = %(facility)s AND v.code = %(code)s
                      AND g.valid @> %(on)s::date AND g.superseded_at IS NULL),
           EXISTS (SELECT FROM bylaws_appointmentperiod a
                    WHERE a.practitioner_id = p.id AND a.facility_id = %(facility)s
                      AND a.valid @> %(on)s::date AND a.superseded_at IS NULL),
           EXISTS (SELECT FROM bylaws_bar w JOIN bylaws_barperiod b ON b.identity_id = w.id
                    WHERE w.practitioner_id = p.id AND w.facility_id = %(facility)s
                      AND b.valid @> %(on)s::date AND b.superseded_at IS NULL)
      FROM practitioners_practitioner p WHERE p.npi = %(npi)s
"""
_WHO = """
    SELECT count(*) OVER (), p.uid, p.display_name, p.npi
      FROM privileging_grantperiod g
      JOIN practitioners_practitioner p ON p.id = g.practitioner_id
      JOIN bylaws_appointmentperiod a ON a.practitioner_id = g.practitioner_id
           AND a.facility_id = g.facility_id AND a.valid @> %(on)s::date AND a.superseded_at IS NULL
     WHERE g.facility_id = %(facility)s AND g.privilege_id = %(privilege)s AND g.valid @> %(on)s::date
       AND g.superseded_at IS NULL
     ORDER BY p.sort_name, p.id LIMIT 50
"""


_KNOWN_NOW = "{0}.superseded_at IS NULL"
_KNOWN_THEN = (
    "({0}.recorded_at <= %(known_at)s AND ({0}.superseded_at IS NULL OR {0}.superseded_at > %(known_at)s))"
)


def _then_of(statement: str) -> str:
    """The yardstick's statement as known at a moment."""
    for table in "gab":
        statement = statement.replace(_KNOWN_NOW.format(table), _KNOWN_THEN.format(table))
    return statement


_MAY_THEN, _WHO_THEN = _then_of(_MAY), _then_of(_WHO)


def lookup(world: World) -> Iterator[Row]:
    """May this person do this here, and who may: today, and on random days gone by as known then."""
    today = clock.today(world.facility)
    held = _held_by(world)
    people = _some(world, Practitioner.objects.exclude(npi=None))
    asked = _asked_about(world, people, [code for _, code, _ in held])
    yes: set[tuple[str, str]] = set()

    def may(question: dict[str, Any]) -> None:
        npi, code = question["npi"], question["code"]
        answer = can_perform(npi=npi, privilege_code=code, facility=world.facility, on=today)
        if answer.outcome == LookupOutcome.YES:
            yes.add((npi, code))

    def who(code: str) -> None:
        who_can(privilege_code=code, facility=world.facility, on=today)

    def may_then(question: dict[str, Any]) -> None:
        can_perform(
            npi=question["npi"], privilege_code=question["code"], facility=world.facility, on=question["on"],
            known_at=question["known_at"],
        )  # fmt: skip

    def who_then(question: dict[str, Any]) -> None:
        who_can(
            privilege_code=question["code"], facility=world.facility, on=question["on"],
            known_at=question["known_at"],
        )  # fmt: skip

    row = Row("can X do P at F today", 0.010, timed(may, asked), "bare SQL", most_ratio=3)
    row.yard_times = timed(bare(_MAY), asked)
    row.notes.append(f"{sum((each['npi'], each['code']) in yes for each in asked)} of {len(asked)} are a yes")
    yield row
    asked_then = [each | _then(world, today) for each in asked]
    row = Row(
        "can X do P at F on a day gone by, as known at a moment", 0.010, timed(may_then, asked_then),
        "bare SQL", most_ratio=3,
    )  # fmt: skip
    row.yard_times = timed(bare(_MAY_THEN), asked_then)
    yield row
    largest = held[0]
    small = next((each for each in held if each[2] <= 2000), held[-1])
    for limit, (key, code, number) in ((0.150, largest), (0.050, small)):
        yield Row(
            f"who can do {code}, {number:,} holders",
            limit,
            timed(who, [code] * 8),
            "bare SQL",
            timed(bare(_WHO), [{"facility": world.facility.pk, "privilege": key, "on": today}] * 8),
            2,
        )
        then = [
            {"facility": world.facility.pk, "privilege": key, "code": code} | _then(world, today)
            for _ in range(8)
        ]
        yield Row(
            f"who could do {code} on a day gone by, as known at a moment",
            limit,
            timed(who_then, then),
            "bare SQL",
            timed(bare(_WHO_THEN), then),
            2,
        )


#: So far back days are asked about: the population has ten years of grants.
_YEARS_BACK = 9


def _then(world: World, today: dt.date) -> dict[str, Any]:
    """A random day gone by, as known at a moment: the last one, for the load recorded all at once."""
    back = world.chance.randrange(1, _YEARS_BACK * 365)
    return {"on": today - dt.timedelta(days=back), "known_at": clock.now()}


def _asked_about(world: World, people: list[Practitioner], codes: list[str]) -> list[dict[str, Any]]:
    """Five questions a person: two about what they hold, as wards mostly ask, three about anything."""
    today = clock.today(world.facility)
    rows: Iterable[Any] = bare(_HELD)([[one.pk for one in people], world.facility.pk, today])
    own: dict[str, list[str]] = {}
    for npi, code in rows:
        own.setdefault(npi, []).append(code)
    return [
        {"npi": one.npi, "code": world.chance.choice(choices), "facility": world.facility.pk, "on": today}
        for one in people
        for choices in [own.get(one.npi) or codes] * 2 + [codes] * 3
    ]


_HELD = """
    SELECT p.npi, v.code FROM privileging_grantperiod g
      JOIN practitioners_practitioner p ON p.id = g.practitioner_id
      JOIN privileging_privilege v ON v.id = g.privilege_id
     WHERE p.id = ANY (%s) AND g.facility_id = %s AND g.valid @> %s::date AND g.superseded_at IS NULL
     ORDER BY 1, 2
"""


def _held_by(world: World) -> list[tuple[int, str, int]]:
    """Key, code and number of holders today of every privilege held, the most held first."""
    statement = """
        SELECT v.id, v.code, count(*) FROM privileging_grantperiod g
          JOIN privileging_privilege v ON v.id = g.privilege_id
         WHERE g.facility_id = %s AND g.valid @> %s::date AND g.superseded_at IS NULL
         GROUP BY v.id, v.code ORDER BY 3 DESC, 2
    """
    found: Iterable[Any] = bare(statement)([world.facility.pk, clock.today(world.facility)])
    return [(key, code, number) for key, code, number in found]


#: People a preview may take ten seconds for.
PREVIEWED = 10_000


def _most_held(world: World) -> PrivilegeFormVersion:
    """The version of a form on which most people hold something."""
    statement = """
        SELECT l.version_id FROM privileging_grantperiod g
          JOIN privileging_grant i ON i.id = g.identity_id
          JOIN privileging_formline l ON l.id = i.form_line_id
         WHERE g.facility_id = %s AND g.valid @> %s::date AND g.superseded_at IS NULL
         GROUP BY 1 ORDER BY count(DISTINCT g.practitioner_id) DESC LIMIT 1
    """
    rows: Iterable[Any] = bare(statement)([world.facility.pk, clock.today(world.facility)])
    return PrivilegeFormVersion.objects.select_related("form").get(pk=next(iter(rows))[0])


def publishing(world: World) -> Iterator[Row]:
    """Whom a new version of the form with the most holders would affect at renewal."""
    today = clock.today(world.facility)
    version = _most_held(world)
    with transaction.atomic():
        text = text_of(next_number(version, definition_of(version)))
        draft = draft_version(actor=system_user(), form=version.form, text=text)
        spent, preview = once(lambda: preview_of(draft, today, facilities=[world.facility]))
        transaction.set_rollback(True)
    limit = 10 * max(1, preview.people / PREVIEWED)
    row = Row("publishing preview, 10,000 holders", limit, [spent])
    row.notes.append(f"{preview.people:,} people, {len(preview.lines)} lines of {version}")
    yield row


#: Seconds a draft may be tried on a staff of a hundred thousand.
TRIED_IN = 15


def trying(world: World) -> Iterator[Row]:
    """A draft that asks otherwise for everything on the form with the most holders, tried on the staff."""
    version = _most_held(world)
    definition = definition_of(version)
    asked = {"type": "LIFE_SUPPORT", "courses": ["ACLS"]}
    core = dict(definition.core_criteria)
    core["initial"] = {"all": [core["initial"], asked] if core.get("initial") else [asked]}
    lines = tuple(
        dataclasses.replace(
            line,
            criteria={
                **line.criteria,
                "initial": {"all": [*filter(None, [line.criteria.get("initial")]), asked]},
            },
        )
        if line.kind == FormLineKind.SPECIAL
        else line
        for line in definition.lines
    )
    draft = dataclasses.replace(definition, core_criteria=core, lines=lines)
    spent, trial = once(lambda: try_form(draft, version.form))
    row = Row("a draft tried on the whole staff, not kept", TRIED_IN * max(1, trial.staff / 100_000), [spent])
    row.notes.append(f"{trial.staff:,} people, {len(trial.tried)} questions of {version}")
    yield row


QUESTIONS: dict[str, Callable[[World], Iterator[Row]]] = {
    "search": searching,
    "pages": pages,
    "today": today_page,
    "lookup": lookup,
    "publishing preview": publishing,
    "trying a draft": trying,
    "conflicts": conflicts,
    "duplicates": duplicates,
    "export": export,
    "nppes refresh": refresh,
    "reminders": reminding,
    "survey": surveying,
    "meeting papers": meeting_papers,
    "compliance": complying,
    "amendment simulation": simulating,
    "screening": screening,  # the last, because it adds people
}
#: Of these the queries are counted beside a few people as well.
COUNTED = ("pages", "today")
