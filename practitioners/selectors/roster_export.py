"""The staff as a roster in the layout of a mapping: what leaves so can come back, and changes nothing then.

Birth dates and social security numbers stay here: a working export carries no protected class.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import QuerySet

from config.kernel.pages.exports import plain_cell
from config.kernel.periods import last_day
from practitioners.choices import ContactKind, NameKind
from practitioners.importing.mappings import TableMapping
from practitioners.importing.roster import KINDS
from practitioners.importing.roster_claims import as_on_file
from practitioners.importing.roster_fields import IDENTIFIERS
from practitioners.models import Practitioner
from practitioners.selectors.imports import whole_people

#: People read together; 7 queries each time.
TOGETHER = 1000
_PROTECTED = frozenset({"birth_date", "ssn"})
_ADDRESS = ("line_1", "line_2", "city", "state", "postal_code", "phone")


def roster_lines(people: QuerySet[Practitioner], mapping: TableMapping) -> Iterator[Sequence[object]]:
    """The header and a line for each person, in their order, in the columns of the mapping; cells that a
    spreadsheet would run as a formula are neutralised. Memory stays flat.
    """
    rules = [rule for rule in mapping.columns if rule.field not in _PROTECTED]
    yield [rule.column for rule in rules]
    keys = list(people.values_list("pk", flat=True))
    for start in range(0, len(keys), TOGETHER):
        some = keys[start : start + TOGETHER]
        found = whole_people(some)
        for key in some:
            said = roster_values(found[key])
            yield [plain_cell(said.get(rule.field, "")) for rule in rules]


def roster_values(person: Practitioner) -> dict[str, str]:
    """What is on file of a person, by the fields of a roster; of several licences, the one that ends last."""
    said = {
        "npi": person.npi or "",
        "provider_type": str(person.provider_type),
        "sex": str(person.sex),
        "languages": person.languages,
    }
    for name in person.names.all():
        if name.kind == NameKind.LEGAL:
            parts = ("last_name", "first_name", "middle_name", "suffix")
            said |= {part: getattr(name, part) for part in parts}
        elif name.kind == NameKind.FORMER:
            said.setdefault("former_last_name", name.last_name)
    for point in person.contact_points.all():
        if point.kind in (ContactKind.EMAIL, ContactKind.PHONE):
            said.setdefault(str(point.kind), point.line_1)
        elif f"{point.kind}.line_1" not in said:
            said |= {f"{point.kind}.{part}": getattr(point, part) for part in _ADDRESS}
    for row in person.identifiers.all():
        if row.kind in IDENTIFIERS:
            said.setdefault(f"identifier.{row.kind}", row.value)
    for specialty in person.taxonomies.all():
        if specialty.primary:
            said["primary_taxonomy"] = specialty.taxonomy_id
    for section, code in KINDS.items():
        said |= _credential(person, section, code)
    return said


def _credential(person: Practitioner, section: str, code: str) -> dict[str, str]:
    held = []
    for credential in person.credentials.all():
        periods = list(credential.periods.all())
        if credential.credential_type.code == code and periods:
            first, end, status = as_on_file(periods)
            held.append((end is None, str(end or ""), credential.pk, credential, first, end, status, periods))
    if not held:
        return {}
    *_, credential, first, end, status, periods = max(held, key=lambda each: each[:3])
    last = last_day(end)
    return {
        f"{section}.state": credential.state,
        f"{section}.number": credential.number,
        f"{section}.issuer": credential.issuer,
        f"{section}.specialty": str(periods[-1].extra.get("specialty", "")),
        f"{section}.status": status,
        f"{section}.start": first.isoformat() if first else "",
        f"{section}.end": last.isoformat() if last else "",
    }
