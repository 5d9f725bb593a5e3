"""What an application asks for, as the room below judges and tells it (``credentialing.asked_for``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from django.db.models import Q

from config.rulebook.verdicts import Outcome, Verdict, combine_all
from credentialing.asked_for import AskedFor, AskedLine, VolumeLine
from credentialing.models import Application
from credentialing.rules.red_flags.findings import Shortfall
from practitioners.models import CredentialPeriod
from privileging.choices import FormLineKind
from privileging.models import RequestLine
from privileging.selectors.criteria import VOLUME_KINDS, evaluate_lines
from privileging.selectors.requests import lines_of, lines_of_many

#: Code and name of what is judged together, how many privileges it is, and its verdict.
Group = tuple[str, str, int, Verdict]


def read_asked_for(
    application: Application, on: dt.date, stated: Sequence[CredentialPeriod] | None = None
) -> AskedFor:
    """The lines with their criteria on the day, the core of a form as one; five queries at most."""
    lines = list(lines_of(application))
    return _told(lines, evaluate_lines(lines, on, stated=stated)) if lines else AskedFor()


def read_asked_for_many(applications: Sequence[Application], on: dt.date) -> dict[int, AskedFor]:
    """The same of many applications by their id; five queries at most for all of them."""
    lines = list(lines_of_many(Q(request__application__in=applications)))
    verdicts = evaluate_lines(lines, on) if lines else {}
    by_application: dict[int, list[RequestLine]] = {application.pk: [] for application in applications}
    for line in lines:
        by_application[line.request.application_id].append(line)
    return {pk: _told(mine, verdicts) if mine else AskedFor() for pk, mine in by_application.items()}


def _told(lines: Sequence[RequestLine], verdicts: dict[int, Verdict]) -> AskedFor:
    groups = list(_groups(lines, verdicts))
    volumes = [
        (code, label, leaf)
        for code, label, _, verdict in groups
        for leaf in verdict.leaves()
        if leaf.code in VOLUME_KINDS
    ]
    unmet = {code for code, _, _, verdict in groups if verdict.outcome is Outcome.NOT_MET}
    judged = [verdict for *_, verdict in groups]
    outcome = combine_all(judged)
    return AskedFor(
        names={line.form_line.privilege.code: line.form_line.privilege.name for line in lines},
        lines=tuple(
            AskedLine(label, f"{number} privileges" if number > 1 else code, verdict)
            for code, label, number, verdict in groups
        ),
        volumes=tuple(VolumeLine(label, leaf.title, leaf) for _, label, leaf in volumes),
        shortfalls=tuple(
            Shortfall(
                code=code,
                privilege=label,
                title=leaf.title,
                sentence=leaf.sentence,
                counted=int(leaf.facts.get("cases counted", 0)),
                needed=int(leaf.facts.get("cases needed", 0)),
            )
            for code, label, leaf in volumes
            if leaf.outcome is Outcome.NOT_MET and code in unmet
        ),
        criteria=None
        if outcome is Outcome.NOT_APPLICABLE
        else Verdict(
            outcome,
            "CRITERIA",
            "Criteria of what is asked for",
            "",
            children=tuple(
                Verdict(verdict.outcome, verdict.code, label, verdict.sentence, cure=verdict.cure)
                for _, label, _, verdict in groups
            ),
        ),
    )


def _groups(lines: Sequence[RequestLine], verdicts: dict[int, Verdict]) -> Iterator[Group]:
    """The core of each form together, special privileges one by one, in the order of the forms."""
    core: dict[int, list[RequestLine]] = {}
    for line in lines:
        if line.form_line.kind == FormLineKind.CORE:
            core.setdefault(line.request_id, []).append(line)
    told: set[int] = set()
    for line in lines:
        form_line = line.form_line
        if form_line.kind != FormLineKind.CORE:
            yield form_line.privilege.code, form_line.privilege.name, 1, verdicts[line.pk]
        elif line.request_id not in told:
            told.add(line.request_id)
            form = form_line.version.form
            yield f"{form.code}-CORE", f"{form.name}, core", len(core[line.request_id]), verdicts[line.pk]
