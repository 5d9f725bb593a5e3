"""Who may see and change a practitioner's file. Pairs: ``may_…`` answers, ``require_…`` refuses with a
sentence.
"""

from __future__ import annotations

from collections.abc import Callable

from config.accounts.choices import DataClass
from config.accounts.policies import is_system, may, may_see_class, permissions, require
from config.kernel.errors import Forbidden
from practitioners.models import Letter, Practitioner, PractitionerAliasPeriod

#: Callables ``(user, practitioner) -> bool`` of higher rooms: who sees this file for another reason than
#: the general permission (a committee that has it on its agenda). Nothing registered shows nothing.
_reasons_to_see: dict[str, Callable[[object, Practitioner], bool]] = {}


def register_reason_to_see(code: str, reason: Callable[[object, Practitioner], bool]) -> None:
    """Let a higher room open single files to people without the general permission; at most 1 query."""
    if code in _reasons_to_see:
        raise RuntimeError(f"The reason to see {code} is registered twice.")
    _reasons_to_see[code] = reason


def is_own_file(user, practitioner: Practitioner) -> bool:
    """Whether the file is about the person who asks."""
    return practitioner.user_id is not None and practitioner.user_id == user.pk


def is_own_record(user, record: Practitioner) -> bool:
    """Whether it is a record of the person who asks, a merged one included; for acts, costs one query."""
    return is_own_file(user, record) or (
        user.pk is not None
        and PractitionerAliasPeriod.objects.known_at(None)
        .filter(practitioner_id=record.pk, canonical__user_id=user.pk)
        .exists()
    )


def may_view_all(user) -> bool:
    """Whether the person may see every practitioner's file."""
    return may(user, "practitioners.view")


def may_view(user, practitioner: Practitioner) -> bool:
    """Whether the person may see this file: by role, as the practitioner, or for a registered reason."""
    return (
        may_view_all(user)
        or is_own_file(user, practitioner)
        or any(reason(user, practitioner) for reason in _reasons_to_see.values())
    )


def may_know_letter(viewer, letter: Letter) -> bool:
    """Whether somebody who sees the file may know of the letter: a protected one where their roles at its
    hospital open the class.
    """
    general = letter.data_class == DataClass.GENERAL
    return general or may_see_class(viewer, letter.data_class, letter.facility)


#: Callables ``letter -> bool`` of higher rooms: whether a protected letter was written to the practitioner
#: and went out to them, so that they hold it on paper anyway. Nothing registered opens nothing.
_went_out: dict[str, Callable[[Letter], bool]] = {}


def register_went_out(code: str, went_out: Callable[[Letter], bool]) -> None:
    """Say of which protected letters the practitioner holds the original; at most 1 query."""
    if code in _went_out:
        raise RuntimeError(f"Which letters went out ({code}) is registered twice.")
    _went_out[code] = went_out


def may_read_letter(viewer, letter: Letter) -> bool:
    """Whether the letter may be read: it is in a file the viewer may see, of a class open to them. A special
    notice is also read by the practitioner it was sent to.
    """
    if is_own_record(viewer, letter.practitioner) and any(sent(letter) for sent in _went_out.values()):
        return True
    return may_know_letter(viewer, letter) and may_view(viewer, letter.practitioner)


def may_see_face(user, practitioner: Practitioner) -> bool:
    """Whether the person may see the photo: with the file, and on the ward that asks what somebody may do
    and wants to know that it is they.
    """
    return may_find(user) or may_view(user, practitioner)


def require_photo(user, practitioner: Practitioner) -> None:
    """Refuse unless the person may set the photo: who uploads documents, and oneself one's own."""
    if not is_own_record(user, practitioner):
        require_change(user, "practitioners.upload", practitioner)


def may_change_photo(user, practitioner: Practitioner) -> bool:
    """Whether :func:`require_photo` would let the person."""
    return is_own_file(user, practitioner) or may_change(user, "practitioners.upload", practitioner)


def may_find(user) -> bool:
    """Whether the person may search for people (names and NPIs, which are public)."""
    return bool({"practitioners.view", "privileging.lookup"} & permissions(user, None))


def require_change(user, permission: str, practitioner: Practitioner | None = None) -> None:
    """Refuse unless the person holds the permission somewhere and the file is not their own."""
    require(user, permission)
    if practitioner is not None and not is_system(user) and is_own_record(user, practitioner):
        raise Forbidden("This is your own file: a colleague has to change it.")


def may_change(user, permission: str, practitioner: Practitioner | None = None) -> bool:
    """Whether :func:`require_change` would let the person."""
    return may(user, permission) and (practitioner is None or not is_own_file(user, practitioner))
