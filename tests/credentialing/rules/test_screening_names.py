"""Every name ever used, and the parts of double surnames."""

from credentialing.rules.screening_names import ScreenedName, hyphen_parts, names_to_screen


def test_whole_names_come_first_then_the_parts():
    names = [
        ScreenedName("Brightwater-Núñez", "Imogen", "A"),
        ScreenedName("Oldname", "Imogen", label="maiden"),
    ]
    assert [(name.last, name.label) for name in names_to_screen(names)] == [
        ("Brightwater-Núñez", "legal"),
        ("Oldname", "maiden"),
        ("Brightwater", "legal, part of Brightwater-Núñez"),
        ("Núñez", "legal, part of Brightwater-Núñez"),
    ]


def test_names_that_differ_in_writing_only_appear_once():
    names = [
        ScreenedName("O'Brien", "Zoë"),
        ScreenedName("OBRIEN", "ZOE", label="former"),
        ScreenedName("O’Brien Jr.", "Zoe", label="other"),
        ScreenedName("O'Brien", "Chloe", label="nickname"),
    ]
    assert [name.label for name in names_to_screen(names)] == ["legal", "nickname"]


def test_nothing_to_look_for():
    assert names_to_screen([]) == []
    assert names_to_screen([ScreenedName("", "Zoe")]) == []


def test_hyphen_parts():
    assert hyphen_parts("Garcia-Lopez Jr.") == ["Garcia", "Lopez"]
    assert hyphen_parts("Garcia‐Lopez") == ["Garcia", "Lopez"]
    assert hyphen_parts("Garcia") == []
    assert hyphen_parts("de la Cruz") == []
    assert hyphen_parts("-Cruz-") == []


def test_the_text_of_a_name():
    assert ScreenedName("Garcia", "Maria", "T").text == "Garcia, Maria T"
    assert ScreenedName("Garcia").text == "Garcia"
