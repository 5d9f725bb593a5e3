"""``make demo-reset``: forget the demo's data."""

from __future__ import annotations

import fcntl
import shutil
import sys

from config.embedded.errors import EmbeddedError
from config.embedded.instance import default_instance
from config.embedded.servers import Postgres


def main() -> int:
    """Delete what the demo wrote, unless it is running."""
    instance = default_instance()
    try:
        instance.make_folders()
        with instance.lock_file.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise EmbeddedError("The embedded services are running. Stop them (Ctrl-C) first.") from None
            for folder in (
                Postgres(instance).data,
                *instance.home.glob("valkey-*"),
                *(instance.var / name for name in ("store", "checkpoints", "mail", "log")),
            ):
                if folder.exists():
                    shutil.rmtree(folder)
                    print(f"Removed {folder}")
    except EmbeddedError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
