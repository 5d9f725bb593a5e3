"""Form fields: what is wrong stands beside the field, above the form, and is told to assistive technology."""

import datetime as dt
import re

import pytest
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.template.loader import render_to_string
from django.urls import get_resolver

from config.kernel.choices import StatusChoices
from config.kernel.day_fields import DayField
from config.kernel.display import fields


class Vote(StatusChoices):
    """A choice for these tests."""

    FOR = "for", "good", "For"
    AGAINST = "against", "bad", "Against"


class Sample(forms.Form):
    npi = forms.CharField(label="NPI", help_text="Ten digits.")
    seen_on = forms.DateField(label="Seen on", required=False)
    vote = forms.ChoiceField(label="Vote", widget=forms.RadioSelect, choices=Vote.choices)
    scan = forms.FileField(label="Scan", required=False)
    token = forms.CharField(widget=forms.HiddenInput)


def shown(form, name, **options):
    arguments = " ".join(f'{key}="{value}"' for key, value in options.items())
    return Template("{% load standing %}{% field bound " + arguments + " %}").render(
        Context({"bound": form[name]})
    )


def test_where_nothing_is_chosen_words_stand_and_no_dashes():
    class Choosing(forms.Form):
        place = forms.ModelChoiceField(ContentType.objects.none())
        other = forms.ModelChoiceField(ContentType.objects.none(), required=False)

    assert '<option value="" selected>Choose</option>' in shown(Choosing(), "place")
    assert '<option value="" selected>None</option>' in shown(Choosing(), "other")


def test_a_question_is_followed_by_what_is_wrong_without_a_colon():
    class Asking(forms.Form):
        why = forms.CharField(label="Why does the applicant withdraw?")
        note = forms.CharField(label="Note")

    told = [each["text"] for each in fields.visible_errors(Asking({}))]
    assert told == [
        "Why does the applicant withdraw? Enter it.",
        "Note: Enter it.",
    ]


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (forms.CharField(), "Enter it."),
        (forms.DateField(), "Enter a day."),
        (DayField(), "Enter a day."),
        (forms.IntegerField(), "Enter a number."),
        (forms.ChoiceField(), "Choose one."),
        (forms.TypedMultipleChoiceField(), "Choose at least one."),
        (forms.FileField(), "Choose a file."),
        (forms.BooleanField(), "Tick the box."),
        (forms.CharField(error_messages={"required": "Say which tie it is."}), "Say which tie it is."),
    ],
)
def test_what_is_missing_says_what_to_do(field, words):
    with pytest.raises(ValidationError) as missing:
        field.clean(None)
    assert missing.value.messages == [words]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        (forms.IntegerField(min_value=1), "-3", "Enter 1 or more."),
        (forms.IntegerField(max_value=12), "13", "Enter 12 or less."),
        (forms.CharField(max_length=3), "four", "Say it in at most 3 characters; these are 4."),
    ],
)
def test_what_is_too_much_or_too_little_says_what_fits(field, typed, words):
    with pytest.raises(ValidationError) as wrong:
        field.clean(typed)
    assert wrong.value.messages == [words]


def test_no_form_says_only_that_a_field_is_required():
    assert get_resolver().url_patterns  # every page is read, and with it every form
    waiting, silent = [forms.BaseForm], set()
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.split(".")[0] not in {"django", "allauth", "tests"}:
            said = {each.error_messages.get("required") for each in getattr(form, "base_fields", {}).values()}
            silent |= {form.__name__} if "This field is required." in said else set()
    assert not silent


def test_label_and_hint_belong_to_the_control():
    html = shown(Sample(), "npi")
    assert '<label class="form-label" for="id_npi">NPI</label>' in html
    assert '<div class="form-hint" id="id_npi_hint">Ten digits.</div>' in html
    assert 'aria-describedby="id_npi_hint"' in html
    assert "aria-invalid" not in html


def test_an_error_stands_beside_its_field_and_describes_it():
    html = shown(Sample({"npi": ""}), "npi")
    assert 'id="id_npi_error"' in html
    assert 'aria-describedby="id_npi_hint id_npi_error"' in html
    assert 'aria-invalid="true"' in html
    assert html.count("Enter it.") == 1


def test_what_may_stay_empty_says_so():
    assert '<span class="optional">(optional)</span>' in shown(Sample(), "seen_on")
    assert "(optional)" not in shown(Sample(), "npi")


def test_a_date_is_asked_for_with_the_browsers_own_control_and_keeps_its_value():
    html = shown(Sample(initial={"seen_on": dt.date(2026, 3, 9)}), "seen_on")
    assert 'type="date"' in html
    assert 'value="2026-03-09"' in html


def test_choices_are_one_group_with_a_legend():
    html = shown(Sample(), "vote")
    assert html.count("<fieldset") == 1
    assert html.count('type="radio"') == 2
    assert re.search(r"<legend[^>]*>Vote", html)
    assert html.count('class="form-check-input"') == 2


def test_a_file_field_tells_the_browser_its_limit():
    form = Sample()
    form.fields["scan"].max_bytes = 1024
    assert 'data-max-bytes="1024"' in shown(form, "scan")


def test_the_hint_can_be_replaced_and_taken_away():
    assert "As printed." in shown(Sample(), "npi", hint="As printed.")
    assert "form-hint" not in shown(Sample(), "npi", hint="")


def test_the_summary_leads_to_every_wrong_field_and_names_it():
    form = Sample({"npi": "", "vote": "maybe"})
    form.add_error(None, "Another file is open.")
    found = fields.visible_errors(form)
    assert found[0] == {"id": "", "text": "Another file is open."}
    assert {"id": "id_npi", "text": "NPI: Enter it."} in found
    assert any(each["id"] == "id_vote_0" for each in found)
    html = render_to_string("partials/error_summary.html", {"form": form})
    assert '<a href="#id_npi">NPI: Enter it.</a>' in html


def test_large_choices_carry_the_colour_of_their_member():
    options = fields.choice_options(Sample()["vote"])
    assert [(each["value"], each["colour"]) for each in options] == [("for", "good"), ("against", "bad")]
