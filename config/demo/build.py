"""Building the demo world, stage by stage, with the seconds each one took."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections
from simple_history.signals import pre_create_historical_record

from bylaws.choices import BarKind, BarReviewOutcome, BarScope, CommitteeKind, InvestigationAnswer
from bylaws.services.bars import lift_bar, open_bar, record_review
from bylaws.services.standing import apply_standing_conditions
from config.accounts.models import User
from config.demo.absences import tell_absences
from config.demo.accounts import household
from config.demo.affiliations import Letters
from config.demo.boardroom import Boardroom
from config.demo.boards import connect_boards, connect_list, write_boards
from config.demo.cases import tell_cases
from config.demo.compliance import tell_compliance
from config.demo.conflicts import tell_conflicts
from config.demo.desk import Desk
from config.demo.distant import tell_distant_site
from config.demo.due_process import tell_due_process
from config.demo.duties import tell_duties
from config.demo.duty_lists import tell_lists
from config.demo.established import take_over
from config.demo.evaluations import tell_evaluations
from config.demo.exclusions import write_extract, write_list
from config.demo.governing import tell_documents
from config.demo.hospital import build_hospital, change_seats
from config.demo.kinds import KindsDesk, tell_kinds
from config.demo.letters import OfficeLetters
from config.demo.members import tell_stories
from config.demo.minutes import tell_minutes
from config.demo.offices import tell_offices
from config.demo.packets import MEMBERS, PacketDesk, send_packets
from config.demo.payers import tell_payers, tell_policies
from config.demo.people import Person, make_people
from config.demo.practices import tell_practices
from config.demo.reappointments import launch_months
from config.demo.registry import RecordedRegistry, new_surgeon, write_records
from config.demo.sittings import Sitting
from config.demo.stories import Narrator, Part
from config.demo.timeline import Timeline, at
from config.demo.tray import fill_tray
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.services import exclusion_lists, flags, queue, reminders, staff_screening
from practitioners.models import Practitioner
from practitioners.services.evidence import checkpoint_files, write_checkpoint
from privileging.choices import ChangeKind, DepartureKind
from privileging.models import ChangeNotice, GrantPeriod
from privileging.services import notices, publishing, roster
from privileging.services.departures import record_departures

SEED = 20
PRACTITIONERS = 120
ESTABLISHED = 86
#: Rows of the exclusion list at each load, and how many days ago it was loaded.
LIST_LOADS = ((420, 330), (455, 34), (463, 2))
SAM_ROWS = 380
#: Departments that are told of changes: name, post box, and of which.
DEPARTMENTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Operating room", "or", ()),
    ("Emergency department", "ed", ()),
    ("Pharmacy", "pharmacy", (ChangeKind.STOPPED, ChangeKind.LIFTED)),
)
#: Where mails of past days go.
NOWHERE = ("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend")
#: Rows the list of the OIG has more at its next load, which is fetched from the player of its publisher.
MORE_NEXT = 9
#: How many cycles had regular meetings, the last one included.
REGULAR_CYCLES = 11

Say = Callable[[str], None]


class Builder:
    """One building of the world."""

    def __init__(self, *, today: dt.date, seed: int, small: bool, folder: Path, processes: int, say: Say):
        self.timeline = Timeline(today)
        self.seed, self.small, self.folder, self.say = seed, small, folder, say
        self.processes = processes
        self.people = make_people(count=PRACTITIONERS, seed=seed, today=today)
        self.members, self.newcomers = self.people[:ESTABLISHED], self.people[ESTABLISHED:]
        self.household = household(self.members)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Say what was built and how long it took."""
        began = time.monotonic()
        yield
        self.say(f"{name} ({time.monotonic() - began:.1f} s)")

    def build(self) -> None:
        """All stages, each on what the ones before it left."""
        timeline = self.timeline
        with self.stage("Hospitals, accounts and committees"), clock.freeze(at(timeline.set_up, 9)):
            self.hospital = build_hospital(self.household)
        change_seats(self.hospital, self.household, timeline)
        self._cast()
        with self.stage(f"{len(self.members)} members of the staff taken over"):
            self._take_over()
        with self.stage("Exclusion list and screening"):
            self._screen(0)
        with self.stage("Meetings of a year"), clock.freeze(at(timeline.ago(1), 20)):
            held = self.room.regular(self._sittings())
        self.say(f"  {held} regular meetings")
        with self.stage("Files the board has decided on"):
            self._tell(self.narrator.decided_parts())
        with self.stage("Minutes approved and signed"), clock.freeze(at(timeline.ago(1), 20)):
            minutes = tell_minutes(self.hospital)
        self.say(f"  {minutes} minutes")
        with self.stage("Exclusion list of last month"):
            self._screen(1)
        with self.stage("Files on their way"):
            self.narrator.schedule_ahead()
            self._tell(self.narrator.under_way_parts())
            with clock.freeze(at(self.timeline.ago(1), 22)):
                flags.sync_open_files(actor=self.hospital.system)
        with self.stage("Leaves, lapses, a resignation"):
            self._membership()
        with self.stage("This month's exclusion list"):
            self._screen(2)
        with self.stage("Sources that contradict each other"):
            self._contradict()
        with self.stage("Practice groups, photos, second records"):
            self._practise()
        with self.stage("Members who are away, and their alternates"):
            tell_absences(self.hospital, self.household, timeline)
        with self.stage("Paper in the tray"):
            quiet = [person for person in self._quiet() if person.facility_code == "LMC"]
            fill_tray(quiet[14:], self.practitioners, self.hospital, self.timeline)
        with self.stage("License boards"):
            connect_boards(self._quiet(), self.timeline, self.folder)
        with self.stage("Packets of applicants"):
            quiet = [person for person in self._quiet() if person.facility_code == "LMC"]
            send_packets(quiet[-MEMBERS:], self.practitioners, self.hospital, self.timeline, small=self.small)
        with self.stage("Months of reappointments"):
            desk = PacketDesk(self.practitioners, self.hospital, self.timeline)
            launch_months(desk, quiet[:-MEMBERS], small=self.small)
        with self.stage("Applications of the other kinds"):
            kinds = KindsDesk(self.practitioners, self.hospital, self.timeline)
            tell_kinds(kinds, self._quiet()[::-1], self.stories.on_leave, self.narrator.plan)
        with self.stage("Other hospitals ask for affiliation letters"):
            self._letters()
        with self.stage("Letters of the offices"):
            self._office_letters()
        with self.stage("Due process"):
            tell_due_process(quiet[9:], self.practitioners, self.hospital, self.timeline)
        with self.stage("Payers and policies"):
            tell_payers(quiet, self.practitioners, self.stories.resigned, self.hospital, self.timeline)
            tell_policies(self.hospital, self.timeline)
        with self.stage("Meetings of the medical staff, and amendments"):
            tell_duties(self.hospital, timeline, seed=self.seed)
        with self.stage("Officers, and disclosures of interests"):
            tell_offices(self.household, self.practitioners, self.hospital, timeline)
        with self.stage("Bylaws and policies"):
            tell_documents(self.hospital, self.timeline)
        with self.stage("Radiologists who read at night, from afar"):
            tell_distant_site(self.hospital, self.desk, self.room, timeline)
        with self.stage("Proctors, and a cycle of ongoing evaluation"):
            tell_evaluations(self.hospital, self.timeline, seed=self.seed, small=self.small)
        with self.stage("Cases of the operating rooms"):
            tell_cases(self.hospital, self.timeline, seed=self.seed, small=self.small)
        with self.stage("Lists of records, dues and call"):
            late = [self.practitioners[person.npi] for person in quiet[3:9]]
            tell_lists(self.hospital, late, timeline, seed=self.seed)
        with self.stage("Compliance of a quarter, and what it found"):
            tell_compliance(self.hospital, timeline)
        with self.stage("Reminders and checkpoint"):
            self._remind()
        with self.stage("Changes published, surgical rosters"):
            self._publish()

    # -- stages --------------------------------------------------------------------------------------------

    def _cast(self) -> None:
        usernames = {
            account.person.npi: account.username for account in self.household.accounts if account.person
        }
        self.records, self.stories = tell_stories(
            self.members,
            self.timeline,
            seed=self.seed,
            usernames=usernames,
            cycles=() if self.small else (-5, -3),
        )
        write_records(self.folder, self.people, seed=self.seed, today=self.timeline.today)
        licensed = [*self.people, new_surgeon(self.timeline.today)]
        write_boards(self.folder, licensed, today=self.timeline.today)
        registry = RecordedRegistry(self.folder)
        self.desk = Desk(self.hospital, self.household, self.timeline, registry)
        self.room = Boardroom(self.hospital, self.desk, self.timeline)
        self.narrator = Narrator(
            self.hospital,
            self.desk,
            self.room,
            self.timeline,
            self.newcomers,
            self.stories,
            small=self.small,
        )

    def _take_over(self) -> None:
        with clock.freeze(at(self.timeline.go_live, 9)):
            taken = take_over(
                [*self.records, *self.narrator.records], self.hospital, self.timeline, seed=self.seed
            )
        self.narrator.practitioners = self.practitioners = taken

    def _screen(self, load: int) -> None:
        """Load a month's list and screen everybody against it."""
        rows, days_ago = LIST_LOADS[load]
        path = self.folder / f"leie-{load + 1}.csv"
        plan = self.narrator.plan
        alike = [(self.stories.namesake, self.stories.namesake.birth_date.replace(year=1949))]
        if load and "match" in plan:
            alike.append((plan["match"], None))
        until = self.timeline.go_live
        write_list(path, rows=rows, seed=self.seed, until=until, look_alikes=alike)
        day = self.timeline.workday(days_ago)
        actor = self.hospital.system
        with clock.freeze(at(day, 6)):
            exclusion_lists.load_leie(actor=actor, path=path, data_date=day)
            if load == len(LIST_LOADS) - 1:  # taken into use with the newest load of the other list
                extract = self.folder / "sam-1.csv"
                write_extract(extract, rows=SAM_ROWS, seed=self.seed, until=until)
                exclusion_lists.load_sam(actor=actor, path=extract, data_date=day)
                # What the publisher's player has next: some rows more, and the namesake's gone.
                write_list(
                    self.folder / "leie-next.csv",
                    rows=rows + MORE_NEXT,
                    seed=self.seed,
                    until=until,
                    look_alikes=alike[1:],
                )
                connect_list(clock.now())
        with clock.freeze(at(day, 6, 30)):
            staff_screening.screen_everyone(actor=actor, again=True)

    def _sittings(self) -> list[Sitting]:
        """The regular meetings of the year. The smaller hospital's bodies meet every second cycle, and when
        there are files.
        """
        kinds = (CommitteeKind.CREDENTIALS_COMMITTEE, CommitteeKind.MEC, CommitteeKind.BOARD)
        acted: dict[tuple[str, CommitteeKind, int], bool] = {}
        for one in self.narrator.decided:
            for kind in kinds:
                key = one.facility, kind, one.cycle
                acted[key] = acted.get(key, False) or kind not in one.minutes
        found = []
        for cycle in range(-REGULAR_CYCLES + 1, 1):
            days = (
                self.timeline.credentials_committee(cycle),
                self.timeline.mec(cycle),
                self.timeline.board(cycle),
            )
            for code in self.hospital.facilities:
                if code == "LMC" or cycle % 2 == 0 or (code, kinds[0], cycle) in acted:
                    found += [
                        Sitting(code, kind, day, files=acted.get((code, kind, cycle), False))
                        for kind, day in zip(kinds, days, strict=True)
                    ]
        return found

    def _tell(self, parts: Sequence[Part]) -> None:
        """Tell the parts, the heavy ones first, in as many processes as it was asked for."""
        shares: list[list[Part]] = [[] for _ in range(self.processes)]
        for part in sorted(parts, key=lambda each: -each.weight):
            min(shares, key=lambda share: sum(each.weight for each in share)).append(part)
        if self.processes == 1:
            self._tell_share(shares[0])
            return
        connections.close_all()  # a connection cannot be shared with the processes started now
        # Only from a process that has typeset nothing yet: the typesetter's threads do not survive a fork.
        context = multiprocessing.get_context("fork")
        tellers = [context.Process(target=self._tell_share, args=(share,), daemon=True) for share in shares]
        for teller in tellers:
            teller.start()
        for teller in tellers:
            teller.join()
        if any(teller.exitcode for teller in tellers):
            raise RuntimeError("A part of the demo world could not be built; the error stands above.")

    def _tell_share(self, share: Sequence[Part]) -> None:
        with _relaxed():
            for part in share:
                part.tell()

    def _membership(self) -> None:
        """What keeps members from using their privileges, and who left."""
        lmc = self.hospital.facilities["LMC"]
        stories, timeline = self.stories, self.timeline
        with clock.freeze(at(timeline.workday(47), 11)):
            self._leave(stories.resigned, timeline.ago(45), DepartureKind.RESIGNED, "Moves to another state.")
        retiring, ended = [person for person in self._quiet() if person.facility_code == "LMC"][3:5]
        with clock.freeze(at(timeline.workday(12), 10, 20)):
            self._leave(
                ended,
                timeline.ago(10),
                DepartureKind.CONTRACT_ENDED,
                "The group's agreement with the hospital ended.",
                InvestigationAnswer.NOT_KNOWN,
            )
        with clock.freeze(at(timeline.workday(4), 9, 15)):
            self._leave(
                retiring, timeline.ahead(34), DepartureKind.RETIRED, "Retires after thirty years of practice."
            )
        with clock.freeze(at(timeline.workday(33), 15)):
            open_bar(
                actor=self.hospital.staff_office("LMC"),
                practitioner=self.practitioners[stories.on_leave.npi],
                facility=lmc,
                kind=BarKind.LEAVE,
                cause="Leave of absence, asked for in writing and granted by the Executive Committee.",
                start=timeline.ago(30),
                end=timeline.ahead(60),
                citation="Medical Staff Bylaws, article 6 (leave of absence)",
            )
        self._past_bars()
        # The night after the licence ran out the bar opens; the renewal is verified ten days later.
        for days_ago in (39, 1):
            if days_ago == 1:
                self._renew_late()
            for facility in self.hospital.facilities.values():
                day = timeline.ago(days_ago)
                with clock.freeze(at(day, 1, 10, zone=facility.time_zone)):
                    apply_standing_conditions(actor=self.hospital.system, facility=facility, on=day)

    def _quiet(self) -> list[Person]:
        """Members about whom nothing else is told, so that no other story changes."""
        told = {each.npi for each in vars(self.stories).values() if isinstance(each, Person)}
        told |= {person.npi for person, _ in self.stories.reappointed}
        told |= {person.npi for person in self.stories.reappointing}
        told |= {account.person.npi for account in self.household.accounts if account.person}
        return [person for person in self.members if person.npi not in told]

    def _contradict(self) -> None:
        """Facts in dispute among quiet members of the hospital LMC."""
        quiet = [person for person in self._quiet() if person.facility_code == "LMC"]
        tell_conflicts(quiet[5:], self.practitioners, self.hospital, self.timeline)

    def _practise(self) -> None:
        """Where members practise, their photos, who supervises them, and records that may be theirs too."""
        disputed = [person for person in self._quiet() if person.facility_code == "LMC"][5:9]
        tell_practices(
            self.members,
            [person for person in self._quiet() if person not in disputed],
            self.stories.resigned,
            self.practitioners,
            self.hospital,
            self.timeline,
        )

    def _letters(self) -> None:
        """Requests for affiliation letters; the mails of past days go nowhere."""
        quiet = [person for person in self._quiet() if person.facility_code == "LMC"]
        letters = Letters(self.practitioners, self.hospital, self.timeline, self.stories)
        with _setting("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend"):
            letters.tell(quiet[9:14])

    def _office_letters(self) -> None:
        """What the offices wrote themselves; the mails of past days go nowhere."""
        quiet = [person for person in self._quiet() if person.facility_code == "LMC"]
        letters = OfficeLetters(self.practitioners, self.hospital, self.timeline, self.stories)
        with _setting("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend"):
            letters.tell(quiet[20:23])

    def _past_bars(self) -> None:
        """Leaves and suspensions that ended, and a restriction that stands."""
        for bar in self.stories.bars:
            facility = self.hospital.facilities[bar.person.facility_code]
            actor = self.hospital.staff_office(facility.code)
            codes: list[str] = []
            if bar.kind == BarKind.RESTRICTION:
                held = GrantPeriod.objects.live().filter(practitioner=self.practitioners[bar.person.npi])
                codes = list(held.order_by("privilege__code").values_list("privilege__code", flat=True)[:1])
            with clock.freeze(at(self.timeline.workday(bar.from_ago), 16, 20, zone=facility.time_zone)):
                thing = open_bar(
                    actor=actor,
                    practitioner=self.practitioners[bar.person.npi],
                    facility=facility,
                    kind=bar.kind,
                    cause=bar.cause,
                    start=self.timeline.workday(bar.from_ago),
                    end=self.timeline.ago(bar.until_ago) if bar.until_ago and not bar.lifted else None,
                    scope=BarScope.LISTED if codes else BarScope.ALL_PRIVILEGES,
                    privilege_codes=codes,
                    citation=bar.citation,
                    condition="Only with a second physician present." if codes else "",
                )
            if bar.lifted:
                day = self.timeline.workday(bar.until_ago)
                if bar.kind == BarKind.PRECAUTIONARY_SUSPENSION:  # the committee met for it on the ninth day
                    day = self.timeline.workday(bar.from_ago) + dt.timedelta(days=8)
                with clock.freeze(at(day, 9, 50, zone=facility.time_zone)):
                    if bar.kind == BarKind.PRECAUTIONARY_SUSPENSION:
                        record_review(
                            actor=actor,
                            bar=thing,
                            reviewed_on=day,
                            outcome=BarReviewOutcome.LIFTED,
                            authority=bar.lifted,
                        )
                    else:
                        lift_bar(actor=actor, bar=thing, day=day, reason=bar.lifted)

    def _leave(self, person: Person, day: dt.date, kind: str, reason: str, investigation: str = "no") -> None:
        facility = self.hospital.facilities[person.facility_code]
        record_departures(
            actor=self.hospital.staff_office(facility.code),
            practitioners=[self.practitioners[person.npi]],
            facility=facility,
            kind=kind,
            day=day,
            reason=reason,
            investigation=investigation,
        )

    def _renew_late(self) -> None:
        """The board confirms, late, that the licence was renewed without a gap."""
        person = self.stories.renewed_late
        self.desk.on(self.timeline.ago(29), 10)
        self.desk.renew_licence(person, self.practitioners[person.npi], until=self.timeline.ahead(1056))

    def _remind(self) -> None:
        """Reminders as the nightly job sends them, and the checkpoint over the chains."""
        system: User = self.hospital.system
        for days_ago in (9, 2):
            day = self.timeline.ago(days_ago)
            with clock.freeze(at(day, 6)):
                reminders.queue_reminders(actor=system, on=day)
                self._send_waiting()
        _put_old_checkpoints_aside()
        with clock.freeze(at(self.timeline.ago(1), 23, 30)):
            write_checkpoint(actor=system)

    def _publish(self) -> None:
        """What changed in two months as the wards followed it, and the surgical rosters of yesterday."""
        with clock.freeze(at(self.timeline.ago(60), 8)):
            publishing.publish_everywhere()
            for code, facility in self.hospital.facilities.items():
                for name, box, kinds in DEPARTMENTS:
                    notices.add_department(
                        actor=self.hospital.office(code),
                        facility=facility,
                        name=name,
                        address=f"{box}@{code.lower()}.example",
                        kinds=kinds,
                    )
        yesterday = self.timeline.ago(1)
        with clock.freeze(at(yesterday, 23, 40)), _setting(*NOWHERE):
            for facility in self.hospital.facilities.values():
                notices.queue_notices(actor=self.hospital.system, facility=facility, day=yesterday)
            for uid in ChangeNotice.objects.order_by("pk").values_list("uid", flat=True):
                notices.send(uid)
        with clock.freeze(at(yesterday, 23, 50)):
            roster.make_rosters()

    def _send_waiting(self) -> None:
        """The mails of past days; nobody reads them any more, so they go nowhere."""
        with _setting(*NOWHERE):
            for uid in reminders.unsent():
                reminders.send(uid)


def _put_old_checkpoints_aside() -> None:
    """Checkpoints of a database that is no more would only report it as lost."""
    folder = Path(settings.STANDING_CHECKPOINTS)
    for path in checkpoint_files(folder):
        aside = folder / "earlier"
        aside.mkdir(exist_ok=True)
        path.replace(aside / path.name)


def refuse_unless_empty(*, again: bool = False) -> None:
    """Refuse in production, and in a database that somebody uses already."""
    if settings.SETTINGS_MODULE.endswith("production"):
        raise Refused("This installation runs with production settings; the demo world is not for it.")
    if Practitioner.objects.exists():
        raise Refused("There are practitioners in this database already; the demo world needs an empty one.")
    if User.objects.filter(is_system=False).exists() and not again:
        raise Refused("There are accounts in this database already; --again builds the world beside them.")


def build_world(
    *,
    today: dt.date,
    folder: Path,
    seed: int = SEED,
    small: bool = False,
    processes: int = 1,
    say: Say = print,
) -> Builder:
    """Build the world as of ``today``; files for the registry's player and the lists go to ``folder``.

    The files are walked in ``processes`` at once; the world is the same with any number of them.
    """
    builder = Builder(today=today, seed=seed, small=small, folder=folder, processes=processes, say=say)
    with queue.resting(), _relaxed(), _history_in_time():
        builder.build()
    return builder


@contextmanager
def _setting(name: str, value: str) -> Iterator[None]:
    """Another value of a setting for a while, in this process."""
    before = getattr(settings, name)
    setattr(settings, name, value)
    try:
        yield
    finally:
        setattr(settings, name, before)


@contextmanager
def _history_in_time() -> Iterator[None]:
    """History rows bear the moment of the act, not that of the building."""

    def date(history_instance, **more) -> None:
        history_instance.history_date = clock.now()

    pre_create_historical_record.connect(date)
    try:
        yield
    finally:
        pre_create_historical_record.disconnect(date)


@contextmanager
def _relaxed() -> Iterator[None]:
    """Commits need not reach the disk one by one: a building cut off is thrown away."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET synchronous_commit")
