"""What a screening certificate must show, and whether one still agrees with what is on file. Pure.

Monthly screening is what the OIG recommends (Special Advisory Bulletin of 8 May 2013) and 42 CFR 455.436
asks of the states; a surveyor or a payer asks for the month's proof: which lists, everybody, what came of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from config.kernel import canonical

#: What of a certificate is counted again from rows nobody can change, and what to call it.
COUNTED = {
    "members": "members of the medical staff",
    "screened": "people screened",
    "missing": "people not screened",
    "names": "names",
    "comparisons": "comparisons of a name with a row",
}
_OF_LOAD = {"sha256": "hash of the file", "rows": "rows", "people": "people", "names": "names"}


def hash_of(content: Mapping[str, Any]) -> str:
    """sha256 (hex) of the content as canonical JSON."""
    return hashlib.sha256(canonical.canonical_bytes(content)).hexdigest()


def differences(said: Mapping[str, Any], counted: Mapping[str, Any]) -> list[str]:
    """Sentences about everything the certificate says otherwise than a new count of the same rows."""
    told = []
    if said["members"] != counted["members"]:
        told.append(_sentence("the facility", COUNTED["members"], said["members"], counted["members"]))
    there = {each["list"]: each for each in counted["lists"]}
    for each in said["lists"]:
        again = there.pop(each["list"], None)
        if again is None:
            told.append(f"Nobody was screened against {each['title']}; the certificate says so.")
            continue
        told += [
            _sentence(each["title"], words, each[name], again[name])
            for name, words in COUNTED.items()
            if name in each and each[name] != again[name]
        ]
        told += _loads(each, again)
    told += [f"The certificate leaves out {each['title']}." for each in there.values()]
    return told


def _loads(said: Mapping[str, Any], counted: Mapping[str, Any]) -> list[str]:
    there = {each["load"]: each for each in counted["loads"]}
    told = []
    for each in said["loads"]:
        where = f"load {each['load']} of {said['title']}"
        again = there.pop(each["load"], None)
        if again is None:
            told.append(f"Nobody was screened against {where}; the certificate says so.")
            continue
        told += [
            _sentence(where, words, each[name], again[name])
            for name, words in _OF_LOAD.items()
            if each[name] != again[name]
        ]
    return told + [f"The certificate leaves out load {number} of {said['title']}." for number in there]


def _sentence(where: str, what: str, said: Any, counted: Any) -> str:
    return f"{where[:1].upper()}{where[1:]}, {what}: the certificate says {said}, the rows on file {counted}."
