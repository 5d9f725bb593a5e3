"""BL-DUES-1: members whose category owes dues have paid them within the days of grace."""

from __future__ import annotations

from functools import partial

from bylaws.choices import DutyKind
from bylaws.parameters import DUES_CATEGORIES, DUES_GRACE, DUTY_LIST_DAYS
from bylaws.rules.duty_lists import gather_of, judge_owed, reads_list, sayer, silent
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-DUES-1"
TITLE = "Dues paid"


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure. Days are counted from the day the dues were due."""
    limit = parameters[DUES_GRACE.code]
    say = sayer(CODE, TITLE, limit, "days")
    if not facts["member"]:
        return say(Outcome.NOT_APPLICABLE, "No appointment is in force on this day.")
    owing = parameters[DUES_CATEGORIES.code]
    if not owing.is_set:  # an empty list says that nobody owes any
        return say(
            Outcome.UNKNOWN,
            "The categories that owe dues are not recorded for this facility.",
            cure="Record them under Categories.",
        )
    if facts["category_code"] not in owing.value:
        return say(Outcome.NOT_APPLICABLE, f"The category {facts['category']} owes no dues.")
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            "How long after their day dues may be paid is not recorded for this facility.",
            cure="Record the days of grace among the parameters.",
        )
    unknown = silent(say, DutyKind.DUES, facts, parameters)
    if unknown is not None:
        return unknown
    return judge_owed(
        say,
        facts,
        int(limit.value),
        nothing="No dues owed",
        owed=f"${facts['row']['count']:,} owed" if facts["row"] else "",
        counted_from="due for",
        cure="Pay the dues; the next list says so.",
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(DUES_GRACE.code, DUES_CATEGORIES.code, DUTY_LIST_DAYS.code),
        facts=partial(gather_of, DutyKind.DUES),
        judge=judge,
        narrowed=reads_list(DutyKind.DUES),
    )
)
