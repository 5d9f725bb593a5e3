"""What a rule says about a value that cannot be right."""

from config.kernel.errors import Refused


class Problem(Refused):
    """A value cannot be what it claims to be. ``str(error)`` is a sentence for the user."""
