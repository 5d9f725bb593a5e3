"""Due process as it stands: for whoever runs it, and what of it the practitioner may see."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from bylaws.choices import (
    PROTECTED_CAUSES,
    SETTLED_TRACKS,
    BarKind,
    BarReviewOutcome,
    Body,
    InvestigationOutcome,
    MotionStatus,
    PanelRuling,
    Side,
    TrackEventKind,
    TrackGround,
    TrackStatus,
)
from bylaws.models import (
    BarPeriod,
    BarReview,
    CommitteeSeatPeriod,
    DueProcess,
    DueProcessEvent,
    HearingExhibit,
    HearingWitness,
    Investigation,
    InvestigationEvent,
    Motion,
    PanelMember,
    PanelObjection,
    Vote,
)
from bylaws.parameters import HEARING_NOTICE_DAYS, HEARING_REQUEST_DAYS, bind_many
from bylaws.rules.due_process import Dates, clocks_day, dates_of
from bylaws.rules.hearing_notice import standing_events
from bylaws.rules.panel import Sitting
from bylaws.selectors.committees import KIND_OF_BODY
from config.accounts.choices import DataClass
from config.accounts.policies import facilities_with, facilities_with_class, may_see_class
from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.errors import Refused
from config.organization.models import Facility
from config.rulebook.selectors.parameters import resolve_cases
from config.rulebook.verdicts import Outcome
from practitioners import store
from practitioners.models import (
    Evidence,
    Letter,
    PracticeAffiliationPeriod,
    Practitioner,
    PractitionerTaxonomy,
)
from practitioners.selectors.canonical import among, own_records

RUN = "bylaws.run_due_process"
#: What it is called where it stands on an agenda.
MATTER = "due_process"


def runs(viewer: Any, facility: Facility) -> bool:
    """Whether the viewer runs due process at the facility and may read peer review there."""
    return facility.pk in facilities_with(viewer, RUN) and may_see_class(
        viewer, DataClass.PEER_REVIEW, facility
    )


def tracks(viewer: Any, facility: Facility) -> QuerySet[DueProcess]:
    """Every track at the facility, those under way first, then the newest; never one's own."""
    if not runs(viewer, facility):
        return DueProcess.objects.none()
    return (
        DueProcess.objects.filter(facility=facility)
        .exclude(practitioner__in=own_records(viewer))
        .select_related("practitioner", "facility")
        .annotate(settled=Q(status__in=SETTLED_TRACKS))
        .order_by("settled", "-opened_at", "-pk")
    )


def to_open(viewer: Any, facility: Facility) -> QuerySet[BarPeriod]:
    """Precautionary suspensions that stand, that the Medical Executive Committee continued, and about which
    no due process was opened, the oldest first (42 USC 11112(c): beyond 14 days they need it).
    """
    if not runs(viewer, facility):
        return BarPeriod.objects.none()
    continued = BarReview.objects.filter(bar=OuterRef("identity"), outcome=BarReviewOutcome.CONTINUED)
    opened = DueProcess.objects.filter(bar=OuterRef("identity")).exclude(status=TrackStatus.CLOSED)
    return (
        BarPeriod.objects.in_force(clock.today(facility))
        .filter(identity__facility=facility, identity__kind=BarKind.PRECAUTIONARY_SUSPENSION)
        .filter(Exists(continued), ~Exists(opened))
        .exclude(identity__practitioner__in=own_records(viewer))
        .select_related("identity__practitioner")
        .order_by("valid", "pk")
    )


def get_track(*, viewer: Any, uid: uuid.UUID) -> DueProcess | None:
    """One of them, or None."""
    found = (
        DueProcess.objects.select_related("facility", "practitioner", "bar", "decision", "investigation")
        .filter(uid=uid)
        .exclude(practitioner__in=own_records(viewer))
        .first()
    )
    return found if found is not None and runs(viewer, found.facility) else None


def track_addresses(viewer: Any, uids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Where each of these tracks is read, for those the viewer may read; one query."""
    places = set(facilities_with(viewer, RUN)) & set(facilities_with_class(viewer, DataClass.PEER_REVIEW))
    rows = DueProcess.objects.filter(uid__in=uids, facility_id__in=places)
    readable = rows.exclude(practitioner__in=own_records(viewer)).values_list("uid", flat=True)
    return {uid: reverse("bylaws:due_process", args=[uid]) for uid in readable}


def events_of(track: DueProcess) -> list[DueProcessEvent]:
    """Everything recorded of it, in order; one query."""
    return list(
        track.events.select_related("recorded_by", "proof__document", "letter", "track").order_by("number")
    )


def dates_on(track: DueProcess, standing: Sequence[DueProcessEvent]) -> Dates:
    """Its days with the clocks of the parameters, as they were on its :func:`clocks_day` (today where nothing
    was told yet); one query.
    """
    told = clocks_day(
        standing,
        of_file=track.ground == TrackGround.DECISION,
        opened_on=clock.date_at(track.opened_at, track.facility),
    )
    codes = [HEARING_REQUEST_DAYS.code, HEARING_NOTICE_DAYS.code]
    bound = bind_many(codes, facility=track.facility, on=told or clock.today(track.facility))
    days = [int(bound[code].value) if bound[code].is_set else None for code in codes]
    return dates_of(standing, request_days=days[0], notice_days=days[1])


def days_due(rows: Sequence[DueProcess]) -> dict[int, dt.date]:
    """The day each track waits for, by its id: through which a hearing can be asked for, or by which the
    notice of one goes out; of tracks of one facility. Two queries, none where no track waits for such a day.
    """
    waiting = [each for each in rows if each.status in (TrackStatus.DELIVERED, TrackStatus.SCHEDULED)]
    if not waiting:
        return {}
    facility = waiting[0].facility
    events: dict[int, list[DueProcessEvent]] = {each.pk: [] for each in waiting}
    for event in DueProcessEvent.objects.filter(track__in=waiting).order_by("track", "number"):
        events[event.track_id].append(event)
    standing = {pk: standing_of(theirs) for pk, theirs in events.items()}
    told = {
        each.pk: clocks_day(
            standing[each.pk],
            of_file=each.ground == TrackGround.DECISION,
            opened_on=clock.date_at(each.opened_at, facility),
        )
        or clock.today(facility)
        for each in waiting
    }
    codes = [HEARING_REQUEST_DAYS.code, HEARING_NOTICE_DAYS.code]
    found = resolve_cases(codes, [(facility.pk, day, ()) for day in told.values()])
    due: dict[int, dt.date] = {}
    for each in waiting:
        bounds = found[facility.pk, told[each.pk], ()]
        request, notice = (bounds[code, ""].value if (code, "") in bounds else None for code in codes)
        dates = dates_of(standing[each.pk], request_days=request, notice_days=notice)
        asks = each.status == TrackStatus.DELIVERED and each.has_right
        day = dates.last_day_to_ask if asks else dates.notice_by
        if day is not None:
            due[each.pk] = day
    return due


def late(track: DueProcess, dates: Dates, on: dt.date) -> str:
    """What is late on the day, as a sentence; empty where nothing is. Pure."""
    if track.status == TrackStatus.OPENED and (on - track.proposed_on).days > 0:
        return "The notice has not gone out."
    if track.status == TrackStatus.DELIVERED and dates.last_day_to_ask and on > dates.last_day_to_ask:
        return "The time to ask for a hearing is over: record that, or that it was asked for in time."
    if track.status == TrackStatus.SCHEDULED and dates.notice_by and on > dates.notice_by:
        return "It is too late for the notice of the hearing: put the hearing off."
    if track.status == TrackStatus.HEARING_NOTICE and dates.hearing_on and on > dates.hearing_on:
        return "The day of the hearing has passed: record its sessions, or put it off."
    return ""


@dataclass(frozen=True)
class Way:
    """What is on record of how a letter went: the first day it was handed over, and the first on which it was
    received, each with how that is known. Of what was corrected the correction speaks.
    """

    sent_on: dt.date | None = None
    how: str = ""
    received_on: dt.date | None = None
    told_by: str = ""
    proof: Evidence | None = None

    @property
    def sent(self) -> tuple[dt.date | None, str]:
        """The handing over: day, and how it went."""
        return self.sent_on, self.how

    @property
    def received(self) -> tuple[dt.date | None, str, Evidence | None]:
        """The receipt: day, who says so, and its proof."""
        return self.received_on, self.told_by, self.proof


# --- the panel --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seat:
    """Somebody proposed for the panel: what the facts say, what was ruled, what was objected."""

    member: PanelMember
    objections: tuple[PanelObjection, ...] = ()

    @property
    def released(self) -> bool:
        """Whether the person is on the panel no more."""
        return self.member.taken_back_at is not None

    @property
    def open_question(self) -> bool:
        """Whether a person has yet to rule: on what the facts do not say, or on an objection."""
        if self.released or self.member.outcome == Outcome.NOT_MET:
            return False
        unruled = self.member.outcome == Outcome.UNKNOWN and not self.member.ruling
        return unruled or any(not each.ruling for each in self.objections)

    @property
    def sits(self) -> bool:
        """Whether the person may sit: the facts or a ruling allow it, and no objection was upheld."""
        if self.released or self.open_question or self.member.outcome == Outcome.NOT_MET:
            return False
        if self.member.ruling == PanelRuling.STEPS_DOWN:
            return False
        return not any(each.ruling == PanelRuling.STEPS_DOWN for each in self.objections)


def seats_of(track: DueProcess) -> list[Seat]:
    """The panel and the hearing officer, as proposed; two queries."""
    members = list(track.panel.select_related("practitioner", "ruled_by", "recorded_by"))
    objections: dict[int, list[PanelObjection]] = {}
    for each in PanelObjection.objects.filter(member__track=track).order_by("recorded_at", "pk"):
        objections.setdefault(each.member_id, []).append(each)
    return [Seat(member, tuple(objections.get(member.pk, ()))) for member in members]


def sitting_of(person: Practitioner, on: dt.date) -> Sitting:
    """Specialties and practice groups of somebody on the day, merged records included; two queries."""
    records = among([person.pk])
    specialties = PractitionerTaxonomy.objects.filter(practitioner__in=records).values_list(
        "taxonomy__display_name", "taxonomy__classification"
    )
    groups = PracticeAffiliationPeriod.objects.in_force(on).filter(identity__practitioner__in=records)
    named = list(specialties)
    return Sitting(
        on_file=True,
        specialties=frozenset(name for name, _ in named),
        fields=frozenset(field for _, field in named),
        groups=frozenset(groups.values_list("identity__location__group__name", flat=True)),
    )


def took_part(track: DueProcess, person: Practitioner | None, name: str) -> tuple[str, ...]:
    """What somebody did in the matter, as far as it is on record: investigated, is a witness, suspended,
    voted on what is proposed. By their file where they have one, else by their name.
    """
    names = {name.casefold().strip()} | ({str(person).casefold()} if person is not None else set())
    users = {person.user_id} - {None} if person is not None else set()
    found: list[str] = []
    if track.investigation_id is not None:
        who = InvestigationEvent.objects.filter(
            investigation=track.investigation_id, replaced_by__isnull=True, withdrawn=False
        ).values_list("who", flat=True)
        if any(each.casefold().strip() in names for each in who if each):
            found.append("was part of the investigation")
        # The body that opened the investigation, or proposed a measure at its end, decided by a motion.
        moved = InvestigationEvent.objects.filter(
            investigation=track.investigation_id, replaced_by__isnull=True, withdrawn=False
        )
        if users and Vote.objects.filter(motion__in=moved.values("motion"), user__in=users).exists():
            found.append("voted in the investigation")
    witnesses = HearingWitness.objects.filter(track=track, taken_back_at__isnull=True)
    if any(each.casefold().strip() in names for each in witnesses.values_list("name", flat=True)):
        found.append("is a witness")
    imposed = BarPeriod.objects.filter(identity=track.bar_id, recorded_by__in=users)
    if track.bar_id is not None and users and imposed.exists():
        found.append("imposed what stands")
    if track.decision_id is not None and track.decision is not None and users:
        voted = Vote.objects.filter(motion__decision=track.decision, user__in=users)
        if {track.decision.acted_by_id} & users or voted.exists():
            found.append("voted on what is proposed")
    return tuple(found)


def sat_on_body(track: DueProcess, person: Practitioner | None) -> str:
    """The body that proposed the measure, where somebody sat on it that day: whether they took part may stand
    in its minutes alone. Empty else; one query at most.
    """
    kind = KIND_OF_BODY.get(Body(track.body))
    if kind is None or person is None or person.user_id is None:
        return ""
    seat = (
        CommitteeSeatPeriod.objects.in_force(track.proposed_on)
        .filter(
            identity__user=person.user_id,
            identity__committee__kind=kind,
            identity__committee__facility=track.facility_id,
        )
        .select_related("identity__committee")
        .first()
    )
    return seat.identity.committee.named if seat is not None else ""


# --- the practitioner's own -------------------------------------------------------------------------------


def own_tracks(viewer: Any) -> QuerySet[DueProcess]:
    """The tracks about the viewer of which notice was given, the newest first. Nobody learns by a page that
    something is about to be noticed.
    """
    told = DueProcessEvent.objects.filter(
        track=OuterRef("pk"),
        kind__in=[TrackEventKind.NOTICE_SENT, TrackEventKind.SCHEDULED, TrackEventKind.HEARING_NOTICE],
        replaced_by__isnull=True,
    )
    return (
        DueProcess.objects.filter(practitioner__in=own_records(viewer))
        .filter(Q(Exists(told)) | Q(status=TrackStatus.REQUESTED, decision__isnull=False))
        .select_related("facility", "practitioner", "decision")
        .order_by("-opened_at", "-pk")
    )


def own_letters(track: DueProcess) -> QuerySet[Letter]:
    """The special notices of the track that went out; one query."""
    sent = track.events.filter(letter__isnull=False, replaced_by__isnull=True).values("letter")
    return Letter.objects.filter(pk__in=sent).order_by("issued_at", "pk")


def own_exhibits(track: DueProcess) -> QuerySet[HearingExhibit]:
    """The practitioner's own exhibits, and the hospital's that were handed over."""
    return (
        track.exhibits.filter(taken_back_at__isnull=True)
        .filter(Q(side=Side.PRACTITIONER) | Q(handed_over=True))
        .select_related("evidence__document", "evidence__redaction")
    )


def content_of(exhibit: HearingExhibit) -> bytes:
    """The paper of an exhibit, for whoever it was handed over to; refused once it was removed."""
    evidence = exhibit.evidence
    if hasattr(evidence, "redaction"):
        raise Refused("The content of this paper was removed.")
    return store.get(evidence.store_key, encrypted=evidence.encrypted)


def standing_of(events: Sequence[DueProcessEvent]) -> list[DueProcessEvent]:
    """The events that count; see :func:`bylaws.rules.hearing_notice.standing_events`."""
    return standing_events(events)


# --- investigations ---------------------------------------------------------------------------------------


def steps_of(one: Investigation) -> list[InvestigationEvent]:
    """Every step of an investigation with what replaced it, in order; one query."""
    return list(
        one.events.select_related(
            "recorded_by", "proof__document", "motion__agenda_item__meeting__committee", "replaced_by"
        ).order_by("number")
    )


def get_part(model: Any, *, viewer: Any, uid: uuid.UUID, path: str = "track") -> Any:
    """A row of a track (an event, a member of the panel, a witness) by its uid, or None where the viewer does
    not run due process there, or it is their own. ``path`` leads from the row to the track.
    """
    related = [path, f"{path}__facility", f"{path}__practitioner"]
    found = model.objects.select_related(*related).filter(uid=uid).first()
    if found is None:
        return None
    track = found
    for name in path.split("__"):
        track = getattr(track, name)
    return found if get_track(viewer=viewer, uid=track.uid) is not None else None


def motions_at(facility: Facility) -> QuerySet[Motion]:
    """Motions carried at the facility, the newest first, with what names them in a list."""
    return (
        Motion.objects.filter(agenda_item__meeting__committee__facility=facility, status=MotionStatus.CARRIED)
        .select_related("agenda_item__meeting__committee")
        .order_by("-closed_at", "-pk")
    )


def grounds_of(practitioner: Practitioner, facility: Facility) -> list[tuple[str, str, Any]]:
    """What due process about somebody can be about today, beside a measure a body proposes: (key, label,
    thing). Two queries.
    """
    today = clock.today(facility)
    records = among([practitioner.pk])
    bars = BarPeriod.objects.in_force(today).filter(
        identity__practitioner__in=records, identity__facility=facility, identity__kind__in=PROTECTED_CAUSES
    )
    found: list[tuple[str, str, Any]] = []
    for row in bars.select_related("identity__practitioner").order_by("valid", "pk"):
        ground = (
            TrackGround.SUSPENSION
            if row.identity.kind == BarKind.PRECAUTIONARY_SUSPENSION
            else TrackGround.RESTRICTION
        )
        since = day_text(row.valid.lower)
        found.append(
            (f"{ground}:{row.identity.uid}", f"{row.identity.get_kind_display()} since {since}", row.identity)
        )
    proposing = InvestigationEvent.objects.filter(
        investigation__practitioner__in=records,
        investigation__facility=facility,
        outcome=InvestigationOutcome.MEASURE,
        replaced_by__isnull=True,
        withdrawn=False,
    )
    for event in proposing.select_related("investigation").order_by("day", "pk"):
        one = event.investigation
        found.append(
            (
                f"{TrackGround.INVESTIGATION}:{one.uid}",
                f"Investigation ({one.opened_by}), outcome of {day_text(event.day)}",
                one,
            )
        )
    return found
