"""The forms sent to peers and other hospitals: one YAML file per form and version, in our own words."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from config.kernel.yaml_files import read_yaml
from credentialing.choices import Element
from credentialing.elements import AFFILIATIONS
from credentialing.rules.enquiries import read_form

FOLDER = Path(__file__).parent
#: Which form asks about which element.
FORMS: dict[str, str] = {
    Element.PEER_REFERENCE: "peer_reference",
    **dict.fromkeys(sorted(AFFILIATIONS), "affiliation"),
}


@cache
def _all_forms() -> dict[str, list[dict[str, Any]]]:
    """Every form as written, by its code, the oldest version first."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        written = read_yaml(path)
        read_form(written)
        found.setdefault(written["code"], []).append(written)
    for versions in found.values():
        versions.sort(key=lambda each: each["version"])
    return found


def current_form(element: str) -> dict[str, Any] | None:
    """The newest form that asks about the element, as written; None where there is none."""
    code = FORMS.get(element)
    return _all_forms()[code][-1] if code else None
