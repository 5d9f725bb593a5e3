"""Names of people: taking them apart, writing them, and the form in which they are searched and compared.

Registries write names in capitals, put suffixes and degrees into the surname and lose accents. What is
stored is the name as people write it; what is searched is :func:`search_key`; what a source really said
stays in the evidence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


def word_set(words: str) -> frozenset[str]:
    """The words of a text as a set, for tables that are easier to read as prose."""
    return frozenset(words.split())


#: Generational suffixes: the search form and how it is written.
SUFFIXES = {
    "JR": "Jr.",
    "JUNIOR": "Jr.",
    "SR": "Sr.",
    "SENIOR": "Sr.",
    "II": "II",
    "2ND": "II",
    "III": "III",
    "3RD": "III",
    "IV": "IV",
    "4TH": "IV",
    "V": "V",
    "5TH": "V",
    "VI": "VI",
}

#: Degrees and certificates that registries put behind names: the search form and how it is written.
CREDENTIALS = {
    "MD": "MD", "DO": "DO", "MBBS": "MBBS", "MBCHB": "MBChB", "MDPHD": "MD, PhD", "PHD": "PhD",
    "PSYD": "PsyD", "EDD": "EdD", "DPM": "DPM", "DDS": "DDS", "DMD": "DMD", "OD": "OD", "DC": "DC",
    "DNP": "DNP", "PHARMD": "PharmD", "AUD": "AuD", "DPT": "DPT", "DVM": "DVM", "JD": "JD", "MBA": "MBA",
    "MPH": "MPH", "MHA": "MHA", "MSN": "MSN", "BSN": "BSN", "MS": "MS", "MSC": "MSc", "MA": "MA",
    "BS": "BS", "BA": "BA", "RN": "RN", "APRN": "APRN", "ARNP": "ARNP", "NP": "NP", "NPC": "NP-C",
    "FNP": "FNP", "FNPC": "FNP-C", "FNPBC": "FNP-BC", "ACNP": "ACNP", "ACNPBC": "ACNP-BC",
    "AGACNP": "AGACNP", "AGACNPBC": "AGACNP-BC", "PMHNP": "PMHNP", "PMHNPBC": "PMHNP-BC", "PNP": "PNP",
    "NNP": "NNP", "WHNP": "WHNP", "CNS": "CNS", "CNM": "CNM", "CRNA": "CRNA", "AA": "AA", "PA": "PA",
    "PAC": "PA-C", "LCSW": "LCSW", "LMFT": "LMFT", "LPC": "LPC", "MSW": "MSW", "RNFA": "RNFA", "RD": "RD",
    "FACS": "FACS", "FACOS": "FACOS", "FACP": "FACP", "FACC": "FACC", "FACOG": "FACOG", "FACEP": "FACEP",
    "FAAP": "FAAP", "FAAFP": "FAAFP", "FACR": "FACR", "FCCP": "FCCP", "FRCS": "FRCS", "FRCPC": "FRCPC",
    "ESQ": "Esq.",
}  # fmt: skip

#: Credentials that are also surnames: taken off a surname only behind a comma or when written with dots.
_ALSO_SURNAMES = frozenset({"MA", "BA", "AA", "OD", "MS"})
#: Families whose double surnames may end in Do; behind any other surname, DO is the degree.
_BEFORE_DO = word_set(
    """NGUYEN TRAN LE PHAM HUYNH HOANG PHAN VU VO DANG BUI HO NGO DUONG LY TRUONG DINH LAM MAI DOAN
    TRINH CAO TA LUONG THAI CHAU QUACH VAN THI"""
)

_APOSTROPHES = "'’‘ʼʹ`´ʻ＇"
_HYPHENS = "-‐‑‒–—―−"
_FOLD = str.maketrans(
    {
        "ß": "SS", "ẞ": "SS", "Æ": "AE", "æ": "AE", "Œ": "OE", "œ": "OE", "Ø": "O", "ø": "O", "Ł": "L",
        "ł": "L", "Đ": "D", "đ": "D", "Ð": "D", "ð": "D", "Þ": "TH", "þ": "TH", "ı": "I", "Ħ": "H",
        "ħ": "H", "Ŧ": "T", "ŧ": "T",
    }
)  # fmt: skip
_NOT_NAME = re.compile(r"[^0-9A-Z]+")
_APOSTROPHE_RUN = re.compile(f"[{_APOSTROPHES}]")


# --- the form in which names are searched and compared ------------------------------------------------


def fold(text: str) -> str:
    """Upper case without accents and ligatures, punctuation untouched (NFKD, then letters of their own)."""
    if text.isascii():  # nearly every name; a load folds millions
        return text.upper()
    decomposed = unicodedata.normalize("NFKD", text.translate(_FOLD))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).upper()


@lru_cache(maxsize=50_000)  # a file and the record it is compared with hold the same names
def search_key(text: str) -> str:
    """The one form in which names are stored for search: ``O’Brien-Núñez`` becomes ``OBRIEN NUNEZ``.

    Accents are dropped, apostrophes removed, every other punctuation is a space. Letters of scripts that
    have no Latin base are left out. Applying it twice changes nothing.
    """
    plain = fold(_APOSTROPHE_RUN.sub("", text))
    # NFKD may produce an apostrophe-like spacing mark; those were removed as combining or are punctuation.
    return " ".join(_NOT_NAME.sub(" ", plain).split())


def search_variants(text: str) -> tuple[str, ...]:
    """The forms under which people may type or print a name, the :func:`search_key` first.

    Apostrophes and hyphens each as a space and as nothing: ``O'Brien-Cruz`` gives ``OBRIEN CRUZ``,
    ``O BRIEN CRUZ`` and ``OBRIENCRUZ``.
    """
    spaced = " ".join(_NOT_NAME.sub(" ", fold(_APOSTROPHE_RUN.sub(" ", text))).split())
    key = search_key(text)
    return tuple(dict.fromkeys(form for form in (key, spaced, key.replace(" ", "")) if form))


#: Words before a name that are no part of it.
_TITLES = word_set("DR DOCTOR PROF PROFESSOR MR MRS")


def without_titles(text: str) -> str:
    """What people type for a name without “Dr.” before and degrees behind it: ``Dr. Choi, MD`` is ``Choi``.

    Words that are surnames as well (``Do``, ``Ma``) are taken off at the end alone, and never the last word
    that is left.
    """
    words = text.replace(",", " ").split()
    while len(words) > 1 and _bare(words[0]) in _TITLES:
        words = words[1:]
    while len(words) > 1 and _bare(words[-1]) in CREDENTIALS:
        words = words[:-1]
    return " ".join(words)


# --- taking names apart --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Surname:
    """A surname taken apart. ``suffix`` and ``credentials`` are in written form, empty when there is none."""

    surname: str
    suffix: str = ""
    credentials: tuple[str, ...] = ()


def split_surname(text: str) -> Surname:
    """Take generational suffixes and degrees off the end of a surname: ``SMITH JR., M.D.``.

    The first word is never taken: Ms Do and Mr V keep their names. A degree that is also a surname (MA; DO
    behind a Vietnamese surname) counts as one only behind a comma or when written with dots.
    """
    parts = [part for part in re.split(r"(,)|[\s]+", _squeeze(text).strip(" ,")) if part]
    suffix = ""
    credentials: list[str] = []
    while len(parts) > 1:
        last = parts[-1]
        if last == ",":
            parts.pop()
            continue
        key = _bare(last)
        behind_comma = "," in parts[1:-1]
        if key in SUFFIXES and not suffix:
            suffix = SUFFIXES[key]
        elif key in CREDENTIALS and (behind_comma or "." in last or not _may_be_surname(key, parts[-2])):
            credentials.insert(0, CREDENTIALS[key])
        elif key:
            break
        parts.pop()
    surname = " ".join(parts).replace(" ,", ",").strip(" ,")
    return Surname(surname, suffix, tuple(credentials))


def _may_be_surname(key: str, before: str) -> bool:
    return key in _ALSO_SURNAMES or (key == "DO" and _bare(before) in _BEFORE_DO)


def split_suffix_field(text: str) -> tuple[str, tuple[str, ...]]:
    """What a registry's suffix field holds: the written generational suffix and any degrees put there.

    ``--`` and other fillers are nothing; an unknown word is kept as the suffix, as it was written.
    """
    cleaned = _squeeze(text)
    suffix = ""
    credentials: list[str] = []
    unknown: list[str] = []
    for part in re.split(r"[\s,;/]+", cleaned):
        key = _bare(part)
        if not key:
            continue
        if key in SUFFIXES and not suffix:
            suffix = SUFFIXES[key]
        elif key in CREDENTIALS:
            credentials.append(CREDENTIALS[key])
        elif key not in SUFFIXES:
            unknown.append(part)
    return suffix or " ".join(unknown), tuple(credentials)


def tidy_credentials(text: str) -> str:
    """Degrees in the usual spelling, comma separated: ``M.D., PH.D`` gives ``MD, PhD``.

    Words that are not known stay as they were written; fillers (``--``) vanish; repeats are dropped.
    """
    written: list[str] = []
    for part in re.split(r"[,;/]+", _squeeze(text)):
        words = part.split()
        # "M. D." and "PH. D" are one credential written with spaces.
        whole = _bare(part)
        if whole in CREDENTIALS:
            words = [part]
        for word in words:
            key = _bare(word)
            if key:
                written.append(CREDENTIALS.get(key, word.strip(".")))
    return ", ".join(dict.fromkeys(written))


def _bare(word: str) -> str:
    return _NOT_NAME.sub("", fold(word))


def _squeeze(text: str | None) -> str:
    return " ".join((text or "").split())


# --- writing names -------------------------------------------------------------------------------------

_PARTICLES = frozenset(
    {
     "DE", "DEL", "DELLA", "DA", "DAS", "DO", "DOS", "DU", "DER", "DEN", "TER", "TEN", "VON", "ZU", "ZUM",
     "ZUR", "AF", "Y", "E", "BIN", "IBN", "BINT",
}
)  # fmt: skip
#: Lower case only right after another particle: de la Cruz, van der Berg; alone it is Van Buren and La Rosa.
_SECOND_PARTICLES = frozenset({"LA", "LAS", "LOS", "LE", "EL"})
_LEADS_TO_PARTICLE = frozenset({"VAN"})
_ROMAN = frozenset({"II", "III", "IV", "VI", "VII", "VIII"})
_ELIDED = frozenset({"O", "D", "L", "N", "M", "DE", "DELL", "DALL", "NELL", "SANT"})
_MAC_STEMS = word_set(
    """ADAM ALISTER ALLISTER ARTHUR AULAY BETH BRIDE CALLUM CARTHY CORMACK DERMOTT DONALD DONNELL DOUGAL
    DOUGALL DOWELL DUFF EWAN EWEN FADYEN FARLAND FARLANE GILLIVRAY GOWAN GREGOR INNES INNIS INTOSH
    INTYRE IVER KAY KENNA KENZIE KINLEY KINNON LACHLAN LAREN LAUGHLIN LEAN LEISH LELLAN LEOD MAHON MANUS
    MASTER MILLAN MULLEN MURRAY NAB NAIR NAMARA NEIL NEILL NICHOL PHAIL PHEE PHERSON QUARRIE QUEEN RAE
    SWAIN TAGGART TAVISH VICAR WHIRTER WILLIAM WILLIAMS"""
)


@lru_cache(maxsize=20_000)  # a registry's file repeats the same given names, towns and states
def title_case(text: str, *, given: bool = False) -> str:
    """A registry's ALL-CAPS name as people write it: McDonald, O'Brien, de la Cruz, Garcia-Lopez, II.

    Text that already holds a lower-case letter was written by someone who knew, and is left alone but for
    spaces. ``given=True`` is for first and middle names: no particle begins them, and initials without a
    vowel (TJ) stay capitals.
    """
    cleaned = _squeeze(text)
    if any(character.islower() for character in cleaned):
        return cleaned
    words = cleaned.split(" ")
    written: list[str] = []
    for index, word in enumerate(words):
        before = _bare(words[index - 1]) if index else ""
        after = _bare(words[index + 1]) if index + 1 < len(words) else ""
        written.append(_word(word, before, after, first=index == 0, given=given))
    return " ".join(written)


def _word(word: str, before: str, after: str, *, first: bool, given: bool) -> str:
    bare = _bare(word)
    if before and bare in _ROMAN and not after:
        return word
    if before and bare in ("JR", "SR") and not after:
        return SUFFIXES[bare]
    if after and not (given and first):
        if bare in _PARTICLES and after not in SUFFIXES:
            return word.lower()
        if bare in _SECOND_PARTICLES and (before in _PARTICLES or before in _LEADS_TO_PARTICLE):
            return word.lower()
        if bare in _LEADS_TO_PARTICLE and (after in _PARTICLES or after in _SECOND_PARTICLES):
            return word.lower()
    if given and len(bare) == 2 and not set(bare) & set("AEIOUY"):
        return word
    return re.sub(f"[^{_HYPHENS}/]+", lambda match: _part(match.group()), word)


def _part(part: str) -> str:
    apostrophe = _APOSTROPHE_RUN.search(part)
    if apostrophe and 0 < apostrophe.start() < len(part) - 1:
        head, mark, tail = part[: apostrophe.start()], apostrophe.group(), part[apostrophe.end() :]
        tail = _part(tail) if fold(head) in _ELIDED else tail.lower()
        return _capital(head) + mark + tail
    if "." in part[:-1]:
        return ".".join(_capital(piece) for piece in part.split("."))
    folded = fold(part)
    if folded.startswith("MC") and len(folded) > 3:
        return "Mc" + _capital(part[2:])
    if folded.startswith("MAC") and folded[3:] in _MAC_STEMS:
        return "Mac" + _capital(part[3:])
    return _capital(part)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:].lower()


def display_name(
    *, last: str, first: str = "", middle: str = "", suffix: str = "", credential: str = ""
) -> str:
    """The name as lists show it, surname first: ``Garcia-Lopez, Maria T., Jr., MD``."""
    given = " ".join(part for part in (_squeeze(first), _with_dots(middle)) if part)
    return ", ".join(
        part for part in (_squeeze(last), given, _squeeze(suffix), tidy_credentials(credential)) if part
    )


def formal_name(
    *, last: str, first: str = "", middle: str = "", suffix: str = "", credential: str = ""
) -> str:
    """The name as letters address it: ``Maria T. Garcia-Lopez, Jr., MD``; ``II`` takes no comma."""
    name = " ".join(part for part in (_squeeze(first), _with_dots(middle), _squeeze(last)) if part)
    generation = _squeeze(suffix)
    if generation:
        name += (
            f" {generation}" if _bare(generation) in SUFFIXES and generation.isupper() else f", {generation}"
        )
    credentials = tidy_credentials(credential)
    return f"{name}, {credentials}" if credentials else name


def sort_name(*, last: str, first: str = "", middle: str = "", suffix: str = "") -> str:
    """The key by which lists are sorted: search forms of last, first and middle name, then the suffix."""
    return " ".join(part for part in (search_key(part) for part in (last, first, middle, suffix)) if part)


def _with_dots(middle: str) -> str:
    """Middle names with a dot behind every bare initial."""
    return " ".join(f"{word}." if len(word) == 1 else word for word in _squeeze(middle).split(" "))
