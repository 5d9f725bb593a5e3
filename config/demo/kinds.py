"""Files of the other kinds: added privileges, another category, back from leave, for a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from bylaws.choices import Body
from bylaws.models import AppointmentPeriod
from bylaws.rules.answers import needs_reason
from bylaws.services.reviews import recommend
from bylaws.subjects import LineAnswer, handler
from config.demo.hospital import Hospital
from config.demo.people import Person
from config.demo.timeline import Timeline, at
from config.kernel import clock
from credentialing.choices import ApplicationKind, Element, NPDBQueryKind, NPDBReason, TemporaryGround
from credentialing.kinds import kind_of
from credentialing.models import Application
from credentialing.services import applications, npdb, screening, sharing, verification
from credentialing.services.opening import Particulars
from practitioners.choices import Method, SourceKind
from practitioners.models import Practitioner
from privileging.models import PrivilegeFormVersion
from privileging.services.requests import request_privileges

PLACE = "LMC"
#: Members whose term ends later than this many days ahead have time for something new.
ROOM = 200


class KindsDesk:
    """The office of the hospital LMC, on the last working days."""

    def __init__(self, on_file: Mapping[str, Practitioner], hospital: Hospital, timeline: Timeline):
        self.on_file, self.hospital, self.timeline = on_file, hospital, timeline
        self.office, self.place = hospital.office(PLACE), hospital.facilities[PLACE]

    def day(self, days_ago: int, hour: int, minute: int = 10):
        """The clock stands at that time of a working day."""
        return clock.freeze(at(self.timeline.workday(days_ago), hour, minute))

    def open(self, person: Person, kind: str, particulars: Particulars | None = None, **more: Any):
        """A file of that kind in the department of the person's specialty; the board decides it in the cycle
        after next, an officer today.
        """
        rule = kind_of(kind)
        by_board = Body.CHIEF_EXECUTIVE not in rule.final
        planned = self.timeline.board(2) if by_board else self.timeline.today
        return applications.open_application(
            actor=self.office,
            practitioner=self.on_file[person.npi],
            facility=self.place,
            kind=kind,
            department=self.hospital.departments[PLACE, person.department],
            particulars=particulars,
            scheduled_decision_on=None if rule.threshold else planned,
            **more,
        )

    def ask(self, application: Application, person: Person, *, special: bool) -> None:
        """Ask for the core of the person's form, or for its first special privilege alone."""
        version: PrivilegeFormVersion = self.hospital.forms[person.specialty.form]
        lines = list(version.lines.select_related("privilege").order_by("kind", "order"))
        core = [line.privilege.code for line in lines if line.kind == "core"]
        more = [line.privilege.code for line in lines if line.kind == "special"][:1]
        request_privileges(
            actor=self.office,
            application=application,
            version=version,
            struck=core if special and more else [],
            special=more if special else [],
        )

    def take_in(self, application: Application) -> None:
        """Submitted and accepted."""
        applications.submit(actor=self.office, application=application)
        application.refresh_from_db()
        applications.accept(actor=self.office, application=application)
        application.refresh_from_db()

    # -- what is told --------------------------------------------------------------------------------------

    def added(self, person: Person) -> None:
        """A member asks for one more privilege; it is being verified."""
        with self.day(6, 9):
            application = self.open(person, ApplicationKind.ADDED_PRIVILEGES)
            self.ask(application, person, special=True)
        with self.day(5, 10):
            self.take_in(application)
        with self.day(4, 11):
            screening.screen(actor=self.office, practitioner=application.practitioner)

    def category(self, person: Person) -> None:
        """A member asks for the courtesy category."""
        with self.day(4, 14):
            application = self.open(
                person, ApplicationKind.CATEGORY_CHANGE, category=self.hospital.categories["courtesy"]
            )
            applications.submit(actor=self.office, application=application)

    def back(self, person: Person) -> None:
        """The member on leave asks to come back."""
        with self.day(2, 9, 40):
            self.open(person, ApplicationKind.REINSTATEMENT)

    def before(self, person: Person) -> None:
        """Somebody asks whether an application can be issued."""
        with self.day(3, 15):
            application = self.open(
                person, ApplicationKind.PRE_APPLICATION, category=self.hospital.categories["active"]
            )
            applications.submit(actor=self.office, application=application)

    def locum(self, person: Person) -> None:
        """A member of the other hospital is to stand in; the file is being verified."""
        asked = Particulars(
            need="Stands in for a colleague on leave: second call could not be covered otherwise.",
            until=self.timeline.ahead(45),
        )
        with self.day(5, 13):
            application = self.open(person, ApplicationKind.LOCUM, asked)
            self.ask(application, person, special=False)
        with self.day(4, 9, 50):
            self.take_in(application)

    def temporary(self, person: Person, *, granted: bool) -> None:
        """Beside a complete application, whose verifications count: left to the president, or granted."""
        practitioner = self.on_file[person.npi]
        awaited = Application.objects.get(
            practitioner=practitioner, facility=self.place, kind=ApplicationKind.INITIAL
        )
        asked = Particulars(ground=TemporaryGround.APPLICANT, awaits=awaited)
        with self.day(2, 8, 30):
            application = self.open(person, ApplicationKind.TEMPORARY, asked)
            self.ask(application, person, special=False)
            self.take_in(application)
        with self.day(2, 9, 20):
            self.sign(person, application)
            sharing.take_over(actor=self.office, application=application)
            self.query(practitioner, application)
            screening.screen(actor=self.office, practitioner=practitioner)
        with self.day(2, 10, 40):
            applications.complete(actor=self.office, application=application)
            application.refresh_from_db()
            case = applications.send_to_review(actor=self.office, application=application)
        if not granted:
            return
        first, second = case.steps.order_by("order")
        with self.day(2, 16, 5):
            self.say("president", first, "References and case numbers support it; nothing speaks against it.")
        with self.day(1, 8, 15):
            second.refresh_from_db()
            self.say("ceo", second, "Granted until the board has decided.")

    def sign(self, person: Person, application: Application) -> None:
        """The release came on paper: nobody is asked before."""
        item = application.items.get(element=Element.ATTESTATION)
        verification.receive(
            actor=self.office,
            item=item,
            source=f"{person.name}, signed",
            source_kind=SourceKind.SELF,
            method=Method.LETTER,
            verified_on=clock.today(self.place),
            content=b"Attestation and release, signed.",
            media_type="text/plain",
            result="Signed on paper.",
        )
        item.refresh_from_db()
        verification.verify(actor=self.office, item=item)

    def query(self, practitioner: Practitioner, application: Application) -> None:
        """The data bank is queried again, where the plan still waits for it."""
        if not application.items.filter(element=Element.NPDB, status="not_started").exists():
            return
        today = clock.today(self.place)
        npdb.log_query(
            actor=self.office,
            practitioner=practitioner,
            facility=self.place,
            kind=NPDBQueryKind.ONE_TIME,
            reason=NPDBReason.NEW_PRIVILEGE,
            queried_on=today,
            dcn=f"55077{today:%y%m%d}{practitioner.npi[-5:]}",
            content=b"No reports found.",
        )

    def say(self, username: str, step, rationale: str) -> None:
        """The officer recommends, or grants, every line."""
        lines = handler("application").lines(step.case.subject_uid, clock.today(self.place))
        recommend(
            actor=self.hospital.users[username],
            step=step,
            lines=[
                LineAnswer(
                    line.uid,
                    "recommend",
                    reason="With a proctor until they are met." if needs_reason(line, "recommend") else "",
                )
                for line in lines
            ],
            rationale=rationale,
        )


def tell_kinds(
    desk: KindsDesk,
    quiet: Sequence[Person],
    on_leave: Person,
    waiting: Mapping[str, Person],
) -> None:
    """One file of each of the other kinds. ``quiet`` are members about whom little else is told; ``waiting``
    newcomers by the stage their application is in.
    """
    added, category = _with_room(desk, [each for each in quiet if each.facility_code == PLACE])[:2]
    desk.added(added)
    desk.category(category)
    before, locum = [each for each in quiet if each.facility_code != PLACE and _fits(desk, each)][:2]
    desk.before(before)
    if "complete" not in waiting:  # a small world has no file that far
        return
    desk.locum(locum)
    desk.back(on_leave)
    desk.temporary(waiting["complete"], granted=False)
    desk.temporary(waiting["board"], granted=True)


def _with_room(desk: KindsDesk, people: Sequence[Person]) -> list[Person]:
    """Members with time left in their term and no file of their own."""
    until = desk.timeline.today + dt.timedelta(days=ROOM)
    terms = AppointmentPeriod.objects.live().filter(
        facility=desk.place, valid__contains=desk.timeline.today, valid__endswith__gt=until
    )
    held = set(terms.values_list("practitioner__npi", flat=True))
    busy = set(Application.objects.filter(facility=desk.place).values_list("practitioner__npi", flat=True))
    return [
        each for each in people if each.npi in held - busy and each.specialty.physician and _fits(desk, each)
    ]


def _fits(desk: KindsDesk, person: Person) -> bool:
    """Whether the hospital has the person's department."""
    return (PLACE, person.department) in desk.hospital.departments and person.specialty.physician
