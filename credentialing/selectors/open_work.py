"""All open work of a facility in one statement: files, items, forms, what applicants owe, flags, follow-ups,
papers to file and letters to answer.

Every piece belongs to somebody: what belongs to a file to its coordinator, a follow-up to whoever said they
would come back to it, a paper and a request for a letter to whoever took it in. What came by itself nobody
has until it is given to somebody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    CharField,
    DateField,
    Exists,
    Expression,
    F,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, TruncDate

from config.accounts.choices import DataClass
from config.accounts.models import User
from config.accounts.policies import data_classes
from config.organization.models import Facility
from credentialing import policies
from credentialing.choices import AffiliationStatus, FlagStatus, PaperStatus
from credentialing.elements import DATA_CLASSES
from credentialing.models import Deficiency, Enquiry, RedFlag
from credentialing.models.applications import OPEN_STATUSES
from credentialing.models.enquiries import LIVE
from credentialing.rules.open_work import NOBODY, AgeBand, Load, WorkKind, days_of, loads
from credentialing.selectors.items import items_waiting
from practitioners.selectors.contact_log import follow_ups

#: Elements of whose answer not even the source is named in a file that leaves the house.
PROTECTED = frozenset(DATA_CLASSES)
CONFIDENTIAL = "A confidential matter"
#: What stands for nobody in an address.
UNHELD = "nobody"
UNANSWERED = (AffiliationStatus.TO_ANSWER, AffiliationStatus.CAME_BACK)
_NO_DAY = Cast(Value(None), DateField())
#: Which answer of :func:`items_waiting` is which kind of work.
_ITEMS = {
    WorkKind.UNASKED: "new",
    WorkKind.ASKED: "chase",
    WorkKind.ANSWERED: "review",
    WorkKind.UNABLE: "unable",
}


def open_work(
    viewer,
    facility: Facility,
    *,
    today: dt.date,
    kind: str = "",
    holder_id: int | None = None,
    band: str = "",
    before: dt.date | None = None,
    words: str = "",
) -> QuerySet[Any, dict[str, Any]]:
    """What is open at the facility and the viewer may see, as rows to be ordered and sliced; one statement.

    Narrowed to a :class:`WorkKind`, to one holder, to an :class:`AgeBand`, to what has been open since a day
    ``before`` that one, and to people whose name or NPI holds every one of the ``words``. A row has ``id``,
    ``work`` (its kind), ``thing`` (its uid), ``held`` (the uid of what changes hands with it), ``person``,
    ``sorted_by``, ``npi_of``, ``title``, ``about`` (an element), ``holder_id``, ``since``, ``due`` and
    ``leads_to`` (the uid its page is found by).
    """
    every = _parts(viewer, facility, words=words.split()[:5], only=())
    parts = [rows for part, rows in every if not kind or part == kind]
    if holder_id is not None:
        parts = [rows.filter(holder_id=holder_id) for rows in parts]
    if band:
        parts = [_of_band(rows, AgeBand(band), today) for rows in parts]
    if before is not None:
        parts = [rows.filter(since__lt=before) for rows in parts]
    return _together(parts)


def _together(parts: Sequence[QuerySet]) -> QuerySet:
    return reduce(lambda left, right: left.union(right, all=True), parts)


def _of_band(rows: QuerySet, band: AgeBand, today: dt.date) -> QuerySet:
    first, last = days_of(band, today)
    if first is not None:
        rows = rows.filter(since__gte=first)
    return rows.filter(since__lte=last) if last is not None else rows


def loads_of(viewer, facility: Facility, *, today: dt.date) -> list[Load]:
    """What each holder has open at the facility, by age; two queries."""
    rows = _together([each for _, each in _parts(viewer, facility, words=(), only=("holder_id", "since"))])
    found = loads(((row["holder_id"], row["since"]) for row in rows), today)
    people = User.objects.in_bulk([load.holder for load in found if load.holder != NOBODY])
    for load in found:
        if load.holder == NOBODY:
            load.name, load.uid = "Nobody yet", UNHELD
            continue
        load.name, load.uid = str(people[load.holder]), str(people[load.holder].uid)
    return found


# --- the parts --------------------------------------------------------------------------------------------


def _parts(
    viewer, facility: Facility, *, words: Sequence[str], only: Sequence[str]
) -> list[tuple[WorkKind, QuerySet]]:
    zone = ZoneInfo(facility.time_zone)

    def day_of(moment: str | Coalesce) -> Expression:
        return TruncDate(moment, tzinfo=zone)

    opened = Coalesce("application__received_on", day_of("application__opened_at"))
    narrowed: dict[str, Any] = {"words": words, "only": only}
    in_file: dict[str, Any] = {"file": "application__", "held": "application__uid", **narrowed}
    items = policies.visible_items(viewer).filter(application__facility=facility)
    asked_by_form = Enquiry.objects.filter(item=OuterRef("pk"), status__in=LIVE)
    since_item: dict[WorkKind, Any] = {
        WorkKind.UNASKED: Coalesce(day_of("planned_at"), opened),
        WorkKind.ASKED: Coalesce(day_of("requested_at"), opened),
        WorkKind.ANSWERED: Coalesce("verified_on", day_of("requested_at"), opened),
        WorkKind.UNABLE: Coalesce(day_of("requested_at"), opened),
    }
    return [
        _part(
            policies.visible_applications(viewer).filter(facility=facility, status__in=OPEN_STATUSES),
            WorkKind.APPLICATION, held="uid", title=F("status"), due=F("scheduled_decision_on"),
            since=Coalesce("received_on", day_of("opened_at")), **narrowed,
        ),
        *(
            _part(
                # What a form asks for stands there as the form.
                items_waiting(items, waiting).filter(~Exists(asked_by_form)),
                kind, title=F("label"), element=F("element"), since=since_item[kind], **in_file,
            )
            for kind, waiting in _ITEMS.items()
        ),
        _part(
            policies.visible_enquiries(viewer).filter(
                item__application__facility=facility,
                item__application__status__in=OPEN_STATUSES,
                status__in=LIVE,
            ),
            WorkKind.FORM, file="item__application__", held="item__application__uid",
            title=F("item__label"), element=F("item__element"), leads_to="item__uid",
            since=day_of(Coalesce("sent_at", "created_at")), due=F("due_on"), **narrowed,
        ),
        _part(
            Deficiency.objects.filter(
                application__facility=facility, application__status__in=OPEN_STATUSES,
                answered_at__isnull=True, withdrawn_at__isnull=True,
            ).filter(policies.not_own(viewer, "application__practitioner")),
            WorkKind.OWED, title=F("what"), leads_to="application__uid", since=F("asked_on"),
            due=F("due_on"), **in_file,
        ),
        _part(
            _flags(viewer, facility), WorkKind.FLAG, leads_to="application__uid",
            title=Case(
                When(data_class=DataClass.GENERAL, then=F("sentence")), default=Value(CONFIDENTIAL),
                output_field=TextField(),
            ),
            since=day_of("opened_at"), **in_file,
        ),
        _part(
            follow_ups(viewer, facility), WorkKind.FOLLOW_UP, held="uid", title=F("said"),
            holder="follow_up_for_id", leads_to="practitioner__uid", since=day_of("recorded_at"),
            due=F("follow_up_on"), **narrowed,
        ),
        *_arrived(viewer, facility, day_of, narrowed),
    ]  # fmt: skip


def _arrived(viewer, facility: Facility, day_of, narrowed: dict[str, Any]) -> list[tuple[WorkKind, QuerySet]]:
    """What reached the office and belongs to no file yet: papers to file, letters to answer."""
    held: dict[str, Any] = {"held": "uid", "holder": Coalesce("coordinator_id", Value(NOBODY)), **narrowed}
    papers = policies.visible_papers(viewer).filter(facility=facility, status=PaperStatus.TO_FILE)
    letters = policies.visible_affiliations(viewer).filter(facility=facility, status__in=UNANSWERED)
    typed = Concat("about_last_name", Value(", "), "about_first_name")
    return [
        _part(
            papers,
            WorkKind.PAPER,
            title=F("title"),
            since=F("arrived_on"),
            whose=Whose(Value("Not filed yet"), F("title"), Value(""), ("title", "sender")),
            **held,
        ),
        _part(
            letters,
            WorkKind.LETTER,
            title=F("asker_organization"),
            since=day_of("received_at"),
            whose=Whose(
                Coalesce("practitioner__display_name", typed),
                Coalesce("practitioner__sort_name", typed),
                Coalesce("practitioner__npi", "about_npi"),
                ("about_last_name", "about_first_name", "practitioner__display_name"),
            ),
            **held,
        ),
    ]


def _flags(viewer, facility: Facility) -> QuerySet[RedFlag]:
    """Flags nobody has disposed of; of a class the viewer does not open, not even that there is one."""
    return RedFlag.objects.filter(
        application__facility=facility,
        application__status__in=OPEN_STATUSES,
        status=FlagStatus.OPEN,
        data_class__in=data_classes(viewer, facility),
    ).filter(policies.not_own(viewer, "application__practitioner"))


@dataclass(frozen=True)
class Whose:
    """Whom a piece of work is about: as it is shown, sorted and numbered, and where a word is looked for."""

    name: Any
    sorted_by: Any
    npi: Any
    searched: tuple[str, ...]


def _part(
    rows: QuerySet,
    kind: WorkKind,
    *,
    since: Any,
    title: Any,
    held: str,
    words: Sequence[str],
    only: Sequence[str],
    file: str = "",
    due: Any = _NO_DAY,
    element: Any = None,
    holder: Any = "",
    leads_to: str = "uid",
    whose: Whose | None = None,
) -> tuple[WorkKind, QuerySet]:
    """The rows of one kind of work; ``file`` is the path to the application it belongs to, ``only`` the
    columns asked for (empty: all).
    """
    person = f"{file}practitioner__"
    whose = whose or Whose(
        F(f"{person}display_name"), F(f"{person}sort_name"), F(f"{person}npi"), (f"{person}display_name",)
    )
    for word in words:
        named = reduce(or_, (Q(**{f"{path}__icontains": word}) for path in whose.searched))
        rows = rows.annotate(sought=whose.npi).filter(named | Q(sought__startswith=word))
    no_element = Value("", output_field=CharField())
    columns = {
        "work": Value(str(kind), output_field=CharField()),
        "thing": F("uid"),
        "held": F(held),
        "person": Cast(whose.name, TextField()),
        "sorted_by": Cast(whose.sorted_by, TextField()),
        "npi_of": Cast(whose.npi, TextField()),
        "title": Cast(title, TextField()),
        "about": no_element if element is None else element,
        "holder_id": F(holder or f"{file}coordinator_id") if isinstance(holder, str) else holder,
        "since": since,
        "due": due,
        "leads_to": F(leads_to),
    }
    columns = {name: column for name, column in columns.items() if not only or name in only}
    # A table may have a column of that name itself (the title of a paper): then that is the column.
    fields = {field.name for field in rows.model._meta.concrete_fields}
    added = {name: column for name, column in columns.items() if name not in fields}
    return kind, rows.order_by().select_related(None).annotate(**added).values("id", *columns)
