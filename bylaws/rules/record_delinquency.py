"""BL-REC-1: medical records are completed in time after discharge.

Judged by the list of overdue records of the health information office. A list speaks for its day; what it
names is overdue when the oldest record is older than allowed (42 CFR 482.24(c)(4)(vii)).
"""

from __future__ import annotations

from functools import partial

from bylaws.choices import DutyKind
from bylaws.parameters import DUTY_LIST_DAYS, RECORD_DAYS
from bylaws.rules.duty_lists import gather_of, judge_owed, plural, reads_list, sayer, silent
from config.rulebook.rules import Facts, Parameters, Rule, register
from config.rulebook.verdicts import Outcome, Verdict

CODE = "BL-REC-1"
TITLE = "Medical records completed in time"


def judge(facts: Facts, parameters: Parameters) -> Verdict:
    """The verdict on one person. Pure. Days are counted from the discharge; the last one is in time."""
    limit = parameters[RECORD_DAYS.code]
    say = sayer(CODE, TITLE, limit, "days")
    if not facts["carries_privileges"]:
        return say(Outcome.NOT_APPLICABLE, f"The category {facts['category']} carries no privileges.")
    if not limit.is_set:
        return say(
            Outcome.UNKNOWN,
            "By when a record is completed is not recorded for this facility.",
            cure="Record the limit among the parameters.",
        )
    unknown = silent(say, DutyKind.RECORDS, facts, parameters)
    if unknown is not None:
        return unknown
    charts = plural(facts["row"]["count"], "chart", "charts") if facts["row"] else ""
    return judge_owed(
        say,
        facts,
        int(limit.value),
        nothing="No incomplete chart",
        owed=charts,
        counted_from="the oldest",
        cure="Complete the charts; the next list says so.",
    )


RULE = register(
    Rule(
        code=CODE,
        title=TITLE,
        version="1",
        parameters=(RECORD_DAYS.code, DUTY_LIST_DAYS.code),
        facts=partial(gather_of, DutyKind.RECORDS),
        judge=judge,
        narrowed=reads_list(DutyKind.RECORDS),
    )
)
