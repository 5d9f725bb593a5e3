"""What is measured. Each question answers rows of the table; add yours to ``QUESTIONS``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from config.kernel import clock
from practitioners.models import Practitioner
from practitioners.selectors.search import search
from privileging.selectors.lookup import can_perform, who_can
from tests.benchmarks.measuring import FLAT, Row, bare, growth, once, timed
from tests.benchmarks.world import World
from tests.counting import HEADER
from tests.nppes_file import MEMBER, header, person

LIST_QUERIES, FILE_QUERIES = 12, 20
#: Of a hundred people in the registry's file, those whose address is another than on file.
MOVED = 1

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
        f"{at}?missing=specialty",
        f"{at}?page={max(1, world.count // 50)}",
    ]
    yield _page_row(client, "list of practitioners, 25 rows", listed, LIST_QUERIES)
    files = [
        reverse("practitioners:file", args=[each.uid]) for each in _some(world, Practitioner.objects.all())
    ]
    yield _page_row(client, "file of a practitioner", files, FILE_QUERIES)
    queries = [
        reverse("home:search") + f"?q={each.sort_name[:5]}"
        for each in _some(world, Practitioner.objects.all())
    ]
    yield _page_row(client, "page of the search", queries, FILE_QUERIES)
    yield _page_row(client, "Today of the credentialing coordinator", [reverse("home:today")], FILE_QUERIES)


def _page_row(client: Client, question: str, addresses: list[str], most: int) -> Row:
    counts: set[int] = set()
    slowest: dict[str, float] = {}

    def get(address: str) -> None:
        spent, response = once(lambda: client.get(address))
        if response.status_code != 200:
            raise AssertionError(f"{address} answered {response.status_code}")
        slowest[address] = max(slowest.get(address, 0), spent.work)
        counts.add(int(response[HEADER]))

    row = Row(question, 0.200, timed(get, addresses))
    row.notes.append(
        f"{min(counts)} to {max(counts)} queries" if len(counts) > 1 else f"{max(counts)} queries"
    )
    if row.over:
        row.notes.append("slowest: " + max(slowest, key=lambda address: slowest[address]))
    if max(counts) > most:
        row.faults.append(f"more than {most} queries")
    return row


# --- files ----------------------------------------------------------------------------------------------


def export(world: World) -> Iterator[Row]:
    """The whole roster as a CSV, streamed, against COPY of the same columns."""
    client = Client()
    client.force_login(world.office)

    def stream() -> int:
        response = client.get(reverse("practitioners:list") + "?format=csv")
        return sum(chunk.count(b"\n") for chunk in response.streaming_content)

    def copy() -> None:
        with connection.cursor() as cursor:
            cursor.copy_expert(_ROSTER, io.BytesIO())

    stream()
    with growth() as grown:
        spent, lines = once(stream)
    yard, _ = once(copy)
    row = Row("roster export, CSV, streamed", 20, [spent], "COPY", [yard])
    row.notes.append(f"{lines - 1:,} rows, memory grew by {grown.megabytes}")
    if lines - 1 != world.count:
        row.faults.append(f"{world.count:,} rows expected")
    if grown.bytes > FLAT:
        row.faults.append("memory is not flat")
    yield row


_ROSTER = """
    COPY (SELECT p.display_name, p.npi, p.provider_type, string_agg(DISTINCT c.state, '; ')
            FROM practitioners_practitioner p
            LEFT JOIN practitioners_credential c ON c.practitioner_id = p.id AND c.state <> ''
           GROUP BY p.id ORDER BY p.sort_name, p.id) TO STDOUT (FORMAT csv)
"""


def refresh(world: World) -> Iterator[Row]:
    """The registry's file with a row for everybody on file, one of a hundred of whom has moved."""
    path = world.folder / MEMBER
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        names = header()
        writer.writerow(names)
        for cells in _registry_rows():
            writer.writerow([cells.get(name, "") for name in names])

    def read() -> None:
        with path.open(encoding="utf-8", newline="") as file:
            for _ in csv.reader(file):
                pass

    yard, _ = once(read)
    out, complaints = io.StringIO(), io.StringIO()
    with growth() as grown:
        spent, _ = once(
            lambda: call_command("import_nppes", str(path), "--only-known", stdout=out, stderr=complaints)
        )
    row = Row("NPPES refresh of everybody on file", 60, [spent], "csv reader alone", [yard])
    row.notes.append(f"{out.getvalue().splitlines()[-1]} Memory grew by {grown.megabytes}")
    if grown.bytes > FLAT:
        row.faults.append("memory is not flat")
    again, _ = once(lambda: call_command("import_nppes", str(path), "--only-known", stdout=out))
    row.notes.append(f"the same file again: {again.work:.1f} s of work")
    yield row


def _registry_rows() -> Iterator[dict[str, str]]:
    """What the registry would say of everybody on file."""
    place = "Provider Business Practice Location Address"
    owner = connections["owner"]
    # A cursor of the server's, so that the rows are not all here at once before memory is looked at.
    with transaction.atomic(using="owner"), owner.connection.cursor("registry") as cursor:
        cursor.execute(_FOR_THE_REGISTRY)
        for number, found in enumerate(cursor):
            npi, sex, last, first, middle, suffix, *address, taxonomy, where, licence = found
            line, city, state, code, phone = address
            moved = number % 100 < MOVED
            yield person(
                npi, last.upper(), first.upper(),
                **{
                    "Provider Middle Name": middle.upper(),
                    "Provider Name Suffix Text": suffix.upper(),
                    "Provider Sex Code": sex,
                    "Provider First Line Business Practice Location Address": f"7{line}" if moved else line,
                    f"{place} City Name": city.upper(),
                    f"{place} State Name": state,
                    f"{place} Postal Code": code,
                    f"{place} Telephone Number": phone.replace("-", ""),
                    "Healthcare Provider Taxonomy Code_1": taxonomy or "",
                    "Provider License Number_1": licence,
                    "Provider License Number State Code_1": where,
                },
            )  # fmt: skip


_FOR_THE_REGISTRY = """
    SELECT p.npi, p.sex, n.last_name, n.first_name, n.middle_name, n.suffix, a.line_1, a.city, a.state,
           a.postal_code, a.phone, t.taxonomy_id, c.state, c.number
      FROM practitioners_practitioner p
      JOIN practitioners_practitionername n ON n.practitioner_id = p.id AND n.kind = 'legal'
      JOIN practitioners_contactpoint a ON a.practitioner_id = p.id AND a.kind = 'practice'
      LEFT JOIN practitioners_practitionertaxonomy t ON t.practitioner_id = p.id AND t."primary"
      JOIN LATERAL (SELECT c.state, c.number FROM practitioners_credential c
                      JOIN practitioners_credentialtype k ON k.id = c.credential_type_id
                     WHERE c.practitioner_id = p.id AND k.code = 'LICENSE' ORDER BY c.id LIMIT 1) c ON true
     ORDER BY p.id
"""


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


def lookup(world: World) -> Iterator[Row]:
    """May this person do this here today, and who may."""
    today = clock.today(world.facility)
    held = _held_by(world)
    people = _some(world, Practitioner.objects.all())
    codes = [code for _, code, _ in held]
    asked = [
        {"npi": one.npi, "code": world.chance.choice(codes), "facility": world.facility.pk, "on": today}
        for one in people
        for _ in range(5)
    ]

    def may(question: dict[str, Any]) -> None:
        npi, code = question["npi"], question["code"]
        can_perform(npi=npi, privilege_code=code, facility=world.facility, on=today)

    def who(code: str) -> None:
        who_can(privilege_code=code, facility=world.facility, on=today)

    yield Row(
        "can X do P at F today",
        0.010,
        timed(may, asked),
        "bare SQL",
        timed(bare(_MAY), asked),
        3,
    )
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


QUESTIONS: dict[str, Callable[[World], Iterator[Row]]] = {
    "search": searching,
    "pages": pages,
    "lookup": lookup,
    "export": export,
    "nppes refresh": refresh,
}
