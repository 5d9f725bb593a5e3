"""Judgements of privileging; importing the package registers those that are rules over the staff.

Criteria belong to a requested line and are no such rules.
"""

from privileging.rules import (
    certificate_lapse,
    evaluated,
    lapse,
    left_under_investigation,
    npdb_before_grant,
    practised,
    proxy_agreement,
    temporary_limits,
    temporary_prerequisites,
    volunteer_decided,
)

__all__ = [
    "certificate_lapse",
    "evaluated",
    "lapse",
    "left_under_investigation",
    "npdb_before_grant",
    "practised",
    "proxy_agreement",
    "temporary_limits",
    "temporary_prerequisites",
    "volunteer_decided",
]
