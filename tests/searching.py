"""How many examples a property is tried with."""

import os

from hypothesis import settings

#: Of each property, drawn anew; 0: the few of the suite, the same each time.
EXAMPLES = int(os.environ.get("STANDING_EXAMPLES", "0"))


def tried(few: int) -> settings:
    """So few in a run of the suite, where the usual hundred cost time; as many as asked for in a search."""
    return settings(max_examples=EXAMPLES or few)
