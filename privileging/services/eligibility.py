"""Not accepting requested lines for processing, and taking them back in.

Whoever does not meet the criteria of a privilege is not considered for it: that is no denial, no body judges
them, no right to a hearing arises and nothing is reported (domain.md 2.6, NOT_ELIGIBLE).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeVar

from django.db import transaction

from bylaws.choices import InvestigationAnswer
from bylaws.services.questions import drop_questions, surrendered
from config.accounts.policies import permissions
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.models import Application
from privileging.choices import RenewalRoute, RequestLineStatus
from privileging.models import LineProcessing, RequestLine
from privileging.selectors.eligibility import (
    Group,
    eligibility_of,
    why_not_choosable,
    why_not_processed,
)
from privileging.services.files import locked_application
from privileging.workflow import REQUEST_LINE

#: A reason says something: characters at least.
SHORTEST_REASON = 10

G = TypeVar("G", bound=Group)


@transaction.atomic
def not_accept(
    *,
    actor,
    application: Application,
    keys: Collection[str],
    reason: str,
    investigation: str = "",
) -> tuple[list[str], list[str]]:
    """Leave the groups of these keys unprocessed; answers what is not accepted and what goes to the bodies.

    Only a group whose criteria are not met can be left; one of which something is not known yet cannot. What
    a member holds and asks to renew goes as the bylaws' parameter says: to the reviewing bodies, or not
    renewed; then ``investigation`` has to be answered (:class:`InvestigationAnswer`), and anything but a no
    sends it to the bodies: giving up a privilege while under investigation may have to be reported (45 CFR
    60.12); a no is asked again where an investigation is on record. Refused once a body has the file.
    """
    application = _locked(actor, application)
    text = _reason(reason)
    today = clock.today(application.facility)
    state = eligibility_of(application, today)
    groups = _chosen(state.open, keys, "does meet its criteria, or they are not known yet")
    for group in groups:
        if why := why_not_choosable(group, state.route_code):
            raise Refused(f"{group.label}: {why}", field="keys")
    lapses = [group for group in groups if group.held and state.route_code == RenewalRoute.NOT_RENEWED]
    if lapses and investigation not in InvestigationAnswer.values:
        raise Refused("Answer the question about an investigation.", field="investigation")
    to_bodies = lapses if lapses and investigation != InvestigationAnswer.NO else []
    for group in groups:
        routed = group in to_bodies
        words = [
            _say(
                actor,
                application,
                line,
                accepted=routed,
                reason=text,
                criteria=group.verdict.as_data() if group.verdict else {},
                investigation=investigation if group in lapses else "",
            )
            for line in group.lines
        ]
        if group in lapses and not routed:
            # About each group by itself: one can be taken back in while the others stay out.
            surrendered(
                actor=actor,
                practitioner=application.practitioner,
                facility=application.facility,
                investigation=investigation,
                what=f"Not renewed: {group.label}. {text}",
                day=today,
                subject_uid=words[0].uid,
            )
    left = [group.label for group in groups if group not in to_bodies]
    return left, [group.label for group in to_bodies]


@transaction.atomic
def take_back_in(*, actor, application: Application, keys: Collection[str], reason: str) -> list[str]:
    """Process groups after all that were not accepted: what the data bank asked about them nobody has to
    answer any more. Refused once a body has the file.
    """
    application = _locked(actor, application)
    text = _reason(reason)
    state = eligibility_of(application, clock.today(application.facility))
    groups = _chosen(state.refused, keys, "is not among what was not accepted")
    said = LineProcessing.objects.filter(line__in=[line.pk for group in groups for line in group.lines])
    drop_questions(
        actor=actor,
        subject_uids=list(said.values_list("uid", flat=True)),
        reason=f"It is processed after all: {text}",
    )
    for group in groups:
        for line in group.lines:
            _say(actor, application, line, accepted=True, reason=text, criteria={}, investigation="")
    return [group.label for group in groups]


def _say(
    actor, application: Application, line: RequestLine, *, accepted, reason, criteria, investigation
) -> LineProcessing:
    """One word on one line, and the line moved where the word moves it."""
    line = RequestLine.objects.select_for_update().get(pk=line.pk)
    target = RequestLineStatus.REQUESTED if accepted else RequestLineStatus.NOT_ACCEPTED
    verb = "request_line.to_the_bodies"
    if line.status != target:
        move = REQUEST_LINE.check(line, target, permissions(actor, application.facility))
        verb = move.event
        line.status = target
        line.save(update_fields=["status"])
    word = LineProcessing.objects.create(
        line=line,
        accepted=accepted,
        reason=reason,
        criteria=criteria,
        investigation=investigation,
        recorded_at=clock.now(),
        recorded_by=actor,
    )
    record_event(
        actor=actor,
        verb=verb,
        subject=line,
        practitioner=application.practitioner,
        facility=application.facility,
        reason=reason,
    )
    return word


def _chosen(groups: Sequence[G], keys: Collection[str], why_not: str) -> list[G]:
    known = {group.key: group for group in groups}
    if not keys:
        raise Refused("Choose at least one privilege.", field="keys")
    if set(keys) - set(known):
        raise Refused(f"Something you chose {why_not}: look at the page again.", field="keys")
    return [group for key, group in known.items() if key in keys]


def _reason(reason: str) -> str:
    text = reason.strip()
    if len(text) < SHORTEST_REASON:
        raise Refused("Write the reason in a sentence: the applicant reads it in the letter.", field="reason")
    return text


def _locked(actor, application: Application) -> Application:
    return locked_application(
        actor, application, doing="decide what is processed in", why_not=why_not_processed
    )
