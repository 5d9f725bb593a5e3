"""Settings: ``base`` is shared; ``demo`` (the default), ``test`` and ``production`` say what differs."""
