"""What is measured of files that go out and come in: the roster's export, the registry's refresh."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.core.management import call_command
from django.db import connection, connections, transaction
from django.test import Client
from django.urls import reverse

from tests.benchmarks.measuring import FLAT, Row, growth, once
from tests.benchmarks.world import World
from tests.nppes_file import MEMBER, header, person

#: Of a hundred people in the registry's file, those whose address is another than on file.
MOVED = 1


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

    stream()  # what the first one loads for good is no growth
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
