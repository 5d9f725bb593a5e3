"""Who may act on whose file. Pairs: ``may_…`` answers, ``require_…`` refuses with a sentence."""

from __future__ import annotations

from bylaws.choices import Body
from config.kernel.errors import Forbidden
from practitioners.models import Practitioner
from practitioners.policies import is_own_record


def is_own_file(user, practitioner: Practitioner | None) -> bool:
    """Whether the file is the person's own."""
    return practitioner is not None and practitioner.user_id is not None and practitioner.user_id == user.pk


def require_not_own_file(user, practitioner: Practitioner | None, *, doing: str) -> None:
    """Refuse an act on one's own file; ``doing`` completes "Nobody may …"."""
    if practitioner is not None and is_own_record(user, practitioner):
        raise Forbidden(f"This is the file of {practitioner}: nobody may {doing} their own file.")


def permission_to_act(body: str) -> str:
    """What whoever acts alone for the body needs beside the seat or office: who chairs a committee is a
    member of it, and needs no more than its other members.
    """
    return "bylaws.vote" if body == Body.CREDENTIALS_CHAIR else "bylaws.recommend"
