"""Lists: one declared table answers the page, its replaceable part and the CSV of the same rows."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property

from config.kernel.pages.answers import is_part, render_page
from config.kernel.pages.exports import stream_csv
from config.kernel.pages.parts import Action, Crumb, Empty, Tab
from config.kernel.pages.spreadsheets import stream_xlsx
from config.kernel.pages.tables import Column, Header, Row, Table, table_row

PER_PAGE = 25
PER_PAGE_CHOICES = (25, 50, 100)
#: The parameter that names the columns a list shows, once for each.
COLUMNS = "columns"
#: A count of so many rows is kept for so long: people page through a list and sort it, and each page would
#: count it again.
MANY = 5000
COUNT_KEPT = 60  # seconds
#: The files a list can be had as, by ``?format=``.
EXPORTS: dict[str, Callable[..., HttpResponseBase]] = {"csv": stream_csv, "xlsx": stream_xlsx}


@dataclass(frozen=True)
class Chip:
    """One active filter: what it says, and the address without it."""

    label: str
    value: str
    url: str
    name: str = ""


@dataclass(frozen=True)
class ColumnChoice:
    """A column the reader may show or hide."""

    name: str
    label: str
    shown: bool


class ListPaginator(Paginator):
    """Pages of a list that remember for a while how many rows there are, where there are many."""

    @cached_property
    def count(self) -> int:
        """The number of rows; of a large list it may be a minute old."""
        if not isinstance(self.object_list, QuerySet):
            return super().count
        try:
            key = _key_of(self.object_list)
        except EmptyResultSet:  # nothing fits, which is known without asking
            return 0
        known = cache.get(key)
        if known is not None:
            return known
        number = super().count
        if number > MANY:
            cache.set(key, number, COUNT_KEPT)
        return number


class OpenEnded(Paginator):
    """Pages of a list that nobody has counted: one row more than is shown tells whether another page follows.

    ``count`` is None until a page shows the end.
    """

    count: int | None = None  # type: ignore[assignment]

    def get_page(self, number: object) -> Page:
        """The page of that number, 1 for nonsense; a page after the end is empty."""
        asked = int(number) if isinstance(number, str) and number.isdigit() and len(number) < 9 else 1
        here = max(asked, 1)
        before = (here - 1) * self.per_page
        return OpenEndedPage(self.object_list[before : before + self.per_page + 1], here, self)


class OpenEndedPage(Page):
    """A page that knows whether another follows once its rows were read (:meth:`read`)."""

    more = False

    def read(self, rows: list[Any]) -> list[Any]:
        """The rows to show, of those that were read; when they are the last ones the list is counted."""
        size = self.paginator.per_page
        self.more = len(rows) > size
        shown = rows[:size]
        self.object_list = shown
        if not self.more and (shown or self.number == 1):
            self.paginator.count = self.start_index() - 1 + len(shown)
        return shown

    def has_next(self) -> bool:
        """Whether there are rows after these."""
        return self.more

    def next_page_number(self) -> int:
        """The number of the page after this one."""
        return self.number + 1

    def previous_page_number(self) -> int:
        """The number of the page before this one."""
        return self.number - 1

    def start_index(self) -> int:
        """The number of the first row shown, from 1."""
        return (self.number - 1) * self.paginator.per_page + 1

    def end_index(self) -> int:
        """The number of the last row shown."""
        return self.start_index() - 1 + len(self.object_list)


def _paginator(rows: QuerySet | Sequence[Any], size: int, *, slow: bool) -> Paginator:
    """Pages with a count, unless counting is slow and nobody did it just now."""
    counted = ListPaginator(rows, size)
    if not slow or not isinstance(rows, QuerySet):
        return counted
    try:
        return counted if cache.get(_key_of(rows)) is not None else OpenEnded(rows, size)
    except EmptyResultSet:
        return counted


def _key_of(rows: QuerySet) -> str:
    """What the rows are, values included: the same list of the same viewer."""
    statement, values = rows.order_by().values("pk").query.sql_with_params()
    return f"count:{hashlib.sha256(repr((statement, values)).encode()).hexdigest()}"


@dataclass
class Listing:
    """A list ready to be shown; ``partials/list.html`` renders it."""

    table: Table
    page: Page
    headers: Sequence[Header]
    rows: Sequence[Row]
    order: str
    noun: str
    empty: Empty
    filter_form: Any = None
    chips: Sequence[Chip] = ()
    reset_url: str = ""
    csv_url: str = ""
    xlsx_url: str = ""
    query: str = ""
    chief: Sequence[str] = ()  # names of the filters that stand open; the others are folded; empty: all stand
    column_choices: Sequence[ColumnChoice] = ()
    kept: Sequence[tuple[str, str]] = ()  # the rest of the address, for the form that chooses columns
    part: bool = False  # answered to htmx, which replaces the list alone

    @property
    def columns_asked(self) -> list[str]:
        """Names of the columns in the address; none while the usual ones are shown."""
        return [each.name for each in self.column_choices if each.shown] if self.columns_chosen else []

    @property
    def columns_chosen(self) -> bool:
        """Whether the reader chose the columns."""
        return bool(self.column_choices) and self.table.chosen

    @property
    def usual_columns_url(self) -> str:
        """The list with the columns it starts with."""
        parameters = QueryDict(self.query, mutable=True)
        parameters.pop(COLUMNS, None)
        return f"{self.reset_url}?{parameters.urlencode()}" if parameters else self.reset_url

    @property
    def chief_fields(self) -> list[Any]:
        """The filters that stand open."""
        fields = self.filter_form.visible_fields()
        return [each for each in fields if not self.chief or each.name in self.chief]

    @property
    def more_fields(self) -> list[Any]:
        """The filters that are folded away."""
        fields = self.filter_form.visible_fields() if self.filter_form is not None else []
        return [each for each in fields if self.chief and each.name not in self.chief]

    @property
    def more_wrong(self) -> bool:
        """Whether one of the folded filters was mistyped: then they stand open."""
        return any(each.errors for each in self.more_fields)

    @property
    def more_set(self) -> int:
        """How many of the folded filters narrow the list."""
        folded = {each.name for each in self.more_fields}
        return sum(chip.name in folded for chip in self.chips)

    @property
    def count(self) -> int | None:
        """How many rows there are over all pages; None while nobody has counted them."""
        return self.page.paginator.count

    @property
    def count_url(self) -> str:
        """Where the number of rows is to be had, for a list that is counted after it is shown."""
        parameters = QueryDict(self.query, mutable=True)
        parameters["count"] = "1"
        return f"{self.reset_url}?{parameters.urlencode()}"

    @property
    def one(self) -> str:
        """What one row is called: the first form of a noun given in both (``query,queries``)."""
        return self.noun.split(",")[0]

    @property
    def filtered(self) -> bool:
        """Whether a filter narrows the list."""
        return bool(self.chips)


def build_listing(
    request: HttpRequest,
    table: Table,
    rows: QuerySet | Sequence[Any],
    *,
    filterset=None,
    noun: str = "row",
    empty: Empty | None = None,
    export: bool = True,
    per_page: int = PER_PAGE,
) -> Listing:
    """The rows of one page with headings, chips and addresses. ``filterset`` is an instance, already bound.

    Costs one query to count and one for the rows, whatever ``table.prepare`` needs added. A filterset may
    name filters in ``slow``: narrowed by one of these the list is shown first and counted afterwards; one
    that is ``long`` is so always.
    """
    things = filterset.qs if filterset is not None else rows
    order = ""
    if isinstance(things, QuerySet):
        things, order = table.sorted(things, request.GET.get("sort", ""))
    chips = _chips(request, filterset)
    slow = getattr(filterset, "slow", ())
    paginator = _paginator(
        things,
        _per_page(request, per_page),
        slow=getattr(filterset, "long", False) or any(chip.name in slow for chip in chips),
    )
    page = paginator.get_page(request.GET.get("page"))
    shown = table.page_rows(cast(Iterable[Any], page.object_list), request.GET.get("sort", ""))
    if isinstance(page, OpenEndedPage):
        shown = page.read(shown)
    if table.prepare:
        table.prepare(shown)
    columns = [column for column in table.columns if column.page]
    return Listing(
        table=table,
        page=page,
        headers=[_header(request, column, order) for column in columns],
        rows=[table_row(table, columns, thing) for thing in shown],
        order=order,
        noun=noun,
        empty=empty or Empty(),
        filter_form=filterset.form if filterset is not None else None,
        chips=chips,
        reset_url=request.path,
        csv_url=changed(request, format="csv", page=None) if export else "",
        xlsx_url=changed(request, format="xlsx", page=None) if export else "",
        query=request.GET.urlencode(),
        chief=getattr(filterset, "chief", ()),
        column_choices=[
            ColumnChoice(column.name, column.label, column in table.columns) for column in table.offered[1:]
        ],
        kept=[
            (name, value)
            for name, values in request.GET.lists()
            for value in values
            if value and name not in (COLUMNS, "page", "format")
        ],
        part=is_part(request, "list"),
    )


def _export_name(title: str, filterset) -> str:
    """What the file is called: one of another day says of which."""
    form = filterset.form if filterset is not None else None
    day = form.cleaned_data.get("as_of") if form is not None and form.is_valid() else None
    return f"{title} as of {day:%Y-%m-%d}" if isinstance(day, dt.date) else title


def _per_page(request: HttpRequest, default: int) -> int:
    asked = request.GET.get("per_page", "")
    return int(asked) if asked in map(str, PER_PAGE_CHOICES) else default


def stretch_asked(request: HttpRequest, per_page: int = PER_PAGE) -> slice:
    """The rows the page asks for, as far as can be said before they are counted.

    Beyond the last page the list shows the last one, and for what is no number the first.
    """
    asked, size = request.GET.get("page", ""), _per_page(request, per_page)
    number = int(asked) if asked.isdecimal() and len(asked) < 9 else 1
    return slice(max(number - 1, 0) * size, max(number, 1) * size)


def changed(request: HttpRequest, **changes: Any) -> str:
    """The address of this page with parameters changed; None removes one."""
    parameters = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = value
    return f"{request.path}?{parameters.urlencode()}" if parameters else request.path


def _header(request: HttpRequest, column: Column, order: str) -> Header:
    if not column.orderings:
        return Header(column, "", "")
    state = {column.name: "ascending", f"-{column.name}": "descending"}.get(order, "none")
    next_order = f"-{column.name}" if state == "ascending" else column.name
    return Header(column, changed(request, sort=next_order, page=None), state)


def _chips(request: HttpRequest, filterset) -> list[Chip]:
    """What the list is narrowed by, one chip per field that has a value."""
    if filterset is None:
        return []
    form = filterset.form
    if not form.is_valid():
        return []
    chips = []
    for name, form_field in form.fields.items():
        value = form.cleaned_data.get(name)
        if value in (None, "", [], ()) or (isinstance(value, QuerySet) and not value):
            continue
        keys = [key for key in request.GET if key == name or key.startswith(f"{name}_")]
        if not keys:
            continue
        label = form_field.label or name.replace("_", " ").capitalize()
        chips.append(
            Chip(
                str(label), _said(form_field, value), changed(request, **dict.fromkeys([*keys, "page"])), name
            )
        )
    return chips


def _said(form_field, value: Any) -> str:
    """A filter's value in words: the labels of the choices, days as people write them."""
    if value is True:
        return "yes"
    if value is False:
        return "no"
    if isinstance(value, slice):
        ends = [("from", value.start), ("to", value.stop)]
        return " ".join(f"{word} {_said(form_field, end)}" for word, end in ends if end is not None)
    if isinstance(value, dt.date):
        return f"{value.day} {value:%b %Y}"
    values = list(value) if isinstance(value, list | tuple | QuerySet) else [value]
    labels = {}
    for key, label in getattr(form_field, "choices", ()) if not isinstance(value, QuerySet) else ():
        labels.update(dict(label) if isinstance(label, list | tuple) else {str(key): label})
    return ", ".join(str(labels.get(str(each), each)) for each in values)


def render_list(
    request: HttpRequest,
    table: Table,
    rows: QuerySet | Sequence[Any],
    *,
    title: str,
    filterset=None,
    noun: str = "row",
    empty: Empty | None = None,
    crumbs: Sequence[Crumb] = (),
    actions: Sequence[Action] = (),
    tabs: Sequence[Tab] = (),
    subtitle: str = "",
    export: bool = True,
    template: str = "pages/list.html",
    context: Mapping[str, Any] | None = None,
    per_page: int = PER_PAGE,
    on_export: Callable[[str, QuerySet | Sequence[Any]], None] | None = None,
) -> HttpResponseBase:
    """Answer a list: the page, its part ``list``, with ``?format=csv`` (``xlsx``) a file of the rows, with
    ``?count=1`` their number.

    ``on_export`` is told the format and the rows before the first byte leaves, for an audit event.
    """
    answer = EXPORTS.get(request.GET.get("format", "")) if export else None
    if answer is not None:
        things = filterset.qs if filterset is not None else rows
        if on_export is not None:
            on_export(request.GET["format"], things)
        if isinstance(things, QuerySet):
            things, _ = table.sorted(things, request.GET.get("sort", ""))
        return answer(table, things, name=_export_name(title, filterset))
    if request.GET.get("count"):
        things = filterset.qs if filterset is not None else rows
        if isinstance(things, QuerySet):
            things, _ = table.sorted(things, "")
        number = ListPaginator(things, PER_PAGE).count
        return render_page(request, "partials/list_count.html", {"count": number, "noun": noun})
    listing = build_listing(
        request,
        table,
        rows,
        filterset=filterset,
        noun=noun,
        empty=empty,
        export=export,
        per_page=per_page,
    )
    values = {
        "title": title,
        "subtitle": subtitle,
        "crumbs": crumbs,
        "actions": actions,
        "tabs": tabs,
        "listing": listing,
        **(context or {}),
    }
    return render_page(request, template, values, part="list", part_template="partials/list.html")
