"""Judgements of privileging; importing the package registers those that are rules over the staff.

Criteria belong to a requested line and are no such rules.
"""

from privileging.rules import evaluated

__all__ = ["evaluated"]
