"""Where one instance of the embedded services keeps its data, its sockets and its logs.

Everything is computed from the data folder alone, so that settings can name the addresses without
starting anything and every process of one checkout finds the same instance.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.embedded.errors import EmbeddedError

PROJECT = Path(__file__).resolve().parents[2]

#: What can be made again at any time; shared by every instance of this checkout.
CACHE = PROJECT / "var" / "cache"

OWNER_ROLE = "standing_owner"
APPLICATION_ROLE = "standing_app"
DATABASE = "standing"

#: A Unix socket's path holds at most 107 bytes; the longest name we put into the folder needs 20 of them.
LONGEST_SOCKET_FOLDER = 80


@dataclass(frozen=True)
class Instance:
    """One PostgreSQL and one Valkey over one data folder.

    Tests trade durability for speed (``durable=False``: a crash of the machine may spoil the data) and leave
    nothing behind (``temporary=True``: the data folder is deleted when the last client has gone).
    ``buffers`` is how much PostgreSQL keeps in its own memory: little for a demo and for tests, which make
    and drop databases all the time, and as much as ``docker-compose.yml`` gives it for a large staff.
    """

    var: Path
    durable: bool = True
    temporary: bool = False
    buffers: str = "128MB"

    @property
    def home(self) -> Path:
        """Data, logs and the lock of the embedded services."""
        return self.var / "embedded"

    @property
    def lock_file(self) -> Path:
        return self.home / "keeper.lock"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def sockets(self) -> Path:
        """A short folder in the temporary area: the data folder's own path may be too long for a socket."""
        digest = hashlib.sha256(str(self.var.resolve()).encode()).hexdigest()[:12]
        return _temporary_area() / f"standing-{os.getuid()}-{digest}"

    @property
    def keeper_socket(self) -> Path:
        return self.sockets / "keeper.sock"

    @property
    def valkey_socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def database_url(self, *, role: str = APPLICATION_ROLE, name: str = DATABASE) -> str:
        """The address of a database of this instance, in the form ``DATABASE_URL`` takes."""
        return f"postgres://{role}@/{self.sockets}/{name}"

    def redis_url(self, number: int = 0) -> str:
        """The address of one of Valkey's numbered databases, in the form ``REDIS_URL`` takes."""
        return f"redis+socket://{self.valkey_socket}?virtual_host={number}"

    def make_folders(self) -> None:
        """Create the folders; refuse a socket folder somebody else could have prepared."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        self.logs.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):
            self.sockets.mkdir(mode=0o700)
        found = self.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in _ours():
            raise EmbeddedError(
                f"{self.sockets} belongs to somebody else. Remove it, or set STANDING_VAR to another folder."
            )
        self.sockets.chmod(0o700)


def default_var() -> Path:
    """The data folder: ``STANDING_VAR``, or ``var`` in the checkout."""
    return Path(os.environ.get("STANDING_VAR") or PROJECT / "var").absolute()


def default_instance() -> Instance:
    """The instance of this checkout."""
    return Instance(default_var())


def _ours() -> set[int]:
    """Owners a socket folder of ours may have: this user; for root also the one PostgreSQL may run as."""
    owners = {os.getuid()}
    if os.getuid() == 0:
        with contextlib.suppress(KeyError):
            owners.add(pwd.getpwnam("nobody").pw_uid)
    return owners


def _temporary_area() -> Path:
    """The same for every process of a user, whatever its TMPDIR, as long as /tmp can be written to."""
    plain = Path("/tmp")  # noqa: S108 - the folder below it is created 0700 and its owner is checked
    if plain.is_dir() and os.access(plain, os.W_OK | os.X_OK):
        return plain
    area = Path(tempfile.gettempdir())
    if len(str(area)) > LONGEST_SOCKET_FOLDER - 40:
        raise EmbeddedError(
            f"The temporary folder {area} has too long a name for sockets. Set TMPDIR to a short one."
        )
    return area
