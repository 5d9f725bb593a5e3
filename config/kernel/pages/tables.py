"""Tables, declared once: their columns on the page and in the CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet

from config.kernel.pages.parts import Action, Empty


@dataclass(frozen=True)
class Column:
    """One column of a list, on the page and in the CSV.

    ``value`` is a path of attributes (``"department.name"``) or a function of the row. ``sort`` names the
    orderings the header offers (``("last_name", "first_name")``; empty: not sortable). ``kind`` says how a
    cell looks: ``text``, ``strong``, ``code`` (a number to copy), ``number``, ``day`` (with its age),
    ``plain_day``, ``moment``, ``badge`` (a StatusChoices member, or anything with label and colour),
    ``status`` (a stored status field named by ``value``), ``verdict``, ``person`` (a name with initials, or
    with the picture at the address ``photo`` gives), ``yes_no``, ``template`` (rendered by ``template`` with
    ``row`` and ``value``). ``url`` makes a link of the cell. ``export`` gives the CSV another value than the
    page; ``csv=False`` leaves the column out; ``page=False`` leaves it out of the page. ``narrow=False``
    hides it on a phone.
    """

    name: str
    label: str
    value: str | Callable[[Any], Any] = ""
    sort: str | tuple[str, ...] = ()
    kind: str = "text"
    url: Callable[[Any], str] | None = None
    template: str = ""
    export: Callable[[Any], Any] | None = None
    filled: bool = False  # no row is without a value: the order can be read from an index either way
    csv: bool = True
    page: bool = True
    narrow: bool = True
    hint: str = ""
    photo: Callable[[Any], str] | None = None

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


def _ordering(name: str, downwards: bool, *, filled: bool):
    """One part of an ORDER BY; rows without a value come last either way, unless there are none of those: an
    index then has the order both ways.
    """
    path, last = F(name.lstrip("-")), None if filled else True
    return path.desc(nulls_last=last) if downwards != name.startswith("-") else path.asc(nulls_last=last)


def _follow(row: Any, path: str) -> Any:
    """``department.name`` of a row: attributes or keys, called when they can be; None stays None."""
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

    ``row_url`` is where a row leads. ``prepare`` receives the rows of one page (or one chunk of the CSV) and
    attaches to them what needs queries, for all of them at once. ``widen`` adds to a queryset of rows what
    the database looks up row by row; a page asks it for its own rows only, not for those before it. ``bulk``
    are actions on selected rows; they send the field ``selected`` once per row with ``row_key``. ``order`` is
    the column a list starts with (``-name``: downwards). ``stacked`` rows become cards on a phone.
    ``offered`` are the columns a reader may choose among (the first one always stands), of which ``columns``
    are those shown and exported; ``chosen`` says that the reader did.
    """

    columns: Sequence[Column]
    order: str = ""
    row_url: Callable[[Any], str] | None = None
    row_key: str = "uid"
    row_class: Callable[[Any], str] | None = None
    prepare: Callable[[Sequence[Any]], None] | None = None
    widen: Callable[[QuerySet], QuerySet] | None = None
    bulk: Sequence[Action] = ()
    caption: str = ""
    stacked: bool = True
    offered: Sequence[Column] = ()
    chosen: bool = False

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def sorted(self, queryset: QuerySet, parameter: str) -> tuple[QuerySet, str]:
        """The queryset in the order asked for (or the table's own), and that order; ties keep one order."""
        asked = parameter if self._sortable(parameter) else self.order
        column = self.column(asked.lstrip("-"))
        if column is None or not column.orderings:
            return queryset, ""
        downwards = asked.startswith("-")
        parts = [_ordering(name, downwards, filled=column.filled) for name in column.orderings]
        return queryset.order_by(*parts, "pk"), asked

    def page_rows(self, page: QuerySet | Iterable[Any], parameter: str) -> list[Any]:
        """The rows of one page, given as a slice of the sorted rows: one query, ``widen`` included."""
        if self.widen is None or not isinstance(page, QuerySet):
            return list(page)
        # Where the slice begins, the database would already have looked up everything of the rows before.
        few = page.model._default_manager.filter(pk__in=page.values("pk"))
        return list(self.sorted(self.widen(few), parameter)[0])

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
        rows=[table_row(table, columns, thing) for thing in shown],
        empty=empty or Empty(),
    )


def table_row(table: Table, columns: Sequence[Column], thing: Any) -> Row:
    """A thing as a row: its cells, where it leads, what selects it."""
    key = _follow(thing, table.row_key) if table.bulk else ""
    return Row(
        thing=thing,
        key=str(key),
        url=table.row_url(thing) if table.row_url else "",
        cells=[Cell(column, column.of(thing), column.url(thing) if column.url else "") for column in columns],
        css=table.row_class(thing) if table.row_class else "",
    )
