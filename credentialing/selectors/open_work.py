"""All open work of a facility in one statement: files, items, forms, what applicants owe, flags, follow-ups.

Every piece belongs to somebody: what belongs to a file to its coordinator, a follow-up to whoever said they
would come back to it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import reduce
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
from django.db.models.functions import Cast, Coalesce, TruncDate

from config.accounts.choices import DataClass
from config.accounts.models import User
from config.accounts.policies import data_classes
from config.organization.models import Facility
from credentialing import policies
from credentialing.choices import FlagStatus
from credentialing.elements import DATA_CLASSES
from credentialing.models import Deficiency, Enquiry, RedFlag
from credentialing.models.applications import OPEN_STATUSES
from credentialing.models.enquiries import LIVE
from credentialing.rules.open_work import AgeBand, Load, WorkKind, days_of, loads
from credentialing.selectors.items import items_waiting
from practitioners.selectors.contact_log import follow_ups

#: Elements of whose answer not even the source is named in a file that leaves the house.
PROTECTED = frozenset(DATA_CLASSES)
CONFIDENTIAL = "A confidential matter"
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
    people = User.objects.in_bulk([load.holder for load in found])
    for load in found:
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
    ]  # fmt: skip


def _flags(viewer, facility: Facility) -> QuerySet[RedFlag]:
    """Flags nobody has disposed of; of a class the viewer does not open, not even that there is one."""
    return RedFlag.objects.filter(
        application__facility=facility,
        application__status__in=OPEN_STATUSES,
        status=FlagStatus.OPEN,
        data_class__in=data_classes(viewer, facility),
    ).filter(policies.not_own(viewer, "application__practitioner"))


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
    holder: str = "",
    leads_to: str = "uid",
) -> tuple[WorkKind, QuerySet]:
    """The rows of one kind of work; ``file`` is the path to the application it belongs to, ``only`` the
    columns asked for (empty: all).
    """
    person = f"{file}practitioner__"
    for word in words:
        rows = rows.filter(
            Q(**{f"{person}display_name__icontains": word}) | Q(**{f"{person}npi__startswith": word})
        )
    no_element = Value("", output_field=CharField())
    columns = {
        "work": Value(str(kind), output_field=CharField()),
        "thing": F("uid"),
        "held": F(held),
        "person": F(f"{person}display_name"),
        "sorted_by": F(f"{person}sort_name"),
        "npi_of": F(f"{person}npi"),
        "title": Cast(title, TextField()),
        "about": no_element if element is None else element,
        "holder_id": F(holder or f"{file}coordinator_id"),
        "since": since,
        "due": due,
        "leads_to": F(leads_to),
    }
    columns = {name: column for name, column in columns.items() if not only or name in only}
    return kind, rows.order_by().select_related(None).annotate(**columns).values("id", *columns)
