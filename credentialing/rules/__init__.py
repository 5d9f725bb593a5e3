"""Rules of credentialing; importing this package registers them."""

from credentialing.rules import action_clock, exclusion, licence_reverified, npdb  # noqa: F401
