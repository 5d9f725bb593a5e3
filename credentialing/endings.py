"""What follows in other rooms when an application is closed: decided, withdrawn, never completed.

Privileges for a time may have been granted beside it; they belong to a higher room, which registers here.
"""

from __future__ import annotations

from collections.abc import Callable

from credentialing.models import Activation, Application

#: The event on a file of temporary privileges: they ended because the application they waited beside did.
ENDED_BESIDE = "application.temporary_ended"

#: ``(application as it is now)``; called within the transaction that closed it.
Follow = Callable[[Application], None]
_followers: list[Follow] = []


def register_closing(follow: Follow) -> None:
    """Let a room act on the closing of an application, within its transaction."""
    if follow not in _followers:
        _followers.append(follow)


def application_closed(application: Application) -> None:
    """Tell every registered room that the application is closed."""
    for follow in _followers:
        follow(application)


#: ``(activation as it is now)``; called within the transaction that ended it.
AfterActivation = Callable[[Activation], None]
_after: list[AfterActivation] = []


def register_end_of_activation(follow: AfterActivation) -> None:
    """Let a room act when the emergency operations plan is no longer activated."""
    if follow not in _after:
        _after.append(follow)


def activation_ended(activation: Activation) -> None:
    """Tell every registered room that the activation has ended."""
    for follow in _after:
        follow(activation)
