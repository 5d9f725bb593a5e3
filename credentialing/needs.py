"""What rooms above add to an application: further things to verify, and reasons why it cannot be submitted.

Verification is planned from parameters. Requested privileges need more (a life support certificate, a case
log); the room that knows them registers here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from config.kernel.registries import Registry
from credentialing.models import Application
from practitioners.models import Credential, CredentialPeriod


@dataclass(frozen=True)
class Need:
    """One more thing to find out. ``credential`` is the instance, or None when the claim is still missing
    or the element has no claim of its own; ``because`` completes "required because ...".
    """

    element: str
    credential: Credential | None
    label: str
    because: str


#: Answers the further needs of an application, of which ``stated`` is everything stated or confirmed now.
AskNeeds = Callable[[Application, Sequence[CredentialPeriod]], list[Need]]

_needs: list[AskNeeds] = []
_submission_checks: list[Callable[[Application], list[str]]] = []


def register(ask: AskNeeds) -> AskNeeds:
    """Add a callable that answers the further needs of an application, in a fixed number of queries."""
    if ask not in _needs:
        _needs.append(ask)
    return ask


def register_submission_check(
    ask: Callable[[Application], list[str]],
) -> Callable[[Application], list[str]]:
    """Add a callable that answers sentences saying why an application cannot be submitted yet."""
    if ask not in _submission_checks:
        _submission_checks.append(ask)
    return ask


def further_needs(application: Application, stated: Sequence[CredentialPeriod]) -> list[Need]:
    """Everything the registered rooms ask for, one per element and instance."""
    found: dict[tuple[str, int | None], Need] = {}
    for ask in _needs:
        for need in ask(application, stated):
            found.setdefault((str(need.element), need.credential.pk if need.credential else None), need)
    return list(found.values())


def submission_problems(application: Application) -> list[str]:
    """Why the application cannot be submitted yet, in sentences."""
    return [sentence for ask in _submission_checks for sentence in ask(application)]


@dataclass(frozen=True)
class ApplicationPanel:
    """A part of the application file.

    ``context(viewer, application, on, stated)`` feeds ``template``; None hides it. ``stated`` is what is
    stated or confirmed of the practitioner's credentials now. At most 3 queries each. Shown to holders of
    ``permission`` at the application's facility.
    """

    code: str
    title: str
    permission: str
    template: str
    context: Callable[[Any, Application, Any, Sequence[CredentialPeriod]], dict[str, Any] | None]
    order: int = 100


#: Panels of the application file; rooms above register theirs in their ``panels.py``.
application_panels = Registry("Application panel")
