"""What a final act asks whoever follows the data bank. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from bylaws.choices import ConditionKind, DataBankQuestionKind, LineOutcome
from bylaws.models import DecisionLine
from bylaws.rules.line_conditions import free_text


def final_questions(
    lines: Iterable[DecisionLine],
) -> dict[DataBankQuestionKind, list[DecisionLine]]:
    """What a final act asks whoever follows the data bank, by the question; nothing of what was granted as it
    was asked for. Proctored cases and nothing else are a question of their own. Pure.
    """
    found: dict[DataBankQuestionKind, list[DecisionLine]] = {}
    for line in lines:
        if line.outcome == LineOutcome.NOT_RECOMMEND:
            kind = DataBankQuestionKind.DENIED
        elif line.outcome == LineOutcome.MODIFY:
            proctoring = line.stated and all(each["kind"] == ConditionKind.PROCTOR for each in line.stated)
            alone = proctoring and not free_text(line.stated, line.conditions)
            kind = DataBankQuestionKind.PROCTORED if alone else DataBankQuestionKind.LIMITED
        else:
            continue
        found.setdefault(kind, []).append(line)
    return found
