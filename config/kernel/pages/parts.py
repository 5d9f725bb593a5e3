"""What a page is made of besides its content: path, tabs, actions, what an empty place says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Crumb:
    """One step of the path to this page; the last one has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True)
class Tab:
    """One tab of a page. Tabs are addresses of their own, so that a tab can be linked to and reloaded."""

    label: str
    url: str
    active: bool = False
    count: int | None = None
    icon: str = ""


@dataclass(frozen=True)
class Action:
    """Something the reader can do here: a link (``get``) or a button that sends a form (``post``).

    ``refusal`` is the reason why not: it is shown where the button would be. ``confirm`` asks first; ``kind``
    is ``primary``, ``secondary`` or ``danger``. ``hidden`` are the values the form sends.
    """

    label: str
    url: str = ""
    icon: str = ""
    kind: str = "secondary"
    method: str = "get"
    refusal: str = ""
    confirm: str = ""
    confirm_label: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Empty:
    """What an empty list says: a sentence and what to do next."""

    sentence: str = "Nothing here yet."
    next_step: str = ""
    action: Action | None = None
    icon: str = "inbox"
