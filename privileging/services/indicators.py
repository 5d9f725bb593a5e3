"""The indicators of ongoing evaluation: loaded from YAML, the product's examples or the hospital's own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel.errors import Refused
from privileging.choices import IndicatorKind
from privileging.models import OPPEIndicator, PrivilegeForm

EXAMPLES = Path(__file__).resolve().parents[1] / "indicators"
_KEYS = {"code", "name", "kind", "per", "forms", "higher_is_better", "target", "trigger_at"}


@transaction.atomic
def load_indicators(*, actor, paths: Sequence[Path] | None = None) -> dict[str, int]:
    """Load indicators; those there already are left as they are. Refused: a file that says something else
    than indicators, with its name and the entry that is wrong; nothing is loaded then.
    """
    require(actor, "privileging.manage_oppe")
    counts = {"added": 0, "unchanged": 0}
    forms = {form.code: form for form in PrivilegeForm.objects.all()}
    have = set(OPPEIndicator.objects.values_list("code", flat=True))
    for path in paths or sorted(EXAMPLES.glob("*.yaml")):
        for number, entry in enumerate(_read(path), start=1):
            values, named = _entry(entry, f"{path.name}, entry {number}")
            if values["code"] in have:
                counts["unchanged"] += 1
                continue
            indicator = OPPEIndicator(**values, example=paths is None)
            indicator.save(force_insert=True)
            # A form the hospital did not load has nobody to compare.
            indicator.forms.set([forms[code] for code in named if code in forms])
            if named and not any(code in forms for code in named):
                indicator.retired = True
                indicator.save(update_fields=["retired"])
            have.add(indicator.code)
            counts["added"] += 1
            record_event(actor=actor, verb="oppe.indicator_added", subject=indicator)
    return counts


def _read(path: Path) -> list[Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise Refused(f"{path.name} cannot be read: {problem}") from None
    if not isinstance(found, list):
        raise Refused(f"{path.name}: expected a list of indicators.")
    return found


def _entry(entry: Any, where: str) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(entry, dict) or not {"code", "name", "kind"} <= set(entry):
        raise Refused(f"{where}: expected code, name and kind.")
    if unknown := set(entry) - _KEYS:
        raise Refused(f"{where}: unknown key {sorted(map(str, unknown))[0]}.")
    if entry["kind"] not in IndicatorKind.values:
        raise Refused(f"{where}: kind is one of {', '.join(IndicatorKind.values)}.")
    if entry["kind"] == IndicatorKind.RATE and not entry.get("per"):
        raise Refused(f"{where}: a rate says per what.")
    values = {
        "code": str(entry["code"]),
        "name": str(entry["name"]),
        "kind": entry["kind"],
        "per": str(entry.get("per") or ""),
        "higher_is_better": bool(entry.get("higher_is_better")),
    }
    for key in ("target", "trigger_at"):
        if entry.get(key) is not None:
            try:
                values[key] = Decimal(str(entry[key]))
            except InvalidOperation:
                raise Refused(f"{where}: {key} is no number.") from None
    return values, [str(each) for each in entry.get("forms") or ()]
