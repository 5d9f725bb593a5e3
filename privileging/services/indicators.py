"""The indicators of ongoing evaluation: loaded from YAML (the product's examples, or the hospital's own), or
added and changed one by one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from config.accounts.policies import facilities_with, require
from config.audit.services.events import record_event
from config.kernel.errors import Forbidden, Refused
from privileging.choices import IndicatorKind
from privileging.models import OPPECycle, OPPEIndicator, PrivilegeForm

MANAGE = "privileging.manage_oppe"
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
    require_indicators(actor)
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
    try:
        return _checked(entry)
    except Refused as refused:
        raise Refused(f"{where}: {refused.sentence}") from None


def _checked(entry: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The values of an indicator and the codes of its forms; what is wrong is refused at its field."""
    if entry["kind"] not in IndicatorKind.values:
        raise Refused(f"kind is one of {', '.join(IndicatorKind.values)}.", field="kind")
    if not _CODE.fullmatch(str(entry["code"])):
        raise Refused("code has 1 to 40 letters, digits and dashes.", field="code")
    rate = entry["kind"] == IndicatorKind.RATE
    if rate and not entry.get("per"):
        raise Refused("a rate says per what.", field="per")
    if not isinstance(entry.get("higher_is_better", False), bool):
        raise Refused("higher_is_better is true or false.", field="higher_is_better")
    forms = entry.get("forms") or []
    if not isinstance(forms, list) or not all(isinstance(each, str) for each in forms):
        raise Refused("forms is a list of codes, like [GS, OR].", field="forms")
    values = {
        "code": str(entry["code"]),
        "name": _text(entry, "name", LONGEST_NAME),
        "kind": entry["kind"],
        "per": _text(entry, "per", LONGEST_PER) if entry.get("per") else "",
        "higher_is_better": entry.get("higher_is_better", False),
    }
    for key in ("target", "trigger_at"):
        if entry.get(key) is not None:
            values[key] = _number(entry[key], key, Decimal(100) if rate else MOST)
    return values, forms


def _text(entry: Mapping[str, Any], key: str, longest: int) -> str:
    text = entry[key].strip() if isinstance(entry[key], str) else ""
    if not 0 < len(text) <= longest:
        raise Refused(f"{key} is a text of 1 to {longest} characters.", field=key)
    return text


def _number(value: Any, key: str, most: Decimal) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Refused(f"{key} is no number.", field=key) from None
    if not number.is_finite() or not 0 <= number <= most:
        raise Refused(f"{key} lies between 0 and {most:,}.", field=key)
    return number


# --- one of them ----------------------------------------------------------------------------------------


@transaction.atomic
def add_indicator(
    *,
    actor,
    code: str,
    name: str,
    kind: str,
    forms: Sequence[PrivilegeForm] = (),
    per: str = "",
    higher_is_better: bool = False,
    target: Decimal | None = None,
    trigger_at: Decimal | None = None,
) -> OPPEIndicator:
    """One more indicator, for the specialties of ``forms`` (none: for everybody). ``target`` and
    ``trigger_at`` are a rate in percent or a count in one cycle; a person looks at a count from
    ``trigger_at`` on, and a rate has none.
    """
    require_indicators(actor)
    values = _of_page(code, name, kind, per, higher_is_better, target, trigger_at)
    if OPPEIndicator.objects.filter(code=values["code"]).exists():
        raise Refused(f"There is an indicator with the code {values['code']} already.", field="code")
    indicator = OPPEIndicator.objects.create(**values)
    indicator.forms.set(forms)
    record_event(actor=actor, verb="oppe.indicator_added", subject=indicator)
    return indicator


@transaction.atomic
def change_indicator(
    *,
    actor,
    indicator: OPPEIndicator,
    name: str,
    forms: Sequence[PrivilegeForm] = (),
    per: str = "",
    higher_is_better: bool = False,
    target: Decimal | None = None,
    trigger_at: Decimal | None = None,
    retired: bool = False,
) -> OPPEIndicator:
    """Change an indicator, or retire it: it then stands on no further profile and takes no values. Its code
    and kind stay, for deliveries name the one and their numbers rest on the other. A signed profile keeps the
    indicator as it was signed.
    """
    require_indicators(actor)
    indicator = OPPEIndicator.objects.select_for_update().get(pk=indicator.pk)
    values = _of_page(indicator.code, name, indicator.kind, per, higher_is_better, target, trigger_at)
    before = _told(indicator)
    for key, value in values.items():
        setattr(indicator, key, value)
    indicator.retired, indicator.example = retired, False  # whoever changes it makes it their own
    indicator.save()
    indicator.forms.set(forms)
    after = _told(indicator)
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if not changed:
        raise Refused("Nothing is changed.")
    record_event(actor=actor, verb="oppe.indicator_changed", subject=indicator, data=changed)
    return indicator


def require_indicators(actor) -> None:
    """Refuse unless the actor runs ongoing evaluation wherever a cycle was opened: indicators are one for all
    hospitals.
    """
    require(actor, MANAGE)
    places = set(OPPECycle.objects.order_by().values_list("facility", flat=True).distinct())
    if places - set(facilities_with(actor, MANAGE)):
        raise Forbidden(
            "The indicators are one for all hospitals that evaluate by them, and your role does not run "
            "ongoing evaluation at each of them."
        )


def _of_page(
    code: str,
    name: str,
    kind: str,
    per: str,
    higher_is_better: bool,
    target: Decimal | None,
    trigger_at: Decimal | None,
) -> dict[str, Any]:
    """The values of an indicator as a page states them, checked like those of a file; what is left empty is
    set to be empty.
    """
    rate = kind == IndicatorKind.RATE
    try:
        values, _ = _checked(
            {
                "code": code,
                "name": name,
                "kind": kind,
                "per": per,
                "higher_is_better": higher_is_better,
                "target": target,
                "trigger_at": trigger_at,
            }
        )
    except Refused as refused:
        named = f"{refused.field} "  # the field has a label of its own
        sentence = refused.sentence
        sentence = f"it {sentence.removeprefix(named)}" if sentence.startswith(named) else sentence
        raise Refused(sentence[:1].upper() + sentence[1:], field=refused.field) from None
    if not rate and per.strip():
        raise Refused("Only a rate is per something; leave it empty.", field="per")
    if rate and trigger_at is not None:
        raise Refused(
            "Of a rate the peers say when somebody looks at it; leave it empty.", field="trigger_at"
        )
    return {"target": None, "trigger_at": None} | values


def _told(indicator: OPPEIndicator) -> dict[str, Any]:
    """What is said of an indicator in the audit trail."""
    return {
        "name": indicator.name,
        "per": indicator.per,
        "higher_is_better": indicator.higher_is_better,
        "target": None if indicator.target is None else str(indicator.target.normalize()),
        "trigger_at": None if indicator.trigger_at is None else str(indicator.trigger_at.normalize()),
        "retired": indicator.retired,
        "forms": sorted(form.code for form in indicator.forms.all()),
    }
