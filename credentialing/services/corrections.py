"""A discrepancy goes to the practitioner: by their signed link, or as a letter, in one act."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from config.kernel import clock
from config.kernel.errors import Refused
from credentialing.choices import ItemStatus, PacketMailKind
from credentialing.elements import AFFILIATIONS
from credentialing.models import Deficiency, LetterTemplate, VerificationItem
from credentialing.selectors.corrections import days_given, link_for, question_of
from credentialing.selectors.letter_facts import About, address_of
from credentialing.services import deficiencies, letters, packet_mails
from credentialing.services.guards import begin_item

VERIFY = "credentialing.verify"
#: How the practitioner is asked, with its words.
BY_LINK, BY_LETTER = "link", "letter"
#: Code of the shipped template that tells of a discrepancy.
TEMPLATE = "correct_discrepancy"


@transaction.atomic
def ask_for_correction(
    *, actor, item: VerificationItem, how: str, due_on: dt.date | None = None
) -> Deficiency:
    """Ask the practitioner to correct or explain what a source contradicts; their answer stands beside it.

    ``how``: by the applicant's signed link, with a mail, or by a letter, which is issued and waits to be
    sent. ``due_on`` (inclusive): as many days from today as the hospital gives. Refused for what never
    goes to the practitioner (references, other hospitals' opinions, the data bank), and while an answer is
    owed.
    """
    item = begin_item(actor, item, VERIFY)
    application = item.application
    if item.status != ItemStatus.DISCREPANT:
        raise Refused("There is no discrepancy to be corrected.")
    asked = question_of(item)
    if asked.refusal:
        raise Refused(asked.refusal)
    if item.corrections.filter(answered_at__isnull=True, withdrawn_at__isnull=True).exists():
        raise Refused("The practitioner has been asked, and has not answered yet.")
    today = clock.today(application.facility)
    row = deficiencies.write_deficiency(
        actor=actor,
        application=application,
        what=asked.text,
        due_on=due_on or today + dt.timedelta(days=days_given(application.facility, today)),
        item=item,
    )
    if how == BY_LINK:
        link = link_for(item)
        if link is None:
            raise Refused("The applicant has no link that works: ask by a letter.", field="how")
        packet_mails.queue_mail(actor=actor, link=link, kind=PacketMailKind.DEFICIENCY, deficiency=row)
    elif how == BY_LETTER:
        _write(actor, item)
    else:
        raise Refused("Choose how the practitioner is asked.", field="how")
    return row


def _write(actor, item: VerificationItem) -> None:
    """The letter of a discrepancy, issued to the address on file."""
    if item.element in AFFILIATIONS:
        raise Refused(
            "A letter would name the other hospital's answer: ask by the applicant's link.", field="how"
        )
    application = item.application
    template = LetterTemplate.objects.filter(code=TEMPLATE).first()
    if template is None:
        raise Refused(
            "The template of this letter is not loaded: manage.py load_letter_templates.", field="how"
        )
    letters.issue_letter(
        actor=actor,
        about=About(application.practitioner, application.facility, application),
        template=template,
        item=item,
        to=address_of(application.practitioner),
    )
