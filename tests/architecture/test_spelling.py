"""What people read is spelled as in the United States, where the hospitals are."""

from __future__ import annotations

import pytest

from tests.spelling import ROOT, american, british, files, is_read, of_python, of_template, of_yaml


def test_templates_labels_and_sentences_are_american():
    found = [f"{path.relative_to(ROOT)}:{each}" for path, change in files() for each in british(path, change)]
    assert found == [], "python -m tests.spelling --write"


@pytest.mark.parametrize(
    ("change", "source", "wanted"),
    [
        (american, "Licence of {licence}, LICENCES", "License of {licence}, LICENSES"),
        (of_python, 'A = "licence", "Licence"\n', 'A = "licence", "License"\n'),
        (of_python, 'def f():\n    """A licence."""\n', 'def f():\n    """A licence."""\n'),
        (of_python, 'A = "SELECT licence FROM x"\n', 'A = "SELECT licence FROM x"\n'),
        (of_template, '<p id="licence">{{ licence }} licence', '<p id="licence">{{ licence }} license'),
        (of_template, '{% include "x" with label="Licence" %}', '{% include "x" with label="License" %}'),
        (of_yaml, "licence: A licence\n", "licence: A license\n"),
    ],
)  # fmt: skip
def test_the_words_change_and_the_names_stay(change, source, wanted):
    assert change(source) == wanted


def test_what_is_read():
    assert [text for text in ("licence", "Licence", "a licence", "LICENCE", "a > b") if is_read(text)] == [
        "Licence",
        "a licence",
    ]
