"""The indicators of ongoing evaluation: loaded from YAML, the product's examples or the hospital's own."""

from __future__ import annotations

import re
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


_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
LONGEST_NAME, LONGEST_PER = 200, 60
#: What the columns hold: a percentage, or a count in one cycle.
MOST = Decimal(999_999)


@transaction.atomic
def load_indicators(*, actor, paths: Sequence[Path] | None = None) -> dict[str, int]:
    """Load indicators; those there already are left as they are. Refused: a file that says something else
    than indicators, with its name, the line and what is wrong there; nothing is loaded then.
    """
    require(actor, "privileging.manage_oppe")
    counts = {"added": 0, "unchanged": 0}
    forms = {form.code: form for form in PrivilegeForm.objects.all()}
    have = set(OPPEIndicator.objects.values_list("code", flat=True))
    for path in paths or sorted(EXAMPLES.glob("*.yaml")):
        named_at: dict[str, int] = {}
        for line, entry in _read(path):
            where = f"{path.name}, line {line}"
            values, named = _entry(entry, where)
            code = values["code"]
            if code in named_at:
                raise Refused(f"{where}: {code} stands in line {named_at[code]} already.")
            named_at[code] = line
            if code in have:
                counts["unchanged"] += 1
                continue
            indicator = OPPEIndicator(**values, example=paths is None)
            indicator.save(force_insert=True)
            # A form the hospital did not load has nobody to compare.
            indicator.forms.set([forms[each] for each in named if each in forms])
            if named and not any(each in forms for each in named):
                indicator.retired = True
                indicator.save(update_fields=["retired"])
            have.add(indicator.code)
            counts["added"] += 1
            record_event(actor=actor, verb="oppe.indicator_added", subject=indicator)
    return counts


def _read(path: Path) -> list[tuple[int, Any]]:
    """The entries of a file, each with the line it begins on."""
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        if isinstance(node, yaml.SequenceNode):
            return [
                (each.start_mark.line + 1, loader.construct_object(each, deep=True)) for each in node.value
            ]
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise Refused(f"{path.name}{line}: this is no YAML ({problem.problem or problem.context}).") from None
    except yaml.YAMLError as problem:
        raise Refused(f"{path.name}: this is no YAML ({str(problem).splitlines()[0]}).") from None
    except UnicodeDecodeError:
        raise Refused(f"{path.name}: the file is not text in UTF-8.") from None
    except OSError as problem:
        raise Refused(f"{path.name} cannot be read: {problem.strerror}.") from None
    except (ValueError, RecursionError):  # a day that is none, nesting without end
        raise Refused(f"{path.name}: a value in it cannot be read.") from None
    raise Refused(f"{path.name}: expected a list of indicators.")


def _entry(entry: Any, where: str) -> tuple[dict[str, Any], list[str]]:
    if not isinstance(entry, dict) or not {"code", "name", "kind"} <= set(entry):
        raise Refused(f"{where}: expected code, name and kind.")
    if unknown := set(entry) - _KEYS:
        raise Refused(f"{where}: unknown key {sorted(map(str, unknown))[0]}.")
    if entry["kind"] not in IndicatorKind.values:
        raise Refused(f"{where}: kind is one of {', '.join(IndicatorKind.values)}.")
    if not _CODE.fullmatch(str(entry["code"])):
        raise Refused(f"{where}: code has 1 to 40 letters, digits and dashes.")
    rate = entry["kind"] == IndicatorKind.RATE
    if rate and not entry.get("per"):
        raise Refused(f"{where}: a rate says per what.")
    if not isinstance(entry.get("higher_is_better", False), bool):
        raise Refused(f"{where}: higher_is_better is true or false.")
    forms = entry.get("forms") or []
    if not isinstance(forms, list) or not all(isinstance(each, str) for each in forms):
        raise Refused(f"{where}: forms is a list of codes, like [GS, OR].")
    values = {
        "code": str(entry["code"]),
        "name": _text(entry, "name", LONGEST_NAME, where),
        "kind": entry["kind"],
        "per": _text(entry, "per", LONGEST_PER, where) if entry.get("per") else "",
        "higher_is_better": entry.get("higher_is_better", False),
    }
    for key in ("target", "trigger_at"):
        if entry.get(key) is not None:
            values[key] = _number(entry[key], key, Decimal(100) if rate else MOST, where)
    return values, forms


def _text(entry: dict[str, Any], key: str, longest: int, where: str) -> str:
    text = entry[key].strip() if isinstance(entry[key], str) else ""
    if not 0 < len(text) <= longest:
        raise Refused(f"{where}: {key} is a text of 1 to {longest} characters.")
    return text


def _number(value: Any, key: str, most: Decimal, where: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Refused(f"{where}: {key} is no number.") from None
    if not number.is_finite() or not 0 <= number <= most:
        raise Refused(f"{where}: {key} lies between 0 and {most:,}.")
    return number
