"""Where the files of exports lie, and how large and how long."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

from django.conf import settings

from config.custody.models import CustodyExport
from config.kernel.errors import Refused

#: A file that nobody fetched is removed after this long: what lies about is what leaks.
KEPT_FOR = dt.timedelta(days=7)


def file_of(export: CustodyExport) -> Path:
    """The finished file of an export."""
    return Path(settings.STANDING_CUSTODY) / f"{export.uid}.age"


def unfinished_file_of(export: CustodyExport) -> Path:
    """The file while it is being written."""
    return Path(settings.STANDING_CUSTODY) / f"{export.uid}.part"


def file_digest(path: Path) -> str:
    """The sha256 of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def package_digest(path: Path) -> str:
    """The sha256 of the file; refuses one that cannot be read."""
    try:
        return file_digest(path)
    except OSError as problem:
        raise Refused(f"The file {path} cannot be read: {problem.strerror}.") from None
