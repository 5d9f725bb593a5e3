"""Articles, sections and lettered provisions: how they are read, their keys, and what a citation names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bylaws.rules.citations import Citable, citation_of, cited_in
from bylaws.rules.document_diff import differences
from bylaws.rules.policy_text import carry_keys, fill, outline_of, parents_of, sections_of
from bylaws.templatetags.documents import changed_words, section_words
from config.kernel.word_diff import word_diff

BYLAWS = """\
# Article XII Meetings

## 12.1 General
The staff meets.

(a) Once a year.

(i) In person.

(ii) Or remotely.

(b) When called.
(c) When asked.

It is recorded.

## 12.2 Quorum
Half of the members.

# Article XIII - Confidentiality

## Section 1. Records
Records are kept.

# Appendix A Forms
"""


def keys(body):
    return [each.key for each in sections_of(body)]


def test_articles_sections_and_letters_have_numbers_keys_and_depth():
    sections = sections_of(BYLAWS)
    assert [(each.key, each.level, each.title) for each in sections] == [
        ("12", 1, "Article XII Meetings"),
        ("12.1", 2, "12.1 General"),
        ("12.1(a)", 3, "12.1(a)"),
        ("12.1(a)(i)", 4, "12.1(a)(i)"),
        ("12.1(a)(ii)", 4, "12.1(a)(ii)"),
        ("12.1(b)", 3, "12.1(b)"),
        ("12.1(c)", 3, "12.1(c)"),
        ("12.2", 2, "12.2 Quorum"),
        ("13", 1, "Article XIII Confidentiality"),
        ("13.1", 2, "Section 1 Records"),
        ("appendix-A", 1, "Appendix A Forms"),
    ]
    assert sections[6].text == "When asked.\nIt is recorded."
    parents = [each.key if each else "" for each in parents_of(sections)]
    assert parents[3] == "12.1(a)"
    assert parents[9] == "13"


@pytest.mark.parametrize(
    ("letters", "numbers"),
    [
        (["a", "b", "i", "ii", "c"], ["(a)", "(b)", "(b)(i)", "(b)(ii)", "(c)"]),
        (["g", "h", "i", "j"], ["(g)", "(h)", "(i)", "(j)"]),
        (["1", "2", "a", "b", "3"], ["(1)", "(2)", "(2)(a)", "(2)(b)", "(3)"]),
        (["a", "1", "i", "ii", "2", "b"], ["(a)", "(a)(1)", "(a)(1)(i)", "(a)(1)(ii)", "(a)(2)", "(b)"]),
    ],
)
def test_letters_nest_by_what_follows_what(letters, numbers):
    body = "# Article 1 A\n\n" + "\n\n".join(f"({each}) Words." for each in letters)
    assert [each.number for each in sections_of(body)[1:]] == [f"1{each}" for each in numbers]


def test_a_word_in_brackets_is_no_letter_and_a_line_within_a_paragraph_none():
    (section,) = sections_of("# Article 1 A\n(if) it is so\n\nas said in\n(a) of it")
    assert section.text == "(if) it is so\nas said in (a) of it"


def test_a_section_put_in_between_changes_no_other_key():
    before = carry_keys("", BYLAWS)
    after = BYLAWS.replace("## 12.2 Quorum", "## 12.2 Notice\nTen days.\n\n## 12.3 Quorum")
    kept = carry_keys(before, after)
    found = {each.title: each.key for each in sections_of(kept)}
    assert found["12.3 Quorum"] == "12.2"
    assert found["12.2 Notice"] == "12.2-2"
    assert "## 12.3 Quorum {#12.2}" in kept
    again = carry_keys(kept, kept.replace("Half", "A third"))
    assert keys(again) == keys(kept), "what is pinned stays"
    plain = sections_of(carry_keys(kept, after))  # imported anew, without the marks
    assert [each.key for each in plain] == keys(kept)


def test_a_letter_put_in_between_and_a_new_heading_keep_the_others():
    after = BYLAWS.replace("(b) When called.\n(c) When", "(b) Each spring.\n(c) When called.\n(d) When")
    kept = {each.text.split("\n")[0]: each.key for each in sections_of(carry_keys(BYLAWS, after))}
    assert kept["When called."] == "12.1(b)"
    assert kept["When asked."] == "12.1(c)"
    assert kept["Each spring."] == "12.1(b)-2"
    renamed = carry_keys(BYLAWS, BYLAWS.replace("12.2 Quorum", "12.2 Quorum and presence"))
    assert keys(renamed) == keys(BYLAWS)


TITLES = st.lists(st.sampled_from(["Purpose", "Scope", "Duties", "Terms", "Notice", "Votes"]), unique=True)


@given(titles=TITLES, fresh=st.integers(0, 6))
def test_whatever_is_put_in_anywhere_every_old_section_keeps_its_key(titles, fresh):
    def numbered(names):
        return "# Article 1 All\n" + "".join(
            f"\n## 1.{count} {name}\nOn {name}.\n" for count, name in enumerate(names, 1)
        )

    before = numbered(titles)
    after = numbered([*titles[:fresh], "Entirely new", *titles[fresh:]])
    kept = {each.heading: each.key for each in sections_of(carry_keys(before, after))}
    assert {each.heading: each.key for each in sections_of(before)}.items() <= kept.items()
    assert len(set(kept.values())) == len(kept)


def test_two_versions_are_compared_by_keys_and_words():
    older = BYLAWS
    newer = carry_keys(
        older,
        BYLAWS.replace("Half of the members.", "A third of the members.")
        .replace("## 12.2 Quorum", "## 12.2 Notice\nTen days.\n\n## 12.3 Quorum")
        .replace("(c) When asked.", "")
        .replace("It is recorded.", "")
        .replace("# Article XIII", "# Article XIV"),
    )
    found = {each.key: each for each in differences(sections_of(older), sections_of(newer))}
    assert {key: each.change.value for key, each in found.items()} == {
        "12.1(c)": "gone",
        "12.2-2": "new",
        "12.2": "changed",
        "13": "renumbered",
    }
    assert found["12.2"].was_title == "12.2 Quorum"
    assert [(each.kind, each.text) for each in found["12.2"].words] == [
        ("gone", "Half "),
        ("new", "A third "),
        ("same", "of the members."),
    ]
    assert differences(sections_of(older), sections_of(older)) == []


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_word_diff_gives_both_texts_back(was, now):
    found = word_diff(was, now)
    assert "".join(each.text for each in found if each.kind != "new") == was
    assert "".join(each.text for each in found if each.kind != "gone") == now


DOCUMENTS = [
    Citable(1, "MS-01", "Medical Staff Bylaws", "bylaws", outline_of(sections_of(BYLAWS))),
    Citable(2, "CR-01", "Verification", "policy", outline_of(sections_of("## 3.2 Age\nA\n## Scope\nB"))),
    Citable(
        3,
        "MS-02",
        "Medical Staff Bylaws of the Annex",
        "rules",
        outline_of(sections_of("# Article 12 Other\nA")),
    ),
]


@pytest.mark.parametrize(
    ("citation", "names"),
    [
        ("Medical Staff Bylaws 12.1(b)", (1, "12.1(b)")),
        ("Medical Staff Bylaws, article XII (voting)", (1, "12")),
        ("Medical Staff Bylaws, article 12 (quorum of committees)", (1, "12")),
        ("Bylaws 12.2", (1, "12.2")),
        ("Bylaws 12.9(b)", (1, "12")),
        ("Medical Staff Bylaws, article on hearings and appeals", (1, "")),
        ("Medical Staff Bylaws of the Annex, article 12", (3, "12")),
        ("CR-01 Verification 3.2", (2, "3.2")),
        ("CR-01, 3.2", (2, "3.2")),
        ("Policy CR-01", (2, "")),
        ("Verification, Scope (provision scope)", (2, "scope")),
        ("Bylaws of the governing body (quorum)", None),
        ("42 USC 11112(b)(2)", None),
        ("CR-011 3.2", None),
        ("", None),
    ],
)
def test_a_citation_names_a_section_or_is_text(citation, names):
    found = cited_in(citation, DOCUMENTS)
    assert (found and (found.uid, found.key)) == names


def test_a_citation_written_here_is_found_again_whatever_the_number_is():
    renumbered = sections_of(
        carry_keys(BYLAWS, BYLAWS.replace("## 12.2 Quorum", "## 12.2 Notice\nTen days.\n\n## 12.3 Quorum"))
    )
    document = Citable(1, "MS-01", "Medical Staff Bylaws", "bylaws", outline_of(renumbered))
    for section in document.outline:
        written = citation_of(document, section)
        assert cited_in(written, [document]).key == section["key"], written
    policy = DOCUMENTS[1]
    assert citation_of(policy, policy.outline[1]) == "CR-01 Verification, Scope (provision scope)"
    assert citation_of(policy, None) == "CR-01 Verification"


def test_words_are_drawn_escaped_and_what_changed_is_marked():
    body = "# Article 1 <b>A</b>\n(a) One & {a.days}.\n\n(b)\n\n- <i>x</i>\n"
    first, second, third = fill(sections_of(body), {("a.days", ""): "<2> days"})
    assert section_words(first) == ""
    assert section_words(second) == (
        '<p><a class="provision-letter" href="#section-1(a)" aria-label="Link to 1(a)">(a)</a> '
        "One &amp; <strong>&lt;2&gt; days</strong>.</p>"
    )
    assert section_words(third) == (
        '<p><a class="provision-letter" href="#section-1(b)" aria-label="Link to 1(b)">(b)</a> </p>'
        "<ul><li>&lt;i&gt;x&lt;/i&gt;</li></ul>"
    )
    assert changed_words(word_diff("a <b>\nc", "a <d>\nc")) == ("a &lt;<del>b</del><ins>d</ins>&gt;<br>c")
