"""Letters the office writes from its templates: merged, looked at, issued.

What is issued is a :class:`practitioners.models.Letter`; typesetting it again repeats its hash.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from bylaws.selectors.peer_review import statement_of
from config.accounts.choices import DataClass
from config.accounts.policies import require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.canonical import bytes_digest, canonical_bytes
from config.kernel.errors import Conflict, Refused
from config.kernel.papers import typeset
from credentialing.choices import LetterRecipient
from credentialing.models import (
    Application,
    LetterTemplate,
    LetterTemplateVersion,
    OfficeLetter,
    VerificationItem,
)
from credentialing.rules.affiliations import said
from credentialing.rules.letter_occasions import NOTICES, judge
from credentialing.rules.letters import LONGEST_ADDED, Merged, merge
from credentialing.selectors.letter_facts import About, Facts, facts_of, hearing_days, in_force, values_of
from credentialing.services.guards import begin_application, begin_person
from practitioners import store
from practitioners.choices import LetterKind
from practitioners.models import Letter

TEMPLATE = "office"
SUBJECT = "office_letter"
WRITE = "practitioners.log_contact"
#: Lines and characters of an address.
MOST_LINES, LONGEST_LINE = 7, 100
#: What lists, links and the trail of acts call a letter of a protected class.
SPECIAL_NOTICE = "Special notice"


@dataclass(frozen=True)
class Draft:
    """A letter as it would be issued now. ``seen`` is the hash of what it says by itself, own words and
    address aside, for whoever looked at it.
    """

    version: LetterTemplateVersion
    merged: Merged
    content: dict[str, Any]
    seen: str


def draft_letter(
    *,
    actor,
    about: About,
    facts: Facts,
    template: LetterTemplate,
    item: VerificationItem | None = None,
    to: str = "",
    added: str = "",
) -> Draft:
    """The letter as it would be issued now; refuses where the template may not be used. Writes nothing."""
    require_class(actor, template.data_class, about.facility)
    verdict = judge(template.occasion, facts.situation)
    if not verdict.met:
        raise Refused(verdict.sentence)
    version = in_force(template)
    if version is None:
        raise Refused("No version of this template is published.")
    if len(added) > LONGEST_ADDED:
        raise Refused(f"Your own words are longer than {LONGEST_ADDED} characters.", field="added")
    choices = facts.items_for(template.occasion)
    if item is not None and item not in choices:
        raise Refused("This verification cannot be told of in this letter.", field="item")
    values = values_of(facts, signed_by=str(actor), item=item, occasion=template.occasion)
    if told := facts.evaluated.of(template.occasion):  # what is for cause, by letters of that occasion alone
        values["evaluations"] = told
    merged = merge(version.subject, version.body, values, added=added)
    content = _content(actor, about, facts, version, merged, to, str(values["practitioner_name"]))
    by_itself = merge(version.subject, version.body, values)
    seen = {"title": by_itself.title, "blocks": by_itself.blocks, "version": version.number}
    return Draft(version, merged, content, bytes_digest(canonical_bytes(seen)))


@transaction.atomic
def issue_letter(
    *,
    actor,
    about: About,
    template: LetterTemplate,
    item: VerificationItem | None = None,
    to: str = "",
    added: str = "",
    seen: str = "",
) -> Letter:
    """Typeset the letter, keep its bytes and its row. It is sent by :mod:`.letter_sending`.

    ``seen`` is the hash of the draft somebody looked at: a letter that would say something else by now is a
    ``Conflict``. Refused while a field has no value, and where the template may not be used.
    """
    about = _begin(actor, about)
    facts = facts_of(about)
    draft = draft_letter(
        actor=actor, about=about, facts=facts, template=template, item=item, to=to, added=added
    )
    if draft.merged.lacking:
        raise Refused(f"The letter cannot be issued. {' '.join(draft.merged.lacking)}")
    lines = _address(to, template)
    if seen and seen != draft.seen:
        raise Conflict("What the letter says has changed since you looked. Read it again, then issue it.")
    letter = _keep(actor, about, template, {**draft.content, "to": lines})
    office = OfficeLetter.objects.create(
        letter=letter,
        uid=letter.uid,
        version=draft.version,
        application=about.application,
        item=item,
        decision=facts.adverse if template.occasion in NOTICES else None,
        tells_of=facts.act_of(template.occasion),
        clock_days=hearing_days(about.facility, facts.on) if template.starts_clock else None,
    )
    letter.office = office
    record_event(
        actor=actor,
        verb="letter.issued",
        subject=letter,
        practitioner=about.practitioner,
        facility=about.facility,
        data=_told(template, draft.version) | {"sha256": letter.sha256},
    )
    return letter


def typeset_again(letter: Letter) -> bytes:
    """The letter's bytes made anew from its row: the same as were stored."""
    return typeset(TEMPLATE, letter.content, issued_at=letter.issued_at)


def typeset_draft(draft: Draft, to: str) -> bytes:
    """The draft as PDF, dated today; nothing is kept."""
    lines = [line.strip() for line in to.splitlines() if line.strip()][:MOST_LINES]
    content = {**draft.content, "to": lines or draft.content["to"], "marking": "Draft, not issued"}
    return typeset(TEMPLATE, content, issued_at=clock.now())


def _begin(actor, about: About) -> About:
    """Permission, own file, and the rows as they are now, locked in the order of the house."""
    practitioner = begin_person(actor, about.practitioner, WRITE, about.facility)
    application: Application | None = about.application
    if application is not None:
        application = begin_application(actor, application, WRITE)
    return About(practitioner, about.facility, application, about.act)


def _content(
    actor, about: About, facts: Facts, version, merged: Merged, to: str, name: str
) -> dict[str, Any]:
    """Everything the paper is typeset from, as plain data; ``name`` is the practitioner's in letters."""
    facility, template = about.facility, version.template
    body = facts.adverse.get_body_display() if facts.adverse is not None else ""
    adverse = template.occasion in NOTICES
    protected = template.data_class != DataClass.GENERAL
    return {
        "title": merged.title,
        "facility": {"name": facility.name, "city": facility.city, "phone": facility.office_phone},
        "practitioner": {"name": name, "npi": about.practitioner.npi or ""},
        "to": [line.strip() for line in to.splitlines() if line.strip()] or [name],
        "issued_on": said(facts.on),
        "on_behalf": f"the {body} of {facility.name}" if adverse else f"the medical staff of {facility.name}",
        "signed_by": str(actor),
        "blocks": merged.blocks,
        "marking": f"Special notice. {statement_of(about.facility)}" if protected else "",
        "template": {"code": template.code, "version": version.number},
    }


def _keep(actor, about: About, template: LetterTemplate, content: dict[str, Any]) -> Letter:
    issued_at: dt.datetime = clock.now()
    protected = template.data_class != DataClass.GENERAL
    letter = Letter(
        practitioner=about.practitioner,
        facility=about.facility,
        kind=LetterKind.SPECIAL_NOTICE if protected else LetterKind.OFFICE,
        subject_kind=SUBJECT,
        title=SPECIAL_NOTICE if protected else content["title"][:200],
        data_class=template.data_class,
        issued_on=clock.date_at(issued_at, about.facility),
        issued_at=issued_at,
        issued_by=actor,
        content=content,
        sha256=store.put(typeset(TEMPLATE, content, issued_at=issued_at)),
    )
    # Nothing else is told by this letter: it is its own subject, so that another of the kind may follow.
    letter.subject_uid = letter.uid
    letter.save(force_insert=True)
    return letter


def _address(to: str, template: LetterTemplate) -> list[str]:
    lines = [line.strip() for line in to.splitlines() if line.strip()]
    if not lines:
        whom = "the school or program" if template.recipient == LetterRecipient.OTHER else "the recipient"
        raise Refused(f"Write the name and address of {whom}.", field="to")
    if len(lines) > MOST_LINES:
        raise Refused(f"An address has {MOST_LINES} lines at most.", field="to")
    if any(len(line) > LONGEST_LINE for line in lines):
        raise Refused(f"A line of the address has {LONGEST_LINE} characters at most.", field="to")
    return lines


def _told(template: LetterTemplate, version: LetterTemplateVersion) -> dict[str, Any]:
    """What the trail of acts says: of a protected letter not even what kind it is."""
    if template.data_class != DataClass.GENERAL:
        return {}
    return {"template": template.code, "version": version.number}
