"""The facts criteria are judged from, gathered for many requested lines at once."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery

from bylaws.models import Decision
from config.kernel.many_keys import one_of
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.verdicts import EvidenceRef, Verdict
from credentialing.choices import Element, ItemStatus
from credentialing.models import VerificationItem
from credentialing.selectors.gate import evidence_url
from practitioners.choices import ProviderType, Standing
from practitioners.models import CredentialPeriod, Evidence
from practitioners.selectors.canonical import records_by_person
from privileging.choices import FormLineKind, RequestLineStatus
from privileging.models import CaseVolume, FormLine, GrantPeriod, PrivilegeRequest, RequestLine
from privileging.rules.criteria import judge_criteria
from privileging.rules.criteria_facts import CriteriaFacts, Statement, Volume
from privileging.rules.criteria_words import criteria_tree, each_criterion
from privileging.rules.trials import reader
from privileging.selectors.performed import FedCount, records_with_fed
from privileging.selectors.requests import NOT_ASKED

#: Credential types criteria ask about, whatever the form; and those gathered only where a criterion asks.
TYPES = ("MEDICAL_SCHOOL", "RESIDENCY", "BOARD_CERT", "LIFE_SUPPORT", "COURSE")
WHERE_ASKED = ("SUPERVISION",)
VOLUME_KINDS = ("VOLUME", "PROCTORED")


@dataclass(frozen=True)
class Question:
    """What is judged for a line: its tree, and how its verdict is called. Core lines of a form share one."""

    key: str
    code: str
    title: str
    tree: Mapping[str, Any]


def question_of(line: RequestLine) -> Question:
    """What a requested line is judged by: the criteria of the core, or a special line's own."""
    form_line = line.form_line
    tree = criteria_of(form_line, line.request.application.kind)
    if form_line.kind == FormLineKind.SPECIAL:
        name = form_line.privilege
        return Question(f"line:{name.code}", name.code, f"Criteria for {name.name}", tree)
    return Question(f"core:{form_line.version.uid}", "CORE", "Criteria for the core", tree)


def evaluate_lines(
    lines: Iterable[RequestLine],
    on: dt.date,
    *,
    known_at: dt.datetime | None = None,
    stated: Sequence[CredentialPeriod] | None = None,
) -> dict[int, Verdict]:
    """The verdict of every requested line by its id, on the day ``on``, as known at ``known_at`` (None: now).

    Lines come with ``form_line__version``, ``form_line__privilege`` and
    ``request__application__practitioner`` loaded (:func:`privileging.selectors.requests.lines_of` does).
    ``stated`` is what is stated of all their practitioners now, where it is read already (with credential
    type and evidence). At most four queries for all of them.
    """
    lines = list(lines)
    facts = gather_facts(lines, on, known_at=known_at, stated=stated)
    judged: dict[tuple[int, str], Verdict] = {}
    verdicts = {}
    for line in lines:
        application_id, question = line.request.application_id, question_of(line)
        key = (application_id, question.key)
        if key not in judged:
            judged[key] = judge_criteria(
                question.tree, facts[application_id], code=question.code, title=question.title
            )
        verdicts[line.pk] = judged[key]
    return verdicts


def criteria_of(form_line: FormLine, application_kind: str) -> Mapping[str, Any]:
    """The criteria tree that applies: initial, or renewal for a reappointment."""
    special = form_line.kind == FormLineKind.SPECIAL
    return criteria_tree(form_line.criteria if special else form_line.version.core_criteria, application_kind)


def gather_facts(
    lines: Sequence[RequestLine],
    on: dt.date,
    *,
    known_at: dt.datetime | None = None,
    stated: Sequence[CredentialPeriod] | None = None,
    before: Decision | None = None,
) -> dict[int, CriteriaFacts]:
    """Facts by application id: statements, case numbers, privileges held there, and what is asked.
    ``before`` is a decision of which nothing that it granted counts, though it was recorded by then, and
    what that took the place of does.
    """
    by_id = {line.request.application_id: line.request.application for line in lines}
    people = {application.practitioner_id for application in by_id.values()}
    kinds = {
        criterion["type"]
        for line in lines
        for criterion in each_criterion(criteria_of(line.form_line, line.request.application.kind))
    }
    counts = bool(kinds & set(VOLUME_KINDS))
    person_of, fed = _records(people, known_at, counts=counts)
    types = (*TYPES, *(kind for kind in WHERE_ASKED if kind in kinds))
    statements = _statements(
        _periods(person_of, types, known_at) if stated is None else stated, person_of, types
    )
    volumes = _with_fed(_volumes(person_of, known_at), fed) if counts else defaultdict(list)
    held = _held(person_of, on, known_at, before) if "PREREQUISITE" in kinds else defaultdict(dict)
    asked: dict[int, set[str]] = defaultdict(set)
    for line in lines:
        if line.status not in NOT_ASKED:
            asked[line.request.application_id].add(line.form_line.privilege.code)
    return {
        pk: CriteriaFacts(
            on=on,
            provider_type=application.practitioner.provider_type,
            provider_label=ProviderType(application.practitioner.provider_type).label,
            statements=tuple(statements[application.practitioner_id]),
            volumes=tuple(volumes[application.practitioner_id]),
            held=held[application.practitioner_id, application.facility_id],
            requested=frozenset(asked[pk]),
        )
        for pk, application in by_id.items()
    }


#: Credential types a kind of criterion asks about.
TYPES_OF = {
    "DEGREE": ("MEDICAL_SCHOOL",),
    "TRAINING": ("RESIDENCY",),
    "BOARD": ("BOARD_CERT", "RESIDENCY"),
    "LIFE_SUPPORT": ("LIFE_SUPPORT",),
    "COURSE": ("COURSE",),
    "SUPERVISION": ("SUPERVISION",),
}


def facts_of_people(
    people: Mapping[int, str],
    facility_of: Mapping[int, Collection[int]],
    on: dt.date,
    *,
    kinds: Collection[str],
) -> dict[tuple[int, int], CriteriaFacts]:
    """Facts of many people by (person, facility), as of now, for criteria of these ``kinds``: only what those
    read, and without the evidence it comes from. Five queries at most.

    ``people`` are profession by id, ``facility_of`` the facilities where each is looked at.
    """
    counts = bool(set(kinds) & set(VOLUME_KINDS))
    person_of, fed = _records(people, None, counts=counts)
    types = {code for kind in kinds for code in TYPES_OF.get(kind, ())}
    statements = _bare_statements(person_of, types) if types else defaultdict(list)
    volumes = _with_fed(_bare_volumes(person_of), fed) if counts else defaultdict(list)
    held = _held(person_of, on, None) if "PREREQUISITE" in kinds else defaultdict(dict)
    return {
        (pk, facility_id): CriteriaFacts(
            on=on,
            provider_type=provider_type,
            provider_label=ProviderType(provider_type).label,
            statements=tuple(statements[pk]),
            volumes=tuple(volumes[pk]),
            held=held[pk, facility_id],
        )
        for pk, provider_type in people.items()
        for facility_id in facility_of[pk]
    }


def facts_of_staff(
    people: Mapping[int, str],
    facilities: Collection[Facility],
    on: dt.date,
    *,
    trees: Iterable[Mapping[str, Any]],
    requested: Iterable[str] = (),
) -> Iterator[tuple[int, CriteriaFacts]]:
    """Facts of everybody of a staff by person, in the order of ``people`` (profession by id), as of now, for
    these trees of criteria and no others: what no criterion of theirs reads is left out. Held is what is held
    at any of the facilities, ``requested`` what everybody asks for. Five queries at most.
    """
    asked = [criterion for tree in trees for criterion in each_criterion(tree)]
    kinds = {each["type"] for each in asked}
    groups = {each["group"] for each in asked if each["type"] in VOLUME_KINDS}
    codes = {each["privilege"] for each in asked if each["type"] == "PREREQUISITE"}
    types = {code for kind in kinds for code in TYPES_OF.get(kind, ())}
    read = reader(asked)
    person_of, fed = _records(people, None, counts=bool(groups))
    statements = _bare_statements(person_of, types, read) if types else {}
    volumes: dict[int, list[Volume]] = {}
    if groups:
        told = {
            person: of_group
            for person, counts in fed.items()
            if (of_group := [each for each in counts if each.group in groups])
        }
        volumes = _with_fed(_bare_volumes(person_of, groups), told)
    held: dict[int, dict[str, dt.date]] = defaultdict(dict)
    if codes:
        rows = GrantPeriod.objects.in_force(on).filter(facility__in=facilities, privilege__code__in=codes)
        for record, code, valid in rows.values_list("practitioner_id", "privilege__code", "valid"):
            if record in person_of:
                held[person_of[record]][code] = valid.lower
    labels, everybody_asks = dict(ProviderType.choices), frozenset(requested)
    for pk, provider_type in people.items():
        yield (
            pk,
            CriteriaFacts(
                on=on,
                provider_type=provider_type,
                provider_label=labels.get(provider_type, ""),
                statements=tuple(statements.get(pk, ())),
                volumes=tuple(volumes.get(pk, ())),
                held=held.get(pk, {}),
                requested=everybody_asks,
            ),
        )


def _bare_statements(
    person_of: Mapping[int, int],
    types: Collection[str],
    wanted: Callable[[str, Mapping[str, Any]], Collection[int]] | None = None,
) -> dict[int, list[Statement]]:
    """Statements of these types, or those of them that somebody wants by type and content (``wanted`` names
    who); rows as they are, for ten thousand people are a hundred thousand of them.
    """
    rows = (
        CredentialPeriod.objects.live()
        .filter(one_of("identity__practitioner_id", person_of), identity__credential_type__code__in=types)
        .order_by("identity_id", "valid", "pk")
        .values_list(
            "identity__practitioner_id",
            "identity__credential_type__code",
            "identity__credential_type__name",
            "identity__issuer",
            "standing",
            "status",
            # The ends by themselves: a range is taken apart in Python, a day is not.
            "valid__startswith",
            "valid__endswith",
            "extra",
        )
    )
    found: dict[int, list[Statement]] = defaultdict(list)
    for record, code, name, issuer, standing, status, start, after, extra in rows.iterator(chunk_size=20_000):
        if wanted is not None and not wanted(code, extra):
            continue
        found[person_of[record]].append(
            Statement(
                type_code=code,
                confirmed=standing == Standing.CONFIRMED,
                status=status,
                valid_from=start,
                valid_through=last_day(after),
                label=label_of(name, issuer, extra),
                extra=extra,
            )
        )
    return found


def _bare_volumes(
    person_of: Mapping[int, int], groups: Collection[str] | None = None
) -> dict[int, list[Volume]]:
    """As :func:`_volumes`, in two queries without looking up the evidence of each number; of ``groups``
    alone, where they are given.
    """
    logs = dict(
        VerificationItem.objects.filter(
            one_of("application__practitioner_id", person_of),
            element=Element.CASE_LOG,
            status=ItemStatus.VERIFIED,
        )
        .values_list("application__practitioner")
        .annotate(newest=Max("reviewed_at"))
    )
    rows = CaseVolume.objects.filter(one_of("practitioner_id", person_of)).order_by("pk")
    if groups is not None:
        rows = rows.filter(procedure_group__in=groups)
    newest: dict[tuple, Volume] = {}
    for record, group, start, end, cases, source, evidence, recorded_at in rows.values_list(
        "practitioner_id", "procedure_group", "performed_from", "performed_through", "cases", "source",
        "evidence_id", "recorded_at",
    ):  # fmt: skip
        log = logs.get(record)
        confirmed = evidence is not None or (log is not None and log >= recorded_at)
        newest[person_of[record], group, start, end] = Volume(group, start, end, cases, source, confirmed)
    found: dict[int, list[Volume]] = defaultdict(list)
    for (person, *_), volume in newest.items():
        found[person].append(volume)
    return found


def _records(
    people: Iterable[int], known_at: dt.datetime | None, *, counts: bool
) -> tuple[dict[int, int], Mapping[int, Sequence[FedCount]]]:
    """Every record of the people (record id: person id), with what feeds told where cases are counted; one
    query.
    """
    return records_with_fed(people, known_at) if counts else (records_by_person(people, known_at), {})


def _with_fed(
    found: dict[int, list[Volume]], fed: Mapping[int, Sequence[FedCount]]
) -> dict[int, list[Volume]]:
    """The cases a feed of the hospital told, beside the numbers that were stated: day by day, so that a
    stated range over the same days is never added to them. What a system of the hospital counted is
    confirmed by that.
    """
    for person, counts in fed.items():
        found[person] += [
            Volume(
                group=each.group,
                performed_from=each.day,
                performed_through=each.day,
                cases=each.number,
                source=f"Case feed {each.source}",
                confirmed=True,
                fed=True,
            )
            for each in counts
        ]
    return found


def _periods(
    people: Iterable[int], types: Collection[str], known_at: dt.datetime | None
) -> QuerySet[CredentialPeriod]:
    return (
        CredentialPeriod.objects.known_at(known_at)
        .filter(identity__practitioner__in=people, identity__credential_type__code__in=types)
        .select_related("identity__credential_type", "evidence")
        .order_by("identity_id", "valid", "pk")
    )


def _statements(
    rows: Iterable[CredentialPeriod], person_of: Mapping[int, int], types: Collection[str]
) -> dict[int, list[Statement]]:
    found: dict[int, list[Statement]] = defaultdict(list)
    for row in rows:
        credential = row.identity
        person = person_of.get(credential.practitioner_id)
        if person is None or credential.credential_type.code not in types:
            continue
        found[person].append(
            Statement(
                type_code=credential.credential_type.code,
                confirmed=row.standing == Standing.CONFIRMED,
                status=row.status,
                valid_from=row.valid.lower,
                valid_through=last_day(row.valid.upper),
                label=credential_label(credential, row.extra),
                extra=row.extra,
                evidence=evidence_refs(row.evidence),
                credential=str(credential.uid),
            )
        )
    return found


def credential_label(credential, extra: dict[str, Any]) -> str:
    """The credential as a reader knows it: what it is and who issued it."""
    return label_of(credential.credential_type.name, credential.issuer, extra)


#: Which part of its content says what a credential is, in this order.
_WHAT = ("course", "specialty", "degree", "agreement")


def label_of(name: str, issuer: str, extra: Mapping[str, Any]) -> str:
    """The same from the name of its type and its issuer."""
    what = next((extra[key] for key in _WHAT if extra.get(key)), "")
    words = f"{name}: {what}" if what else name
    where = extra.get("programme") or issuer
    return f"{words}, {where}" if where else words


def evidence_refs(evidence: Evidence | None) -> tuple[EvidenceRef, ...]:
    """The pointer to a piece of evidence, as verdicts carry it."""
    return () if evidence is None else (evidence_ref(evidence.uid, evidence.title),)


def evidence_ref(uid: uuid.UUID, title: str) -> EvidenceRef:
    """The same from its uid and title; the page itself decides who may open it."""
    return EvidenceRef(uid=str(uid), label=title, url=evidence_url(uid))


def _volumes(person_of: Mapping[int, int], known_at: dt.datetime | None) -> dict[int, list[Volume]]:
    """The newest number per group and range.

    It is confirmed by its own evidence, or by a case log that was verified after the number was stated.
    """
    logs = VerificationItem.objects.filter(
        application__practitioner=OuterRef("practitioner"),
        element=Element.CASE_LOG,
        status=ItemStatus.VERIFIED,
        reviewed_at__gte=OuterRef("recorded_at"),
    ).order_by("reviewed_at")
    rows = CaseVolume.objects.filter(practitioner__in=list(person_of))
    if known_at is not None:
        rows = rows.filter(recorded_at__lte=known_at)
        logs = logs.filter(reviewed_at__lte=known_at)
    rows = rows.select_related("evidence").annotate(
        log_uid=Subquery(logs.values("evidence__uid")[:1]),
        log_title=Subquery(logs.values("evidence__title")[:1]),
    )
    newest: dict[tuple, Any] = {}
    for row in rows.order_by("pk"):
        newest[
            person_of[row.practitioner_id], row.procedure_group, row.performed_from, row.performed_through
        ] = row
    found: dict[int, list[Volume]] = defaultdict(list)
    for row in newest.values():
        refs = evidence_refs(row.evidence)
        if not refs and row.log_uid:
            refs = (evidence_ref(row.log_uid, row.log_title),)
        found[person_of[row.practitioner_id]].append(
            Volume(
                group=row.procedure_group,
                performed_from=row.performed_from,
                performed_through=row.performed_through,
                cases=row.cases,
                source=row.source,
                confirmed=bool(refs),
                evidence=refs,
            )
        )
    return found


def _held(
    person_of: Mapping[int, int], on: dt.date, known_at: dt.datetime | None, before: Decision | None = None
) -> dict[tuple[int, int], dict[str, dt.date]]:
    rows = GrantPeriod.objects.in_force(on, known_at)
    if before is not None:
        # What its own grants took the place of, in the same instant, was held when it was taken.
        replaced = GrantPeriod.objects.filter(
            valid__contains=on,
            recorded_at__lt=before.recorded_at,
            superseded_at=before.recorded_at,
            privilege__in=before.grants.values("privilege"),
        )
        rows = (rows | replaced).exclude(identity__decision=before)
    rows = rows.filter(practitioner__in=list(person_of)).values_list(
        "practitioner_id", "facility_id", "privilege__code", "valid"
    )
    found: dict[tuple[int, int], dict[str, dt.date]] = defaultdict(dict)
    for practitioner_id, facility_id, code, valid in rows:
        found[person_of[practitioner_id], facility_id][code] = valid.lower
    return found


def evaluate_form(
    form_lines: Sequence[FormLine], application, on: dt.date, *, requested: Iterable[str] = ()
) -> dict[int, Verdict]:
    """The verdict of every line of a form by the form line's id, as if ``application`` asked for all of them.

    For the page on which they are chosen; lines come with ``version`` and ``privilege`` loaded. ``requested``
    are the codes already asked for. At most three queries.
    """
    would_be = [
        RequestLine(
            pk=form_line.pk,
            request=PrivilegeRequest(application=application, version=form_line.version),
            form_line=form_line,
            status=RequestLineStatus.REQUESTED
            if form_line.privilege.code in requested
            else RequestLineStatus.STRUCK,
        )
        for form_line in form_lines
    ]
    return evaluate_lines(would_be, on)
