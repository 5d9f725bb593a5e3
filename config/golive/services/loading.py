"""Loading an earlier system's appointments and privileges: checked first, then whole or nothing.

Everything is written by the services that write it every day, so day one answers as any other day; the
authority of each term and grant says that it was recorded before, and which board gave it.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from bylaws.services.appointments import open_appointment
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, require
from config.golive.authority import authority_before
from config.golive.fields import load_mapping_of
from config.golive.planning import LoadPlanner
from config.golive.reading import read_on_file
from config.kernel import clock
from config.kernel.canonical import canonical_bytes
from config.kernel.errors import Conflict, Refused
from credentialing.choices import NPDBQueryKind, NPDBReason
from credentialing.services.npdb import log_query
from practitioners import store
from practitioners.choices import ImportKind, ImportStatus, Method, SourceKind
from practitioners.importing.mappings import TableMapping
from practitioners.importing.roster import KINDS, Act, Plan, Planner
from practitioners.importing.tables import open_table, refuse_oversize
from practitioners.models import ImportBatch, Practitioner
from practitioners.policies import is_own_file
from practitioners.selectors.imports import described, loaded_taxonomies, recognise
from practitioners.services import roster_import
from practitioners.services.credentials import confirm, credential_type
from practitioners.services.evidence import add_evidence
from practitioners.services.roster_bulk import add_people
from privileging.choices import FPPEReason
from privileging.services.evaluations import planned, write_plans
from privileging.services.fppe import start_fppe
from privileging.services.grants import open_grant

PERMISSION = "practitioners.go_live"
NAMED = 20
_OURS = {"confirm", "appointment", "grant", "npdb"}


def plan_load(*, actor, content: bytes, mapping: TableMapping, facility=None) -> list[Plan]:
    """What every row of the export would do; writes nothing. Raises ``UnusableFile`` with one sentence.

    ``facility`` is that of rows which name none.
    """
    require(actor, PERMISSION, facility)
    table = open_table(io.BytesIO(content), mapping.layout)
    rows = [mapping.read(row) for row in table.rows]
    kinds = {code: credential_type(code) for code in KINDS.values()}
    today = clock.today(facility)
    people = Planner(mapping, kinds=kinds, today=today, taxonomies=loaded_taxonomies(rows))
    found = recognise(mapping, rows)
    planner = LoadPlanner(
        mapping,
        people,
        read_on_file(each.person.pk for each in found if each.person),
        today=today,
        facility=facility,
        may_load_at=set(facilities_with(actor, PERMISSION)),
    )
    plans = []
    for row, who in zip(rows, found, strict=True):
        problems = list(who.problems)
        if who.person is not None and is_own_file(actor, who.person):
            problems.append(
                roster_import.RowProblem("", "This is your own file: a colleague has to load it.")
            )
        plans.append(planner.plan(row, who.person, problems))
    return plans


@transaction.atomic
def check_load(*, actor, content: bytes, file_name: str, mapping: TableMapping, facility=None) -> ImportBatch:
    """Keep the export, encrypted, and what each of its rows would do."""
    require(actor, PERMISSION, facility)
    refuse_oversize(len(content), settings.STANDING_IMPORT_LIMIT)
    plans = plan_load(actor=actor, content=content, mapping=mapping, facility=facility)
    return roster_import.keep_check(
        actor=actor,
        kind=ImportKind.GO_LIVE,
        content=content,
        file_name=file_name,
        mapping=mapping,
        facility=facility,
        rows=[(plan, plan.practitioner) for plan in plans],
    )


@transaction.atomic
def apply_load(*, actor, batch: ImportBatch, mapping: TableMapping | None = None) -> ImportBatch:
    """Write the load, all of it or nothing: one rejected row keeps everything out.

    The check runs again first; refused, naming the rows, when it no longer says the same.
    """
    batch = roster_import.lock_batch(actor, batch, ImportStatus.APPLIED)
    if batch.counts.get("rejected"):
        raise Refused(
            f"{batch.counts['rejected']} rows are rejected; a go-live load is whole or nothing. Correct the "
            "export and check it again."
        )
    mapping = mapping or load_mapping_of(batch.mapping)
    kept = {row.number: row for row in batch.rows.order_by("number")}
    roster_import.lock_people({row.practitioner_id for row in kept.values() if row.practitioner_id})
    content = store.get(batch.sha256, encrypted=True)
    plans = plan_load(actor=actor, content=content, mapping=mapping, facility=batch.facility)
    roster_import.refuse_differences(plans, kept)
    people = _add_people(actor, plans, mapping)
    for done, plan in enumerate(plans, 1):
        npi = plan.row.values["npi"]
        people[npi] = _carry_out(actor, plan, mapping, plan.practitioner or people[npi])
        if done % 25 == 0:
            roster_import.note_progress(batch, done, len(plans))
    roster_import.name_people({row.pk: people[row.values["npi"]].pk for row in kept.values()})
    return roster_import.mark_applied(actor=actor, batch=batch)


@transaction.atomic
def load_files(
    *, actor, files: Iterable[tuple[str, bytes]], mapping: TableMapping, facility=None
) -> list[ImportBatch]:
    """Check and apply several exports, all of them or none. A rejected row refuses everything."""
    batches = []
    for name, content in files:
        batch = check_load(actor=actor, content=content, file_name=name, mapping=mapping, facility=facility)
        batches.append(apply_load(actor=actor, batch=batch, mapping=mapping))
    return batches


def _about_person(plan: Plan) -> Plan:
    """What the row says of the person, as a roster would."""
    acts = [act for act in plan.acts if act.kind not in _OURS]
    return Plan(plan.row, plan.label, plan.practitioner, acts=acts)


def _add_people(actor, plans: Iterable[Plan], mapping: TableMapping) -> dict[str, Practitioner]:
    """Add everybody the load brings newly, together; by NPI. A person's first row brings them."""
    new = [_about_person(plan) for plan in plans if plan.acts and plan.acts[0].kind == "create"]
    added = add_people(actor=actor, plans=new, source=mapping.source)
    return {plan.row.values["npi"]: person for plan, person in zip(new, added, strict=True)}


def _carry_out(actor, plan: Plan, mapping: TableMapping, person: Practitioner) -> Practitioner:
    theirs = _about_person(plan)
    if theirs.acts and plan.practitioner is not None:
        roster_import.carry_out(actor, theirs, mapping)
    try:
        for act in plan.acts:
            if act.kind in _OURS:
                _DO[act.kind](actor, person, act, plan)
    except IntegrityError:
        raise Conflict(
            f"{described(plan.row)}: this contradicts what is on file. Nothing was written."
        ) from None
    except Refused as refused:
        raise Refused(f"{described(plan.row)}: {refused.sentence} Nothing was written.") from None
    return person


def _confirm(actor, person: Practitioner, act: Act, plan: Plan) -> None:
    """What a source had confirmed before; the evidence is the row of the export, and says so."""
    values = act.values
    credentials = person.credentials.filter(credential_type__code=values["type_code"])
    if values["number_key"]:
        credentials = credentials.filter(number_key=values["number_key"])
    else:
        credentials = credentials.filter(issuer=plan.row.values.get("board.issuer", ""))
    credential = credentials.select_related("practitioner", "credential_type").order_by("pk").get()
    evidence = add_evidence(
        actor=actor,
        practitioner=person,
        title=f"{credential}: as verified in the earlier system"[:200],
        source="Export of the earlier system",
        source_kind=SourceKind.PERSON,
        method=Method.FILE,
        content=canonical_bytes(plan.row.values),
        media_type="application/json",
        source_date=values["verified_on"],
        data_class=DataClass.IDENTITY if plan.row.values.get("birth_date") else DataClass.GENERAL,
        summary="Taken over from the earlier system; its own papers are kept there.",
    )
    extra = credential.periods.live().order_by("-valid").values_list("extra", flat=True).first()
    lower, upper = values["valid"]
    confirm(
        actor=actor,
        credential=credential,
        valid=DateRange(lower, upper, "[)"),
        evidence=evidence,
        extra=extra,
    )


def _appointment(actor, person: Practitioner, act: Act, plan: Plan) -> None:
    values = act.values
    open_appointment(
        actor=actor,
        practitioner=person,
        decision=None,
        authority=authority_before(values["decided_on"]),
        **values,
    )


def _grant(actor, person: Practitioner, act: Act, plan: Plan) -> None:
    values = dict(act.values)
    due, cases = values.pop("fppe_due"), values.pop("fppe_cases")
    grant = open_grant(
        actor=actor,
        practitioner=person,
        decision=None,
        authority=authority_before(values["decided_on"]),
        **values,
    )
    if due or cases:
        _focused_evaluation(actor, grant, values["start"], due, cases)


def _focused_evaluation(actor, grant: Any, opened_on: dt.date, due_on: dt.date | None, cases) -> None:
    """An evaluation that was under way when the hospital moved here."""
    spec = {"cases": cases, "method": "As begun in the earlier system"}
    plan = planned(grant, FPPEReason.INITIAL, opened_on, spec, None, due_on=due_on)
    start_fppe(actor=actor, plans=write_plans(actor=actor, plans=[plan]))


def _npdb(actor, person: Practitioner, act: Act, plan: Plan) -> None:
    """The query as the earlier system recorded it; its response stays there, and the evidence says so."""
    values = act.values
    log_query(
        actor=actor,
        practitioner=person,
        facility=values["facility"],
        kind=NPDBQueryKind.ONE_TIME,
        reason=NPDBReason.REAPPOINTMENT,
        queried_on=values["queried_on"],
        dcn=values["dcn"],
        content=(
            f"As recorded in the earlier system: queried on {values['queried_on'].isoformat()}, DCN "
            f"{values['dcn']}. The response itself is kept with the earlier system's records."
        ).encode(),
        method=Method.FILE,
    )


_DO = {"confirm": _confirm, "appointment": _appointment, "grant": _grant, "npdb": _npdb}
