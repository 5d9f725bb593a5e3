"""May this person do this here, on this day - and who may?

One statement gathers grants, appointment and bars. What suspends by itself (standing conditions of the
bylaws) is judged live by its rule, so the answer changes with the day, whether or not any job ran. Missing
data never gives a yes: the answer is then "cannot be confirmed".
"""

from privileging.selectors.lookup.answers import Answer, Asked, LookupOutcome, Person, Reason
from privileging.selectors.lookup.asked import find_privilege
from privileging.selectors.lookup.holders import Holder, Holders, HoldersByName, who_can
from privileging.selectors.lookup.one import can_perform
from privileging.selectors.lookup.statement import one_statement
from privileging.selectors.lookup.viewing import for_viewer

__all__ = [
    "Answer",
    "Asked",
    "Holder",
    "Holders",
    "HoldersByName",
    "LookupOutcome",
    "Person",
    "Reason",
    "can_perform",
    "find_privilege",
    "for_viewer",
    "one_statement",
    "who_can",
]
