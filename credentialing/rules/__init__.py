"""Rules of credentialing; importing this package registers them."""

from credentialing.rules import npdb  # noqa: F401
