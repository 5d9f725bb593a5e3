"""Answers: a refusal keeps what was typed and says why where it belongs."""

import json

import pytest
from django import forms
from django.http import HttpResponse

from config.kernel.errors import Conflict, Forbidden, Refused
from config.kernel.pages import address, go_to, render_invalid, render_refused, with_toast


class Note(forms.Form):
    text = forms.CharField(label="Text")


def test_a_refusal_without_a_form_stands_above_the_content(rf):
    response = render_refused(
        rf.post("/"), Refused("The meeting is over."), "base.html", {"title": "Meeting"}
    )
    assert response.status_code == 422
    html = response.content.decode()
    assert "The meeting is over." in html
    assert 'role="alert"' in html


def test_a_refusal_of_a_field_stands_beside_it_and_keeps_what_was_typed(rf):
    form = Note({"text": "kept"})
    refused = Refused("Too short.", field="text")
    html = render_refused(
        rf.post("/"), refused, "pages/form.html", {"title": "Note"}, form=form
    ).content.decode()
    assert 'value="kept"' in html
    assert html.count("Too short.") == 2  # in the summary and beside the field


def test_a_refusal_of_a_field_the_form_does_not_have_concerns_the_whole(rf):
    form = Note({"text": "kept"})
    render_refused(rf.post("/"), Refused("No.", field="other"), "pages/form.html", {}, form=form)
    assert form.non_field_errors() == ["No."]


@pytest.mark.parametrize(("kind", "status"), [(Refused, 422), (Forbidden, 403), (Conflict, 409)])
def test_the_status_says_what_kind_of_refusal_it_was(rf, kind, status):
    assert render_refused(rf.post("/"), kind("No."), "base.html", {}).status_code == status


def test_a_form_that_did_not_pass_is_not_a_success(rf):
    form = Note({})
    response = render_invalid(rf.post("/"), "pages/form.html", {"title": "Note", "form": form})
    assert response.status_code == 422
    assert b"Please correct this" in response.content


def test_the_way_on_is_a_redirect_for_a_browser_and_a_header_for_htmx(rf):
    plain = go_to(rf.post("/"), "/next/")
    assert (plain.status_code, plain["Location"]) == (303, "/next/")
    swapped = go_to(rf.post("/", headers={"HX-Request": "true"}), "/next/")
    assert (swapped.status_code, swapped["HX-Redirect"]) == (204, "/next/")


def test_a_message_travels_in_a_header():
    response = with_toast(HttpResponse(), "Gespeichert, für immer.")
    assert json.loads(response["HX-Trigger"]) == {
        "toast": {"text": "Gespeichert, für immer.", "colour": "good"}
    }


def test_an_address_leaves_out_what_is_not_given():
    assert address("/find/", q="a b", on=None) == "/find/?q=a+b"
    assert address("/find/", on=None) == "/find/"
