"""Refusals that carry a sentence for the person who asked.

Services raise them, doors (views, API, commands, admin) show the sentence. Nothing else in
the project may reach a user as an error text.
"""


class Refused(Exception):
    """The act is not possible as things stand. ``str(error)`` is a sentence for the user.

    ``field`` names the form field the sentence belongs to, or is empty when it concerns the whole act.
    """

    status_code = 422

    def __init__(self, sentence: str, *, field: str = ""):
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field


class Forbidden(Refused):
    """This person may not do this, whatever the state of the file."""

    status_code = 403


class Doubtful(Refused):
    """Possible, but hardly meant. The service does it when it is told that somebody is sure."""


class Conflict(Refused):
    """Somebody else changed the same thing in between; nothing was written."""

    status_code = 409
