"""Page helpers every view uses: lists, CSV of exactly what is shown, actions, refusals, parts of a page."""

from config.kernel.pages.answers import (
    Done,
    address,
    answer_form,
    chosen_uids,
    go_to,
    is_part,
    render_invalid,
    render_page,
    render_refused,
    with_toast,
)
from config.kernel.pages.exports import plain_cell, stream_csv
from config.kernel.pages.lists import Chip, Listing, build_listing, changed, render_list, stretch_asked
from config.kernel.pages.parts import Action, Crumb, Empty, Tab
from config.kernel.pages.spreadsheets import stream_file
from config.kernel.pages.stored import download, stored
from config.kernel.pages.tables import Cell, Column, Header, PlainTable, Row, Table, build_table

__all__ = [
    "Action",
    "Cell",
    "Chip",
    "Column",
    "Crumb",
    "Done",
    "Empty",
    "Header",
    "Listing",
    "PlainTable",
    "Row",
    "Tab",
    "Table",
    "address",
    "answer_form",
    "build_listing",
    "build_table",
    "changed",
    "chosen_uids",
    "download",
    "go_to",
    "is_part",
    "plain_cell",
    "render_invalid",
    "render_list",
    "render_page",
    "render_refused",
    "stored",
    "stream_csv",
    "stream_file",
    "stretch_asked",
    "with_toast",
]
