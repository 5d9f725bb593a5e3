"""What the pages of one practitioner's file show, gathered with a fixed number of queries."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.db.models import Case, Prefetch, QuerySet, When, prefetch_related_objects

from config.accounts.policies import data_classes, permissions
from config.audit.models import AuditEvent
from config.kernel.pages import Action
from config.kernel.registries import HeadFact, Panel, credential_acts, head_facts, panels
from practitioners.choices import CredentialCategory, Standing
from practitioners.models import (
    Credential,
    CredentialPeriod,
    CredentialType,
    Document,
    Evidence,
    Letter,
    Practitioner,
    PractitionerTaxonomy,
)
from practitioners.policies import is_own_file, may_change, may_change_photo, may_know_letter, may_view_all
from practitioners.selectors.canonical import Records

#: What a caller asks about first: may they practise, prescribe, are they certified and covered.
AT_A_GLANCE = (
    CredentialCategory.LICENSURE,
    CredentialCategory.REGISTRATION,
    CredentialCategory.CERTIFICATION,
    CredentialCategory.INSURANCE,
)
EVENTS_SHOWN = 200


@dataclass(frozen=True)
class Detail:
    """One more thing said of a credential."""

    label: str
    value: Any


@dataclass
class PeriodRow:
    """What is said of a credential for a range of days, with what follows from today's date."""

    period: CredentialPeriod
    today: dt.date
    details: list[Detail]
    recorded_by: str = ""

    @property
    def start(self) -> dt.date | None:
        """First day."""
        return self.period.start

    @property
    def end(self) -> dt.date | None:
        """Inclusive last day; None when open."""
        return self.period.end

    @property
    def confirmed(self) -> bool:
        """Whether a source said it."""
        return self.period.standing == Standing.CONFIRMED

    @property
    def over(self) -> bool:
        """Whether the last day lies behind us."""
        return self.end is not None and self.end < self.today

    @property
    def ahead(self) -> bool:
        """Whether the first day lies ahead."""
        return self.start is not None and self.start > self.today

    @property
    def expired(self) -> bool:
        """Whether something that is to be renewed has run out."""
        return self.over and self.period.identity.credential_type.expires


@dataclass
class CredentialRow:
    """One credential with everything said of it, the newest days first."""

    credential: Credential
    rows: list[PeriodRow] = field(default_factory=list)
    acts: list[Action] = field(default_factory=list)
    merged_from: str = ""  # the merged record it stands on; nothing is changed there any more

    @property
    def title(self) -> str:
        """Which one it is, in one line."""
        one = self.credential
        named = " ".join(part for part in (one.state, one.number) if part)
        if named:
            return named
        extra = self.rows[0].period.extra if self.rows else {}
        first = next((extra[key] for key in ("name", "course", "document_kind") if extra.get(key)), "")
        text = str(first or one.issuer or one.credential_type.name)
        return text[:1].upper() + text[1:]

    @property
    def issuer(self) -> str:
        """Who issued it, where the title does not say so already."""
        return self.credential.issuer if self.credential.issuer != self.title else ""

    @property
    def details(self) -> list[Detail]:
        """What else is said of it now, without what the title says."""
        return [each for each in self.now.details if str(each.value).casefold() != self.title.casefold()]

    @property
    def now(self) -> PeriodRow:
        """What holds today, else the nearest."""
        running = [row for row in self.rows if not row.over and not row.ahead]
        return running[0] if running else self.rows[0]

    @property
    def claimed(self) -> bool:
        """Whether something of it still rests on somebody's word."""
        return any(not row.confirmed for row in self.rows)


@dataclass
class KindRow:
    """All credentials of one kind."""

    kind: CredentialType
    credentials: list[CredentialRow] = field(default_factory=list)

    @property
    def start_label(self) -> str:
        """What the first day means for this kind."""
        return self.kind.fields.get("x-dates", {}).get("start", "From")

    @property
    def end_label(self) -> str:
        """What the last day means for this kind."""
        return self.kind.fields.get("x-dates", {}).get("end", "Until")


@dataclass
class PanelView:
    """A part of the page that another room adds."""

    panel: Panel
    context: Mapping[str, Any]


def credential_rows(records: Records, today: dt.date) -> list[KindRow]:
    """Everything currently said of the person's credentials, by kind in their order; 1 query."""
    periods = (
        CredentialPeriod.objects.live()
        .filter(identity__practitioner__in=records.ids)
        .select_related("identity__credential_type", "evidence", "recorded_by")
        .order_by("identity__credential_type__order", "identity__credential_type__name", "identity__state",
                  "identity_id", "-valid")
    )  # fmt: skip
    kinds: dict[int, KindRow] = {}
    rows: dict[int, CredentialRow] = {}
    for period in periods:
        kind = period.identity.credential_type
        by_kind = kinds.setdefault(kind.pk, KindRow(kind))
        row = rows.get(period.identity_id)
        if row is None:
            row = rows[period.identity_id] = CredentialRow(
                period.identity, merged_from=records.label(period.identity.practitioner_id)
            )
            by_kind.credentials.append(row)
        row.rows.append(PeriodRow(period, today, details_of(kind, period.extra), str(period.recorded_by)))
    for by_kind in kinds.values():
        by_kind.credentials.sort(key=lambda row: (row.now.over, -_ordinal(row.now.start)))
    return list(kinds.values())


def attach_acts(viewer, practitioner: Practitioner, kinds: Sequence[KindRow]) -> None:
    """What the higher rooms offer beside each credential, for this viewer."""
    offers = [register(viewer, practitioner) for register in credential_acts]
    for kind in kinds:
        for row in kind.credentials:
            row.acts = [act for act in (offer(row.credential) for offer in offers) if act is not None]


def _ordinal(day: dt.date | None) -> int:
    return day.toordinal() if day else 0


def details_of(kind: CredentialType, extra: Mapping[str, Any]) -> list[Detail]:
    """The extra content in the words of its kind, in the order of its form."""
    properties = kind.fields.get("properties", {})
    order = [*kind.fields.get("x-order", ()), *properties]
    found = []
    for key in dict.fromkeys(order):
        described = properties.get(key, {})
        if key not in extra or described.get("x-same-as"):
            continue
        value = extra[key]
        if described.get("x-prefix") and isinstance(value, int):
            value = f"{described['x-prefix']}{value:,}"
        found.append(Detail(described.get("title", key), value))
    return found


def at_a_glance(kinds: Sequence[KindRow]) -> list[tuple[KindRow, CredentialRow]]:
    """The credentials a caller asks about first; those that have run out only where nothing else of the
    kind holds.
    """
    found = []
    for kind in kinds:
        if kind.kind.category not in AT_A_GLANCE:
            continue
        running = [row for row in kind.credentials if not row.now.over]
        found += [(kind, row) for row in running or kind.credentials[:1]]
    return found


@dataclass
class PlaceHead:
    """How the person stands at one facility."""

    code: str
    name: str
    statuses: list[HeadFact] = field(default_factory=list)
    facts: list[HeadFact] = field(default_factory=list)


def head_by_place(viewer, practitioner: Practitioner, on: dt.date) -> list[PlaceHead]:
    """What the higher rooms say in the head of the file, per facility, what stops somebody first."""
    places: dict[str, PlaceHead] = {}
    found = [fact for source in head_facts for fact in source(viewer, practitioner, on)]
    for fact in sorted(found, key=lambda each: each.rank):
        place = places.setdefault(fact.facility_code, PlaceHead(fact.facility_code, fact.facility))
        (place.facts if fact.label else place.statuses).append(fact)
    return sorted(places.values(), key=lambda place: place.code)


@dataclass(frozen=True)
class RunsOut:
    """A credential with the last day that matters next."""

    kind: CredentialType
    row: CredentialRow
    last_day: dt.date
    run_out: bool


def runs_out(kinds: Sequence[KindRow], on: dt.date) -> tuple[RunsOut | None, list[RunsOut]]:
    """What runs out next, and what has run out and was not renewed; no query.

    A credential counts by the last day anybody says of it; something that ran out while another of the kind
    (and state) still holds was let go, not missed.
    """
    ahead, over = [], []
    for kind in kinds:
        if not kind.kind.expires:
            continue
        holding = {row.credential.state for row in kind.credentials if not row.now.over}
        for row in kind.credentials:
            ends = [said.end for said in row.rows]
            if None in ends:
                continue
            last = max(end for end in ends if end is not None)
            if last >= on:
                ahead.append(RunsOut(kind.kind, row, last, False))
            elif row.credential.state not in holding:
                over.append(RunsOut(kind.kind, row, last, True))
    return min(ahead, key=lambda each: each.last_day, default=None), over


class PanelGroup(Enum):
    """Panels that are read together. Each panel asks for itself, so those that follow the file are fetched in
    two requests, for everything that asks together has to stay quick.

    The value is the first and the last order of its panels; ``words`` lead to them where nothing is fetched.
    """

    FILE = (0, 45, "")
    PRIVILEGES = (46, 53, "Privileges, supervision and what runs out")
    OFFICE = (54, sys.maxsize, "Letters, screening and data bank")

    def __init__(self, first: int, last: int, words: str) -> None:
        self.first, self.last, self.words = first, last, words


def panels_for(viewer, group: PanelGroup) -> list[Panel]:
    """The panels of the group that the viewer's roles open."""
    held = permissions(viewer, None)
    return [
        panel
        for panel in panels.all()
        if group.first <= panel.order <= group.last and (not panel.permission or panel.permission in held)
    ]


def panel_views(viewer, practitioner: Practitioner, today: dt.date, group: PanelGroup) -> list[PanelView]:
    """What the higher rooms add for this viewer; at most 3 queries each."""
    views = []
    for panel in panels_for(viewer, group):
        context = panel.context(viewer, practitioner, today)
        if context is not None:
            views.append(PanelView(panel, context))
    return views


def read_person_parts(records: Records) -> None:
    """Read the person's names, contact points, numbers and specialties of all their records; 4 queries.

    The relations of the canonical record then answer for all; ``merged_from`` of a row says which merged
    record it stands on.
    """
    others = [each.practitioner for each in records.merged]
    prefetch_related_objects(
        [records.person, *others],
        "names",
        "contact_points",
        "identifiers",
        Prefetch("taxonomies", queryset=PractitionerTaxonomy.objects.select_related("taxonomy")),
    )
    for relation in ("names", "contact_points", "identifiers", "taxonomies") if others else ():
        answer = getattr(records.person, relation).all()
        joined = list(answer)
        for record in others:
            for row in getattr(record, relation).all():
                row.merged_from = records.label(record.pk)
                joined.append(row)
        answer._result_cache = joined


# --- papers ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Papers:
    """Documents, evidence and letters a viewer may know of; ``hidden`` counts the rest, whose class is
    closed.
    """

    documents: list[Document]
    evidence: list[Evidence]
    letters: list[Letter]
    hidden: int


def papers_of(viewer, records: Records) -> Papers:
    """Papers of all the person's records in the classes the viewer's roles open; 5 queries.

    Each record keeps a chain of evidence of its own, so their numbers begin anew.
    """
    open_classes = data_classes(viewer)
    ids = records.ids
    every_document = Document.objects.filter(practitioner__in=ids)
    every_piece = Evidence.objects.filter(practitioner__in=ids)
    documents = every_document.select_related("uploaded_by", "redacted_by")
    evidence = every_piece.select_related("obtained_by", "redaction").order_by(
        Case(When(practitioner=records.person.pk, then=0), default=1), "practitioner", "-sequence"
    )
    shown_documents = list(documents.filter(data_class__in=open_classes))
    shown_evidence = list(evidence.filter(data_class__in=open_classes))
    every_letter = list(Letter.objects.filter(practitioner__in=ids).select_related("facility", "issued_by"))
    letters = [each for each in every_letter if may_know_letter(viewer, each)]
    hidden = (
        every_document.exclude(data_class__in=open_classes).count()
        + every_piece.exclude(data_class__in=open_classes).count()
        + len(every_letter)
        - len(letters)
    )
    papers: list[Any] = [*shown_documents, *shown_evidence, *letters]
    for paper in papers:
        paper.merged_from = records.label(paper.practitioner_id)
    return Papers(shown_documents, shown_evidence, letters, hidden)


def periods_resting_on(evidence: Evidence) -> QuerySet[CredentialPeriod]:
    """What of the person's credentials rests on this piece, superseded knowledge included."""
    return (
        CredentialPeriod.objects.filter(evidence=evidence)
        .select_related("identity__credential_type")
        .order_by("recorded_at", "pk")
    )


# --- history --------------------------------------------------------------------------------------------


def may_see_history(viewer) -> bool:
    """Whether the viewer may see who did what."""
    return "audit.view" in permissions(viewer, None)


def events_of(records: Records) -> list[AuditEvent]:
    """The latest acts in the person's file, all records included, newest first."""
    uids = [records.person.uid, *(each.practitioner.uid for each in records.merged)]
    return list(AuditEvent.objects.filter(practitioner_uid__in=uids)[:EVENTS_SHOWN])


# --- what may be done here ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Powers:
    """What the viewer may do in this file."""

    edit: bool
    upload: bool
    redact: bool
    see_all: bool
    history: bool
    log_contact: bool
    reveal_ssn: bool
    merge: bool
    export: bool
    photo: bool = False
    applications: bool = True  # whether open applications are among what is told of the person


def powers_of(viewer, practitioner: Practitioner) -> Powers:
    """What the viewer may do in this file."""
    return Powers(
        edit=may_change(viewer, "practitioners.edit", practitioner),
        upload=may_change(viewer, "practitioners.upload", practitioner),
        redact=may_change(viewer, "practitioners.redact", practitioner),
        see_all=may_view_all(viewer),
        history=may_see_history(viewer),
        log_contact=may_change(viewer, "practitioners.log_contact", practitioner),
        reveal_ssn=may_change(viewer, "practitioners.reveal_ssn", practitioner),
        merge=may_change(viewer, "practitioners.merge", practitioner),
        applications="credentialing.view" in permissions(viewer, None) or is_own_file(viewer, practitioner),
        export="practitioners.export" in permissions(viewer, None),
        photo=may_change_photo(viewer, practitioner),
    )
