"""Adding a person: the NPI first, then what the registry says of it, or by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from config.accounts.policies import require
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages import Crumb, address, go_to, render_invalid, render_page, render_refused
from practitioners import links
from practitioners.asking import Outcome, RegistryAnswer, ask_registry, brought_back
from practitioners.forms.adding import AskForm, NewPractitionerForm, initial_of
from practitioners.models import Practitioner
from practitioners.selectors.people import find_by_npi, similar_people
from practitioners.services import people
from practitioners.services.registry_records import add_from_registry

EDIT = "practitioners.edit"
TEMPLATE = "practitioners/new.html"
BY_HAND = "by_hand"


@login_required
@require_http_methods(["GET", "POST"])
def new_practitioner(request: HttpRequest) -> HttpResponse:
    """Ask for the NPI (GET), ask the registry about it (GET ``?npi=``), add the person (POST).

    Somebody with that NPI or of that name on file is shown first.
    """
    require(request.user, EDIT)
    page: dict[str, Any] = {
        "title": "New practitioner",
        "crumbs": [Crumb("Practitioners", reverse("practitioners:list")), Crumb("New")],
        "submit": "Add practitioner",
        "cancel_url": reverse("practitioners:list"),
        "by_hand_url": f"{request.path}?{BY_HAND}=1",
    }
    if request.method == "POST":
        return _add(request, page)
    if BY_HAND in request.GET:
        return render_page(request, TEMPLATE, {**page, "form": NewPractitionerForm()})
    if "npi" in request.GET:
        return _ask(request, page)
    return render_page(request, TEMPLATE, {**page, "ask_form": AskForm()})


def _ask(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    """The form filled in as far as the registry knows, under what it said."""
    asking = AskForm(request.GET)
    if not asking.is_valid():
        return render_invalid(request, TEMPLATE, {**page, "ask_form": asking})
    npi = asking.cleaned_data["npi"]
    known = find_by_npi(viewer=request.user, npi=npi)
    if known is not None:
        return render_invalid(request, TEMPLATE, {**page, "ask_form": asking, "known": known})
    answer = ask_registry(npi, at=clock.now())
    page["answer"] = _told(answer)
    if answer.outcome is Outcome.FOUND and answer.record is None:  # an organization's number
        return render_page(request, TEMPLATE, {**page, "ask_form": asking})
    if answer.record is None:
        form = NewPractitionerForm(initial={"npi": npi})
    else:
        initial = {**initial_of(answer.record), "registry": answer.carried()}
        form = NewPractitionerForm(initial=initial, record=answer.record)
    return render_page(request, TEMPLATE, {**page, "form": form})


def _told(answer: RegistryAnswer) -> dict[str, str]:
    """What the registry said, as the page shows it, and where to ask again."""
    start = reverse("practitioners:new")
    told = {"colour": "warn", "text": answer.sentence, "url": start, "link": "Ask about another NPI"}
    if answer.record is not None and answer.record.active:
        told["colour"] = "good"
        told["text"] += " Whatever it repeats is a claim until a source confirms it."
    elif answer.outcome is Outcome.FOUND:
        told["colour"] = "bad"
    elif answer.outcome is Outcome.NOT_FOUND:
        told["text"] += " Is it typed right? If it is, the person can be added by hand below."
    else:
        told["text"] += " That says nothing about the number. The person can be added by hand below, or"
        told |= {"url": address(start, npi=answer.npi), "link": "ask again"}
    return told


def _add(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    carried = request.POST.get("registry", "")
    answer = brought_back(carried)
    record = answer.record if answer else None
    form = NewPractitionerForm(request.POST, record=record)
    page["form"] = form
    if answer:
        page["answer"] = _told(answer)
    if carried and record is None:
        form.add_error(None, "The registry's answer is too old to be used. Ask the registry again.")
    if not form.is_valid():
        return render_invalid(request, TEMPLATE, page)
    values = form.values
    known = find_by_npi(viewer=request.user, npi=values["npi"]) if values["npi"] else None
    if known is not None:
        form.add_error("npi", f"{known.display_name} has NPI {known.npi} already: one person, one record.")
        return render_invalid(request, TEMPLATE, {**page, "known": known})
    alike = similar_people(
        last_name=values["last_name"], first_name=values["first_name"], birth_date=values["birth_date"]
    )
    if alike and not form.cleaned_data["same_name_seen"]:
        form.ask_about_same_name()
        return render_invalid(request, TEMPLATE, {**page, "alike": alike})
    try:
        practitioner, left_out = _write(request, form, answer)
    except Refused as refused:
        return render_refused(request, refused, TEMPLATE, page, form=form)
    for what in left_out:
        messages.warning(request, f"{what[:1].upper()}{what[1:]}")
    messages.success(request, f"{practitioner} is on file. Next: record what they claim.")
    return go_to(request, links.practitioner(practitioner))


def _write(
    request: HttpRequest, form: NewPractitionerForm, answer: RegistryAnswer | None
) -> tuple[Practitioner, list[str]]:
    if answer is None:
        return people.create_practitioner(actor=request.user, **form.values), []
    return add_from_registry(
        actor=request.user,
        record=form.taken,
        content=answer.raw,
        licences=form.licences,
        **form.values,
    )
