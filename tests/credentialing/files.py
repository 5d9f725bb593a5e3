"""What many tests start from besides the hospitals: somebody who stated everything, and their file.

A module names the one it starts from as its ``HOSPITALS``; each is more of the one before it.
"""

from __future__ import annotations

from config.kernel import clock
from credentialing.choices import Element
from credentialing.services import applications
from tests.credentialing.conftest import build_at_noon
from tests.credentialing.world import NOON, World
from tests.worlds import more_of

#: What tests leave open of a file in which the rest was found out; ``find_out`` finds the rest of these.
LEFT_OPEN = (Element.STATE_LICENSE, Element.MEDICAL_SCHOOL, Element.WORK_HISTORY, Element.PEER_REFERENCE)


@more_of(build_at_noon)
def hospitals_with_person(world: World) -> World:
    """``person`` stated everything an initial appointment needs: ``claims``. No file is open."""
    with clock.freeze(NOON):
        world.person = world.practitioner()
        world.claims = world.state_everything(world.person)
    return world


@more_of(hospitals_with_person)
def hospitals_with_person_and_list(world: World) -> World:
    """The same, and a list of exclusions to screen by."""
    with clock.freeze(NOON):
        world.load_list()
    return world


@more_of(hospitals_with_person)
def hospitals_with_file(world: World) -> World:
    """``file``: the application of the person, in verification, nothing found out."""
    with clock.freeze(NOON):
        world.file = world.accepted()
    return world


@more_of(hospitals_with_file)
def hospitals_with_file_almost_found_out(world: World) -> World:
    """Of the file everything was found out but what is ``LEFT_OPEN``."""
    with clock.freeze(NOON):
        world.load_list()
        world.find_out(world.file, but=LEFT_OPEN)
        world.file.refresh_from_db()
    return world


@more_of(hospitals_with_file_almost_found_out)
def hospitals_with_complete_file(world: World) -> World:
    """Everything about the file was found out, and it was marked complete."""
    with clock.freeze(NOON):
        world.find_out(world.file)
        world.file = applications.complete(actor=world.coordinator, application=world.file)
    return world
