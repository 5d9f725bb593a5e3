"""Which files of the npm packages are served."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.staticfiles.finders import FileSystemFinder

#: Per folder below ``static/vendor``: the few files our pages name. The maps go with them because the hashed
#: storage follows the reference from file to map.
SERVED = {
    "vendor/tabler": {
        "css/tabler.min.css",
        "css/tabler.min.css.map",
        "js/tabler.min.js",
        "js/tabler.min.js.map",
    },
}


class ServedFilesFinder(FileSystemFinder):
    """Our own static files, and of a package's many only those in ``SERVED``."""

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        for path, storage in super().list(ignore_patterns):
            prefix = getattr(storage, "prefix", "")
            if prefix not in SERVED or path in SERVED[prefix]:
                yield path, storage
