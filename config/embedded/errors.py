"""What can go wrong with the embedded services, in a sentence for the person at the terminal."""


class EmbeddedError(Exception):
    """The embedded services cannot do what was asked; the message says why and what to do."""
