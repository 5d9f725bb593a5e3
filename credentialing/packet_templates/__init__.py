"""What packets ask: one YAML file per template and version, in our own words."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from config.kernel.yaml_files import read_yaml
from credentialing.rules.packets import BadTemplate, read_template

FOLDER = Path(__file__).parent


def load_templates(folder: Path = FOLDER) -> dict[str, list[dict[str, Any]]]:
    """Every template of the folder as written, by its code, the oldest version first.

    Raises ``BadTemplate`` naming the file, the section and what is wrong with it.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.yaml")):
        written = read_yaml(path)
        try:
            template = read_template(written)
        except (BadTemplate, KeyError, TypeError, ValueError) as problem:
            raise BadTemplate(f"{path.name}: {problem}") from problem
        versions = found.setdefault(template.code, [])
        if any(each["version"] == template.version for each in versions):
            raise BadTemplate(f"{path.name}: version {template.version} of {template.code} is there already")
        versions.append(written)
    for versions in found.values():
        versions.sort(key=lambda each: each["version"])
    return found


@cache
def shipped_templates() -> dict[str, list[dict[str, Any]]]:
    """Every template that is shipped, by its code, the oldest version first."""
    return load_templates()
