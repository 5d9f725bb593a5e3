"""All letters of a meeting in one act: issued and sent as far as they can be, each by itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db import transaction

from bylaws.models import Meeting
from config.accounts.policies import require
from config.kernel.errors import Refused
from credentialing.choices import SendingChannel
from credentialing.rules.letter_occasions import NOTICES
from credentialing.selectors.letter_facts import About, address_of
from credentialing.selectors.letters import WRITE
from credentialing.selectors.meeting_letters import MeetingLetter, decisions_of, letters_of_meeting
from credentialing.services.letter_sending import Handed, send_letter
from credentialing.services.letters import issue_letter
from practitioners.models import Letter, Practitioner
from practitioners.services.people import lock_practitioner


@dataclass
class Lettered:
    """What came of the letters of a meeting: issued, sent, and of the others why not."""

    issued: list[Letter] = field(default_factory=list)
    sent: list[Letter] = field(default_factory=list)
    left: list[tuple[MeetingLetter, str]] = field(default_factory=list)


@transaction.atomic
def issue_meeting_letters(*, actor, meeting: Meeting, chosen: Collection[str]) -> Lettered:
    """Issue and send the letters of the meeting whose keys are ``chosen``.

    What was issued is not issued again, what went out is not sent again: repeated, it does nothing. A letter
    that cannot be issued or sent is named with its reason and hinders none of the others. Refused where
    nothing of what was chosen is left to do.
    """
    require(actor, WRITE, meeting.committee.facility)
    people = decisions_of(actor, meeting).order_by().values("practitioner_id")
    for person in Practitioner.objects.filter(pk__in=people).order_by("pk"):
        lock_practitioner(person)  # whoever does the same waits here, and then finds the letters issued
    wanted = [each for each in letters_of_meeting(actor, meeting) if each.key in chosen and each.waits]
    if not wanted:
        raise Refused("Nothing of what was chosen is left to issue or to send.")
    done = Lettered()
    for each in wanted:
        try:
            with transaction.atomic():
                letter = each.letter or _issue(actor, each)
        except Refused as refused:
            done.left.append((each, refused.sentence))
            continue
        if each.letter is None:
            done.issued.append(letter)
        if not each.sends:
            done.left.append((each, each.problem))
            continue
        try:
            with transaction.atomic():
                send_letter(actor=actor, letter=letter, handed=Handed(SendingChannel.EMAIL, email=each.email))
        except Refused as refused:
            done.left.append((each, refused.sentence))
        else:
            done.sent.append(letter)
    return done


def _issue(actor, row: MeetingLetter) -> Letter:
    application, template = row.application, row.template
    if template is None:  # such a row never waits
        raise Refused(row.problem)
    act = row.decision.uid if template.occasion in NOTICES else None
    return issue_letter(
        actor=actor,
        about=About(application.practitioner, application.facility, application, act),
        template=template,
        to=address_of(application.practitioner),
    )
