"""The indicators of ongoing evaluation: loaded from YAML (the product's examples, or the hospital's own), or
added and changed one by one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction

from config.accounts.policies import facilities_with, may, require
from config.audit.services.events import record_event
from config.kernel.errors import Forbidden, Refused
from privileging.models import OPPECycle, OPPEIndicator, PrivilegeForm
from privileging.rules.indicators_file import (
    FileMistake,
    Stated,
    checked,
    read_indicators,
    text_of_indicators,
)

MANAGE = "privileging.manage_oppe"
EXAMPLES = Path(__file__).resolve().parents[1] / "indicators"


@dataclass(frozen=True)
class IndicatorsLooked:
    """What a file of indicators would do: its mistakes, else what is new and what it says otherwise.

    ``changed`` has the code of each with what it is now and what the file says, by field.
    """

    mistakes: Sequence[FileMistake] = ()
    added: Sequence[Stated] = ()
    changed: Sequence[tuple[str, Mapping[str, Sequence[Any]]]] = ()
    unchanged: int = 0


def look_at_indicators(*, actor, text: str) -> IndicatorsLooked:
    """What loading the hospital's own file would do; writes nothing. Four queries."""
    require_indicators(actor)
    return _look(text)[0]


@transaction.atomic
def load_indicator_text(*, actor, text: str, name: str = "") -> dict[str, int]:
    """Bring the hospital's own file in, all of it or nothing: what is new is added, what it says otherwise is
    changed. Indicators it does not name stay as they are, and so does what a chair signed.

    Refused at the first mistake, by line and field, with the ``name`` of the file.
    """
    require_indicators(actor)
    list(OPPEIndicator.objects.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    looked, stated = _look(text)
    if looked.mistakes:
        raise Refused(", ".join(filter(None, (name, str(looked.mistakes[0])))), field="file")
    changed = {code for code, _ in looked.changed}
    have = {each.code: each for each in OPPEIndicator.objects.prefetch_related("forms")}
    forms = {form.code: form for form in PrivilegeForm.objects.all()}
    for each in stated:
        indicator = have.get(each.code)
        if indicator is not None and each.code not in changed:
            continue
        before = None if indicator is None else _told(indicator)
        indicator = indicator or OPPEIndicator()
        for key, value in each.values.items():
            setattr(indicator, key, value)
        indicator.example = False
        indicator.save()
        indicator.forms.set([forms[code] for code in each.forms])
        if before is None:
            record_event(actor=actor, verb="oppe.indicator_added", subject=indicator)
        else:
            _record_change(actor, indicator, before, _stated(each))
    return {"added": len(looked.added), "changed": len(looked.changed), "unchanged": looked.unchanged}


def _look(text: str) -> tuple[IndicatorsLooked, list[Stated]]:
    have = {each.code: each for each in OPPEIndicator.objects.prefetch_related("forms")}
    stated, mistakes = read_indicators(
        text,
        forms=set(PrivilegeForm.objects.values_list("code", flat=True)),
        kinds={code: each.kind for code, each in have.items()},
    )
    if mistakes:
        return IndicatorsLooked(mistakes), []
    changed = []
    for each in stated:
        if each.code in have:
            before, after = _told(have[each.code]), _stated(each)
            if otherwise := {key: (before[key], after[key]) for key in after if before[key] != after[key]}:
                changed.append((each.code, otherwise))
    added = [each for each in stated if each.code not in have]
    unchanged = len(stated) - len(added) - len(changed)
    return IndicatorsLooked((), added, changed, unchanged), stated


@transaction.atomic
def load_indicators(*, actor, paths: Sequence[Path] | None = None) -> dict[str, int]:
    """Load files of one's own as :func:`load_indicator_text` does, or without ``paths`` the examples: of
    these the ones there already are left as they are. Nothing is loaded where one file has a mistake.
    """
    require_indicators(actor)
    counts = {"added": 0, "changed": 0, "unchanged": 0}
    for path in paths or ():
        for key, number in load_indicator_text(actor=actor, text=_text_of(path), name=path.name).items():
            counts[key] += number
    return counts if paths else _load_examples(actor, counts)


def _load_examples(actor, counts: dict[str, int]) -> dict[str, int]:
    forms = {form.code: form for form in PrivilegeForm.objects.all()}
    have = set(OPPEIndicator.objects.values_list("code", flat=True))
    for path in sorted(EXAMPLES.glob("*.yaml")):
        stated, mistakes = read_indicators(_text_of(path))
        if mistakes:
            raise Refused(f"{path.name}, {mistakes[0]}")
        for each in stated:
            if each.code in have:
                counts["unchanged"] += 1
                continue
            # A form the hospital did not load has nobody to compare.
            known = [forms[code] for code in each.forms if code in forms]
            retired = bool(each.forms) and not known
            indicator = OPPEIndicator(**{**each.values, "retired": retired}, example=True)
            indicator.save(force_insert=True)
            indicator.forms.set(known)
            counts["added"] += 1
            record_event(actor=actor, verb="oppe.indicator_added", subject=indicator)
    return counts


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Refused(f"{path.name}: the file is not text in UTF-8.") from None
    except OSError as problem:
        raise Refused(f"{path.name} cannot be read: {problem.strerror}.") from None


def export_indicators(*, actor) -> str:
    """Every indicator as YAML, by code, retired ones too: :func:`load_indicator_text` reads it again."""
    require_indicators(actor)
    rows = OPPEIndicator.objects.prefetch_related("forms").order_by("code")
    return text_of_indicators(
        {
            "code": each.code,
            "name": each.name,
            "kind": each.kind,
            "per": each.per,
            "forms": sorted(form.code for form in each.forms.all()),
            "higher_is_better": each.higher_is_better,
            "target": each.target,
            "trigger_at": each.trigger_at,
            "retired": each.retired,
        }
        for each in rows
    )


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
    if not _record_change(actor, indicator, before, _told(indicator)):
        raise Refused("Nothing is changed.")
    return indicator


def _record_change(actor, indicator: OPPEIndicator, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """The event of a change; whether anything is changed."""
    changed = {key: [before[key], after[key]] for key in after if before[key] != after[key]}
    if changed:
        record_event(actor=actor, verb="oppe.indicator_changed", subject=indicator, data=changed)
    return bool(changed)


def may_keep_indicators(actor) -> bool:
    """Whether the actor runs ongoing evaluation wherever a cycle was opened: indicators are one for all
    hospitals.
    """
    places = set(OPPECycle.objects.order_by().values_list("facility", flat=True).distinct())
    return may(actor, MANAGE) and places <= set(facilities_with(actor, MANAGE))


def require_indicators(actor) -> None:
    """Refuse whoever may not keep them; see :func:`may_keep_indicators`."""
    require(actor, MANAGE)
    if not may_keep_indicators(actor):
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
    try:
        values, _ = checked(
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
    return {"target": None, "trigger_at": None} | values


def _told(indicator: OPPEIndicator) -> dict[str, Any]:
    """What is said of an indicator in the audit trail."""
    return {
        "name": indicator.name,
        "per": indicator.per,
        "higher_is_better": indicator.higher_is_better,
        "target": _number_told(indicator.target),
        "trigger_at": _number_told(indicator.trigger_at),
        "retired": indicator.retired,
        "forms": sorted(form.code for form in indicator.forms.all()),
    }


def _stated(each: Stated) -> dict[str, Any]:
    """The same of an indicator as a file states it."""
    return {
        "name": each.values["name"],
        "per": each.values["per"],
        "higher_is_better": each.values["higher_is_better"],
        "target": _number_told(each.values["target"]),
        "trigger_at": _number_told(each.values["trigger_at"]),
        "retired": each.values["retired"],
        "forms": sorted(set(each.forms)),
    }


def _number_told(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"
