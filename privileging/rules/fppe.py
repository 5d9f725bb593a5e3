"""How focused evaluations are planned and counted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privileging.choices import FPPEMethod

#: Words in a form's method that ask for somebody beside the practitioner.
_PRESENT = ("proctor", "observ", "console", "at the bedside")


def looking_of(spec: Mapping[str, Any]) -> FPPEMethod:
    """How the cases are looked at, by what a form says of the evaluation (``looking``, else its method in
    words); a review of records where it says nothing.
    """
    if spec.get("looking") in FPPEMethod.values:
        return FPPEMethod(spec["looking"])
    method = str(spec.get("method", "")).casefold()
    return FPPEMethod.PROCTORED if any(word in method for word in _PRESENT) else FPPEMethod.REVIEW


def data_complete(cases_required: int | None, cases_done: int) -> bool:
    """Whether as many cases are reported as the plan asks for; a plan without a number never is by itself."""
    return bool(cases_required) and cases_done >= (cases_required or 0)
