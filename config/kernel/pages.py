"""Page helpers every view uses: lists, CSV of exactly what is shown, actions, refusals, parts of a page.

A list is declared once as a :class:`Table` and answered by :func:`render_list`: the whole page, the part that htmx
replaces when a filter changes, and the CSV of the same rows in the same order.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.text import slugify

from config.kernel import clock
from config.kernel.errors import Refused

PER_PAGE = 25
PER_PAGE_CHOICES = (25, 50, 100)
CSV_CHUNK = 1000

#: A spreadsheet reads a cell that starts with one of these as a formula (the last four are their full-width forms).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


# --- what a page is made of -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Crumb:
    """One step of the path to this page; the last one has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class Tab:
    """One tab of a page. Tabs are addresses of their own, so that a tab can be linked to and reloaded."""

    label: str
    url: str
    active: bool = False
    count: int | None = None
    icon: str = ""


@dataclass(frozen=True)
class Action:
    """Something the reader can do here: a link (``get``) or a button that sends a form (``post``).

    ``refusal`` is the reason why not: it is shown where the button would be. ``confirm`` asks first; ``kind``
    is ``primary``, ``secondary`` or ``danger``. ``hidden`` are the values the form sends.
    """

    label: str
    url: str = ""
    icon: str = ""
    kind: str = "secondary"
    method: str = "get"
    refusal: str = ""
    confirm: str = ""
    confirm_label: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Empty:
    """What an empty list says: a sentence and what to do next."""

    sentence: str = "Nothing here yet."
    next_step: str = ""
    action: Action | None = None
    icon: str = "inbox"


# --- tables ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One column of a list, on the page and in the CSV.

    ``value`` is a path of attributes (``"department.name"``) or a function of the row. ``sort`` names the orderings
    the header offers (``("last_name", "first_name")``; empty: not sortable). ``kind`` says how a cell looks: ``text``,
    ``strong``, ``number``, ``day`` (with its age), ``plain_day``, ``moment``, ``badge`` (a StatusChoices member, or
    anything with label and colour), ``status`` (a stored status field named by ``value``), ``verdict``, ``person``
    (a name with initials), ``yes_no``, ``template`` (rendered by ``template`` with ``row`` and ``value``).
    ``url`` makes a link of the cell. ``export`` gives the CSV another value than the page; ``csv=False`` leaves the
    column out; ``page=False`` leaves it out of the page. ``narrow=False`` hides it on a phone.
    """

    name: str
    label: str
    value: str | Callable[[Any], Any] = ""
    sort: str | tuple[str, ...] = ()
    kind: str = "text"
    url: Callable[[Any], str] | None = None
    template: str = ""
    export: Callable[[Any], Any] | None = None
    csv: bool = True
    page: bool = True
    narrow: bool = True
    hint: str = ""

    def of(self, row: Any) -> Any:
        """The value of this column for a row."""
        source = self.value or self.name
        return source(row) if callable(source) else _follow(row, source)

    def exported(self, row: Any) -> Any:
        """The value as the CSV carries it."""
        if self.export:
            return self.export(row)
        if self.kind == "status":
            return getattr(row, f"get_{self.field_name}_display")()
        return self.of(row)

    @property
    def field_name(self) -> str:
        """The model field a ``status`` column shows."""
        return self.value if isinstance(self.value, str) and self.value else self.name

    @property
    def orderings(self) -> tuple[str, ...]:
        """Field names this column sorts by, ascending."""
        return (self.sort,) if isinstance(self.sort, str) else tuple(self.sort)


def _ordering(name: str, downwards: bool):
    """One part of an ORDER BY; rows without a value come last either way."""
    path = F(name.lstrip("-"))
    return path.desc(nulls_last=True) if downwards != name.startswith("-") else path.asc(nulls_last=True)


def _follow(row: Any, path: str) -> Any:
    """``department.name`` of a row: attributes or keys, called when they can be, None along the way gives None."""
    here = row
    for step in path.split("."):
        if here is None:
            return None
        here = here.get(step) if isinstance(here, Mapping) else getattr(here, step)
        if callable(here) and not isinstance(here, type):
            here = here()
    return here


@dataclass(frozen=True)
class Table:
    """The columns of a list and what can be done with its rows.

    ``row_url`` is where a row leads. ``prepare`` receives the rows of one page (or one chunk of the CSV) and attaches
    to them what needs queries, for all of them at once. ``bulk`` are actions on selected rows; they send the field
    ``selected`` once per row with ``row_key``. ``order`` is the column a list starts with (``-name``: downwards).
    """

    columns: Sequence[Column]
    order: str = ""
    row_url: Callable[[Any], str] | None = None
    row_key: str = "uid"
    row_class: Callable[[Any], str] | None = None
    prepare: Callable[[Sequence[Any]], None] | None = None
    bulk: Sequence[Action] = ()
    caption: str = ""
    stacked: bool = True

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def sorted(self, queryset: QuerySet, parameter: str) -> tuple[QuerySet, str]:
        """The queryset in the order asked for (or the table's own), and that order; rows that tie keep one order."""
        asked = parameter if self._sortable(parameter) else self.order
        if not self._sortable(asked):
            return queryset, ""
        downwards, column = asked.startswith("-"), self.column(asked.lstrip("-"))
        parts = [_ordering(name, downwards) for name in column.orderings]
        return queryset.order_by(*parts, "pk"), asked

    def _sortable(self, parameter: str) -> bool:
        column = self.column(parameter.lstrip("-")) if parameter else None
        return bool(column and column.orderings)


@dataclass(frozen=True)
class Header:
    """A column heading as the page shows it."""

    column: Column
    url: str
    aria_sort: str  # ascending, descending, none, or empty when the column is not sortable


@dataclass(frozen=True)
class Cell:
    """One cell as the page shows it."""

    column: Column
    value: Any
    url: str = ""


@dataclass(frozen=True)
class Row:
    """One row as the page shows it."""

    thing: Any
    key: str
    url: str
    cells: Sequence[Cell]
    css: str = ""


@dataclass(frozen=True)
class Chip:
    """One active filter: what it says, and the address without it."""

    label: str
    value: str
    url: str


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
    query: str = ""

    @property
    def count(self) -> int:
        """How many rows there are over all pages."""
        return self.page.paginator.count

    @property
    def filtered(self) -> bool:
        """Whether a filter narrows the list."""
        return bool(self.chips)


@dataclass
class PlainTable:
    """A table without paging or filters, for a panel of a page; ``partials/table.html`` renders it."""

    table: Table
    headers: Sequence[Header]
    rows: Sequence[Row]
    empty: Empty


def build_table(table: Table, things: Iterable[Any], *, empty: Empty | None = None) -> PlainTable:
    """The rows of a short table inside a page, in the order given."""
    shown = list(things)
    if table.prepare:
        table.prepare(shown)
    columns = [column for column in table.columns if column.page]
    return PlainTable(
        table=table,
        headers=[Header(column, "", "") for column in columns],
        rows=[_row(table, columns, thing) for thing in shown],
        empty=empty or Empty(),
    )


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
    """The rows of one page with sorted headings, chips and addresses. ``filterset`` is an instance, already bound.

    Costs one query to count and one for the rows, whatever ``table.prepare`` needs added.
    """
    things = filterset.qs if filterset is not None else rows
    order = ""
    if isinstance(things, QuerySet):
        things, order = table.sorted(things, request.GET.get("sort", ""))
    page = Paginator(things, _per_page(request, per_page)).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    if table.prepare:
        table.prepare(shown)
    columns = [column for column in table.columns if column.page]
    return Listing(
        table=table,
        page=page,
        headers=[_header(request, column, order) for column in columns],
        rows=[_row(table, columns, thing) for thing in shown],
        order=order,
        noun=noun,
        empty=empty or Empty(),
        filter_form=filterset.form if filterset is not None else None,
        chips=_chips(request, filterset),
        reset_url=request.path,
        csv_url=changed(request, format="csv", page=None) if export else "",
        query=request.GET.urlencode(),
    )


def _per_page(request: HttpRequest, default: int) -> int:
    asked = request.GET.get("per_page", "")
    return int(asked) if asked.isdigit() and int(asked) in PER_PAGE_CHOICES else default


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


def _row(table: Table, columns: Sequence[Column], thing: Any) -> Row:
    key = _follow(thing, table.row_key) if table.bulk else ""
    return Row(
        thing=thing,
        key=str(key),
        url=table.row_url(thing) if table.row_url else "",
        cells=[Cell(column, column.of(thing), column.url(thing) if column.url else "") for column in columns],
        css=table.row_class(thing) if table.row_class else "",
    )


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
            Chip(str(label), _said(form_field, value), changed(request, **dict.fromkeys([*keys, "page"])))
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


# --- answering ------------------------------------------------------------------------------------------


def is_part(request: HttpRequest, target: str) -> bool:
    """Whether htmx asked for the part of the page with this id (never on going back in history)."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Target") == target
        and headers.get("HX-History-Restore-Request") != "true"
    )


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    part: str = "",
    part_template: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page, or only its ``part`` when htmx asks for the element of that id."""
    chosen = part_template if part and part_template and is_part(request, part) else template
    response = render(request, chosen, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


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
) -> HttpResponse | StreamingHttpResponse:
    """Answer a list: the page, its replaceable part ``list``, or with ``?format=csv`` the CSV of the same rows."""
    if export and request.GET.get("format") == "csv":
        things = filterset.qs if filterset is not None else rows
        if isinstance(things, QuerySet):
            things, _ = table.sorted(things, request.GET.get("sort", ""))
        return stream_csv(table, things, name=title)
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


def render_refused(
    request: HttpRequest,
    refused: Refused,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    form=None,
    part: str = "",
    part_template: str = "",
) -> HttpResponse:
    """The page again with the sentence of the refusal where it belongs, and the status that says so (422, 403, 409).

    With a ``form`` the sentence goes to its field (``refused.field``) or above the form; without one it stands as
    ``refusal`` in the context, shown by ``base.html`` above the content. What was typed stays.
    """
    values = {**(context or {})}
    if form is not None:
        name = refused.field if refused.field in form.fields else None
        if not hasattr(form, "cleaned_data"):
            form.full_clean()
        form.add_error(name, refused.sentence)
        values.setdefault("form", form)
    else:
        values["refusal"] = refused.sentence
    return render_page(
        request, template, values, part=part, part_template=part_template, status=refused.status_code
    )


def render_invalid(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    part: str = "",
    part_template: str = "",
) -> HttpResponse:
    """The page again with a form that did not pass; status 422, so that htmx and tests see it for what it is."""
    return render_page(request, template, context, part=part, part_template=part_template, status=422)


def with_toast(response: HttpResponse, sentence: str, colour: str = "good") -> HttpResponse:
    """The response with a short message that htmx shows in the corner and a screen reader announces."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": sentence, "colour": colour}})
    return response


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Send the reader to another page, by a redirect or by htmx's own header."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponse(status=303, headers={"Location": url})


def address(path: str, **parameters: Any) -> str:
    """A path with a query string; parameters that are None are left out."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


# --- CSV ------------------------------------------------------------------------------------------------


class _Echo:
    """A file that hands back what is written to it, so that rows leave as they are made."""

    def write(self, value: str) -> str:
        return value


def plain_cell(value: Any) -> str | int | float:
    """A value for a CSV cell: dates in ISO form, labels for statuses, and never a formula.

    Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) and not hasattr(value, "label"):
        return value
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value.tzinfo else value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return plain_cell("; ".join(str(plain_cell(each)) for each in value))
    text = str(getattr(value, "label", value))
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_rows(table: Table, things: QuerySet | Iterable[Any]) -> Iterator[Sequence[Any]]:
    """Heading and rows of the CSV of a list, in chunks, so that memory stays flat."""
    columns = [column for column in table.columns if column.csv]
    yield [plain_cell(column.label) for column in columns]
    for chunk in _chunks(things):
        if table.prepare:
            table.prepare(chunk)
        for thing in chunk:
            yield [plain_cell(column.exported(thing)) for column in columns]


def _chunks(things: QuerySet | Iterable[Any]) -> Iterator[list[Any]]:
    source = things.iterator(chunk_size=CSV_CHUNK) if isinstance(things, QuerySet) else iter(things)
    chunk: list[Any] = []
    for thing in source:
        chunk.append(thing)
        if len(chunk) == CSV_CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def stream_csv(table: Table, things: QuerySet | Iterable[Any], *, name: str) -> StreamingHttpResponse:
    """The CSV of a list, streamed; UTF-8 with a byte order mark, because spreadsheets ask for it."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        for cells in csv_rows(table, things):
            yield writer.writerow(cells)

    response = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    file_name = f"{slugify(name) or 'list'}-{clock.today():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    response["Cache-Control"] = "no-store"
    return response
