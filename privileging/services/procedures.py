"""Loading the customer's procedure codes: which privilege each of them needs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.organization.models import Facility
from privileging.models import Privilege, ProcedureCode

MANAGE = "privileging.manage_catalogue"
COLUMNS = ("code", "system", "privilege")
LONGEST = 20
_GROUP = re.compile(r"[a-z0-9-]{1,40}")
#: More than any code set has; a larger file is another file.
MOST_ROWS = 200_000


@dataclass(frozen=True)
class Loaded:
    """What a load did, or would do: ``problems`` are sentences about rows; with one, nothing is changed.

    A code that needs something else from now on is ended and added again: ``changed`` counts those.
    ``dropped`` are codes in force that the file does not have any more.
    """

    added: int = 0
    ended: int = 0
    unchanged: int = 0
    problems: tuple[str, ...] = ()
    changed: int = 0
    dropped: tuple[str, ...] = ()

    @property
    def new(self) -> int:
        """How many codes were not in force before."""
        return self.added - self.changed


def load_procedure_codes(*, actor, facility: Facility, content: bytes, dry_run: bool = False) -> Loaded:
    """Bring the codes of a CSV (columns code, system, privilege, and if one likes groups) into force at the
    facility. ``groups`` are the procedure groups of criteria a case of the code counts for, with spaces
    between them.

    Of each code set the file names it is the whole: codes it no longer has, or gives another privilege, are
    ended, never changed. With a row that cannot be right, nothing is. Refuses a file that is none.
    """
    require(actor, MANAGE, facility)
    wanted, problems = _read(content)
    if problems:
        return Loaded(problems=tuple(problems))
    with transaction.atomic():
        list(Facility.objects.select_for_update(of=("self",), no_key=True).filter(pk=facility.pk))
        systems = {system for system, _ in wanted}
        live = ProcedureCode.objects.filter(facility=facility, system__in=systems, ended_at__isnull=True)
        there = {(row.system, row.code): row for row in live}
        gone = [row.pk for key, row in there.items() if wanted.get(key) != (row.privilege_id, row.groups)]
        kept = len(there) - len(gone)
        fresh = [
            (key, needed)
            for key, needed in wanted.items()
            if key not in there or (there[key].privilege_id, there[key].groups) != needed
        ]
        dropped = sorted(key for key in there if key not in wanted)
        answer = Loaded(
            added=len(fresh),
            ended=len(gone),
            unchanged=kept,
            changed=len(gone) - len(dropped),
            dropped=tuple(f"{system} {code}" for system, code in dropped),
        )
        if dry_run or not (fresh or gone):
            return answer
        now = clock.now()
        ProcedureCode.objects.filter(pk__in=gone).update(ended_at=now, ended_by=actor)
        ProcedureCode.objects.bulk_create(
            ProcedureCode(
                facility=facility,
                system=system,
                code=code,
                privilege_id=privilege,
                groups=groups,
                loaded_at=now,
                loaded_by=actor,
            )
            for (system, code), (privilege, groups) in fresh
        )
        record_event(
            actor=actor,
            verb="procedure_codes.loaded",
            subject=facility,
            facility=facility,
            data={"added": answer.added, "ended": answer.ended, "systems": sorted(systems)},
        )
    return answer


#: Id of the privilege a code needs, and the procedure groups it counts for.
Needed = tuple[int, list[str]]


def _read(content: bytes) -> tuple[Mapping[tuple[str, str], Needed], list[str]]:
    """What each code needs by (code set, code), and a sentence for each row that cannot be right."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("The file is not text in UTF-8.") from None
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        names = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        if missing := [name for name in COLUMNS if name not in names]:
            raise Refused(f"The file needs the columns {', '.join(COLUMNS)}; {missing[0]} is missing.")
        reader.fieldnames = names
        rows = [row for _, row in zip(range(MOST_ROWS + 1), reader, strict=False)]
    except csv.Error as problem:
        raise Refused(f"The file is not a CSV: {problem}.") from None
    if len(rows) > MOST_ROWS:
        raise Refused(f"The file has more than {MOST_ROWS:,} rows.")
    if not rows:
        raise Refused("The file has no rows.")
    codes = {(row.get("privilege") or "").strip().upper() for row in rows}
    known = dict(Privilege.objects.filter(code__in=codes).values_list("code", "pk"))
    found: dict[tuple[str, str], Needed] = {}
    problems = []
    for number, row in enumerate(rows, start=2):
        code, system, privilege = ((row.get(name) or "").strip().upper() for name in COLUMNS)
        groups = sorted(set((row.get("groups") or "").split()))
        if not code or not system or max(len(code), len(system)) > LONGEST or "\x00" in code + system:
            problems.append(f"Row {number}: it needs a code and a code set of at most {LONGEST} characters.")
        elif privilege not in known:
            named = privilege or "(none given)"
            problems.append(f"Row {number}: there is no privilege {named} in the catalog.")
        elif wrong := [each for each in groups if not _GROUP.fullmatch(each)]:
            problems.append(
                f"Row {number}: {wrong[0][:60]} is no procedure group of letters, digits and dashes."
            )
        elif found.setdefault((system, code), (known[privilege], groups)) != (known[privilege], groups):
            problems.append(f"Row {number}: {system} {code} needs something else in an earlier row.")
    return found, problems
