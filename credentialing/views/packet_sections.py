"""One section of a packet on a page: the same for the applicant at a link and the office with the paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from config.kernel.errors import Refused
from config.kernel.pages import go_to, render_page
from credentialing.forms.packets import PrivilegesForm, SectionForms
from credentialing.models import Packet, PacketLink
from credentialing.rules.packet_answers import MOST_ROWS
from credentialing.rules.packets import DOCUMENTS, PRIVILEGES
from credentialing.selectors.packets import (
    PacketState,
    SectionState,
    beside,
    judged_privileges,
    read_packet,
)
from credentialing.services import packet_answers

NO_CONTENT = 204


@dataclass(frozen=True)
class Place:
    """Where the page stands: who writes, the addresses around it, and what its frame takes."""

    actor: Any
    link: PacketLink | None
    address: Callable[[str], str]  # of a section, by its code
    start: str
    frame: Mapping[str, Any]
    template: str


def answer_section(request: HttpRequest, packet: Packet, code: str, place: Place) -> HttpResponse:
    """Show the section, or keep what was sent and go on to what is left.

    Whatever was typed is kept first and judged afterwards; "autosave" answers nothing but that it was kept.
    """
    state = read_packet(packet)
    one = state.section(code)
    if one is None:
        raise Http404
    if request.method != "POST":
        return render_page(request, place.template, _page(state, one, place, _forms(state, one)))
    forms = _forms(state, one, request)
    answers = forms.answers()
    changed = _add_or_remove(request, answers, one)
    try:
        saved = packet_answers.save_section(
            actor=place.actor, packet=packet, code=code, answers=answers, link=place.link
        )
        if one.asked.kind == DOCUMENTS:
            saved = _upload(request, packet, one, place) or saved
    except Refused as refused:
        page = _page(state, one, place, forms) | {
            "refusal": refused.sentence,
            "lines": _at_field(forms, refused),
        }
        return render_page(request, place.template, page, status=refused.status_code)
    if "autosave" in request.POST:
        if one.asked.kind != PRIVILEGES:
            return HttpResponse(status=NO_CONTENT)
        judged = _page(state, saved, place, _forms(state, saved))
        return render_page(request, "credentialing/packet/judged_again.html", judged)
    if changed is not None:
        return go_to(request, f"{place.address(code)}#{changed}")
    if "later" in request.POST or not saved.missing:
        return go_to(request, place.start if "later" in request.POST else _onwards(packet, code, place))
    state = read_packet(packet)
    forms = _forms(state, saved, request)
    page = _page(state, saved, place, forms) | {"lines": forms.show(saved.missing), "kept": True}
    return render_page(request, place.template, page, status=422)


def _forms(state: PacketState, one: SectionState, request: HttpRequest | None = None) -> SectionForms:
    answers = {each.row.code: each.answers for each in state.sections}
    known = beside(state.known, state.template, answers, one.asked)
    if request is None:
        return SectionForms(one.asked, one.answers, known)
    return SectionForms(one.asked, one.answers, known, request.POST, request.FILES)


def _page(state: PacketState, one: SectionState, place: Place, forms: SectionForms) -> dict[str, Any]:
    if isinstance(forms.form, PrivilegesForm):
        forms.form.judged = judged_privileges(state, one.answers)
    return {
        **place.frame,
        "title": one.asked.heading,
        "state": state,
        "one": one,
        "forms": forms,
        "start_url": place.start,
        "can_add": forms.can_add if len(forms.rows) < MOST_ROWS else [],
        "upload": one.asked.kind == DOCUMENTS,
        "documents_url": next(
            (place.address(each.row.code) for each in state.sections if each.asked.kind == DOCUMENTS), ""
        ),
        "lines": [],
    }


def _add_or_remove(request: HttpRequest, answers: dict[str, Any], one: SectionState) -> str | None:
    """A row added or taken away, or a whole core chosen, by a button that needs no script; the place on the
    page to go to.
    """
    whole = request.POST.get("whole_core", "")
    if whole in answers.get("asked", {}):
        return f"form-{whole}"
    rows = answers.get("rows")
    if rows is None:
        return None
    code, index = request.POST.get("add", ""), request.POST.get("remove", "")
    if code in one.asked.types and len(rows) < MOST_ROWS:
        rows.append({"type": code})
        return f"row-{len(rows) - 1}"
    if index.isascii() and index.isdigit() and len(index) < 4 and int(index) < len(rows):
        rows.pop(int(index))
        return "rows"
    return None


def _upload(request: HttpRequest, packet: Packet, one: SectionState, place: Place) -> SectionState | None:
    saved = None
    for each in one.asked.documents:
        sent = request.FILES.get(each.code)
        if sent is not None:
            saved = packet_answers.add_document(
                actor=place.actor,
                packet=packet,
                code=one.row.code,
                asked=each.code,
                file_name=sent.name or "",
                content=sent.read(),
                link=place.link,
            )
    return saved


def _at_field(forms: SectionForms, refused: Refused) -> list[dict[str, str]]:
    if forms.form is not None and refused.field in forms.form.fields:
        forms.form.full_clean()
        forms.form.add_error(refused.field, refused.sentence)
    return []


def _onwards(packet: Packet, code: str, place: Place) -> str:
    """The next section that is not complete, after this one and then from the beginning; else the start."""
    state = read_packet(packet)
    codes = [each.row.code for each in state.sections]
    turned = [*state.sections[codes.index(code) + 1 :], *state.sections[: codes.index(code)]]
    following = next((each for each in turned if not each.is_done and not each.waits_for), None)
    return place.address(following.row.code) if following is not None else place.start
