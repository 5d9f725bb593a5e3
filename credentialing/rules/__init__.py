"""Rules of credentialing; importing this package registers them."""

from credentialing.rules import (  # noqa: F401
    action_clock,
    exclusion,
    licence_reverified,
    npdb,
    state_registration,
)
