"""Words, values, people, statuses and icons."""

import datetime as dt

import pytest
from django.template import Context, Template
from django.utils.safestring import mark_safe

from config.kernel.choices import StatusChoices
from config.kernel.display import people, statuses, values, words
from config.kernel.display.frame import icon, theme_attributes


class Light(StatusChoices):
    """A status for these tests."""

    GO = "go", "good", "Go ahead"
    STOP = "stop", "bad", "Stop"


@pytest.mark.parametrize(
    ("number", "noun", "said"),
    [
        (1, "file", "1 file"),
        (0, "file", "0 files"),
        (12000, "file", "12,000 files"),
        (2, "body,bodies", "2 bodies"),
    ],
)
def test_a_number_comes_with_its_noun(number, noun, said):
    assert words.plural(number, noun) == said


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Adaeze Okonkwo, MD", "AO"),
        ("Dr. Ines Calloway", "IC"),
        ("Catalina Vásquez-Ibarra, DO", "CV"),
        ("Cher", "C"),
        ("Bauer, Julia G.", "JB"),
        ("de la Cruz, José, II", "JC"),
        ("J.R. Ewing", "JE"),
        ("John Smith Jr., M.D.", "JS"),
        ("", ""),
    ],
)
def test_initials_come_from_the_name_and_not_from_titles_and_degrees(name, letters):
    assert people.initials(name) == letters


def test_one_name_always_has_the_same_tint():
    assert people.avatar_tint("Ines Calloway") == people.avatar_tint("Ines Calloway")
    assert {people.avatar_tint(f"Person {number}") for number in range(60)} == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (dt.date(2026, 6, 30), "30 Jun 2026"),
        ("2026-06-30", "30 Jun 2026"),
        ("2026-06-31", "2026-06-31"),
        (True, "yes"),
        (0, "0"),
        (2026, "2026"),
        (12000, "12,000"),
        (None, "–"),
        (["English", "Igbo"], "English, Igbo"),
        ([], "–"),
        ({"days_left": 3}, "Days left: 3"),
    ],
)
def test_facts_are_written_as_a_person_would(value, said):
    assert values.shown(value) == said


def test_a_search_marks_what_was_found_and_escapes_the_rest():
    assert words.highlighted("<b>Okonkwo</b>", "okon") == "&lt;b&gt;<mark>Okon</mark>kwo&lt;/b&gt;"
    assert words.highlighted("Smith & Sons", "amp") == "Smith &amp; Sons"
    assert words.highlighted("Smith", "") == "Smith"


def test_a_status_is_a_word_and_a_colour_of_the_palette():
    assert statuses.badge(Light.STOP) == '<span class="st-badge st-bad">Stop</span>'
    assert statuses.badge("Late", "warn") == '<span class="st-badge st-warn">Late</span>'
    assert statuses.badge("Late", "crimson") == '<span class="st-badge st-neutral">Late</span>'
    assert "–" in statuses.badge(None)


def test_a_status_is_escaped():
    assert "<script>" not in statuses.badge("<script>alert(1)</script>")


def test_a_stored_status_finds_the_colour_its_field_was_declared_with():
    class StoredField:
        flatchoices = Light.choices

    class Row:
        light = "go"

        class _meta:  # noqa: N801 - as Django names it
            @staticmethod
            def get_field(name):
                return field

    field = StoredField()
    assert statuses.status(Row(), "light") == '<span class="st-badge st-good">Go ahead</span>'


def test_an_icon_is_silent_unless_it_says_something():
    assert 'aria-hidden="true"' in icon("check")
    assert 'role="img" aria-label="Late"' in icon("alert-triangle", label="Late")


def test_a_label_is_escaped_whatever_was_drawn_before():
    assert 'aria-label="<i>"' in icon("check", label=mark_safe("<i>"))
    assert 'aria-label="&lt;i&gt;"' in icon("check", label="<i>")


def test_an_icon_nobody_listed_is_drawn_as_a_dot():
    assert icon("no-such-icon").endswith('#point"/></svg>')


@pytest.mark.parametrize(
    ("cookie", "attributes"),
    [
        ("dark", 'data-bs-theme="dark" data-theme-choice="dark"'),
        ('"><script>', 'data-theme-choice="auto"'),
        ("", 'data-theme-choice="auto"'),
    ],
)
def test_the_theme_of_the_cookie_is_in_the_page_from_the_server(rf, cookie, attributes):
    request = rf.get("/")
    request.COOKIES["theme"] = cookie
    assert theme_attributes({"request": request}) == attributes


def test_the_library_carries_every_part():
    source = (
        "{% load standing %}{{ 3|plural:'file' }} {% badge 'Late' 'bad' %} {% avatar 'Ines Calloway' %}"
        " {{ outcome|outcome_word }} {% sparkline numbers label='Files' %}"
    )
    shown = Template(source).render(Context({"outcome": "NOT_MET", "numbers": [1, 2, 3]}))
    assert "3 files" in shown
    assert "Not met" in shown
    assert "<polyline" in shown
