"""What the nightly run found."""

from __future__ import annotations

from django.urls import reverse, reverse_lazy
from django.utils.text import format_lazy

from bylaws.choices import FindingStatus
from bylaws.models import Finding
from bylaws.rules import supervised
from bylaws.selectors.findings import counts_of, latest_run, to_decide, to_see_to, unsent_notices
from bylaws.selectors.supervision import under_lapsed_supervisors
from config.accounts.choices import Role
from config.accounts.policies import may
from config.kernel import clock
from config.kernel.registries import Waiting, WorkItem, queue
from config.rulebook.verdicts import Outcome

#: The findings the queue counts; what is unknown is listed beside them on the page.
NOT_MET = format_lazy("{}?status=todo&outcome=NOT_MET", reverse_lazy("bylaws:findings"))


def _not_recorded() -> Waiting:
    """What a queue of recorded findings says before the first run: nothing known is not nothing found."""
    return 1, [
        WorkItem(
            title="Compliance was not recorded yet",
            url=reverse("bylaws:findings"),
            detail="It is recorded every night; or run it now",
            colour="warn",
        )
    ]


@queue(
    code="bylaws.not_met",
    title="Rules not met",
    permission="bylaws.view_compliance",
    slow=True,
    order=40,
    more_url=NOT_MET,
    empty="The last run found nothing not met that waits.",
    roles=(Role.MEDICAL_STAFF_COORDINATOR, Role.DIRECTOR, Role.COMPLIANCE_OFFICER),
)
def not_met(viewer, facility, limit: int) -> Waiting:
    """Rules not met as last recorded, neither waived nor with their consequence, the oldest first."""
    rows = to_see_to(viewer, facility)
    shown = list(rows[: limit + 1])
    if not shown and latest_run(facility) is None:
        return _not_recorded()
    unsent = unsent_notices(shown[:limit])
    return (len(shown) if len(shown) <= limit else rows.count()), [
        WorkItem(
            title=each.about,
            url=reverse("bylaws:finding", args=[each.uid]),
            detail=f"{each.said('title')}{_how_far(each, each.pk in unsent)}",
            since=each.since,
            due=each.answer_by if each.status == FindingStatus.NOTIFIED and each.pk not in unsent else None,
            colour="bad",
        )
        for each in shown[:limit]
    ]


def _how_far(finding: Finding, unsent: bool) -> str:
    if unsent:
        return ", notice not sent"
    return "" if finding.status == FindingStatus.OPEN else f", {finding.get_status_display().lower()}"


@queue(
    code="bylaws.consequences",
    title="Findings to decide on",
    permission="bylaws.manage_findings",
    slow=True,
    order=41,
    empty="No finding waits for what the bylaws let follow.",
)
def consequences_to_decide(viewer, facility, limit: int) -> Waiting:
    """Findings for which the bylaws let a consequence be proposed: answered, or the time for it is over."""
    rows = to_decide(viewer, facility)
    return len(rows), [
        WorkItem(
            title=each.about,
            url=reverse("bylaws:finding", args=[each.uid]),
            detail=f"{each.said('title')}, {each.get_status_display().lower()}",
            since=each.since,
            due=each.answer_by,
            colour="warn",
        )
        for each in rows[:limit]
    ]


@queue(
    code="bylaws.supervisors_lapsed",
    title="Supervised by somebody who may not supervise",
    permission="bylaws.view_compliance",
    slow=True,
    order=42,
    empty="Everybody who is supervised works under somebody who may supervise.",
    roles=(
        Role.CREDENTIALING_COORDINATOR,
        Role.MEDICAL_STAFF_COORDINATOR,
        Role.DIRECTOR,
        Role.COMPLIANCE_OFFICER,
    ),
)
def supervisors_lapsed(viewer, facility, limit: int) -> Waiting:
    """Who is supervised by somebody who may not supervise any more, those first who have nobody else."""
    found = sorted(
        under_lapsed_supervisors(facility, clock.today(facility)),
        key=lambda each: each[1].outcome != Outcome.NOT_MET,
    )
    opens = may(viewer, "practitioners.view", facility)
    return len(found), [
        WorkItem(
            title=person.display_name,
            url=reverse("practitioners:file", args=[person.uid])
            if opens
            else f"{reverse('bylaws:compliance')}?rule={supervised.CODE}#list",
            detail=f"{' '.join(verdict.facts['lapsed'])} "
            + (
                "Nobody else supervises."
                if verdict.outcome == Outcome.NOT_MET
                else "Somebody else supervises."
            ),
            colour="bad" if verdict.outcome == Outcome.NOT_MET else "warn",
        )
        for person, verdict in found[:limit]
    ]


@queue(
    code="bylaws.glance",
    title="Compliance at a glance",
    permission="bylaws.view_compliance",
    slow=True,
    order=45,
    more_url=reverse_lazy("bylaws:compliance"),
    roles=(Role.CHIEF_EXECUTIVE, Role.MEDICAL_STAFF_PRESIDENT, Role.CHIEF_MEDICAL_OFFICER),
)
def at_a_glance(viewer, facility, limit: int) -> Waiting:
    """Every rule with how many complied in the last run, those that need attention first."""
    run = latest_run(facility)
    if run is None:
        return _not_recorded()
    rules = sorted(
        counts_of(run, viewer, facility),
        key=lambda one: (-one.of(Outcome.NOT_MET), -one.of(Outcome.UNKNOWN), one.code),
    )
    return len(rules), [
        WorkItem(
            title=each.title,
            url=f"{reverse('bylaws:compliance')}?rule={each.code}#list",
            detail=(f"{each.compliant} of {each.concerned} comply" if each.concerned else "Concerns nobody")
            + "".join(
                f", {each.of(what)} {word}"
                for what, word in (
                    (Outcome.NOT_MET, "not met"),
                    (Outcome.UNKNOWN, "unknown"),
                    ("waived", "waived"),
                )
                if each.of(what)
            ),
            colour="bad" if each.of(Outcome.NOT_MET) else "warn" if each.of(Outcome.UNKNOWN) else "good",
        )
        for each in rules[:limit]
    ]
