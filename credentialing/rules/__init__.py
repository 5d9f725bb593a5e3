"""Rules of credentialing; importing this package registers them."""

from credentialing.rules import exclusion, npdb  # noqa: F401
