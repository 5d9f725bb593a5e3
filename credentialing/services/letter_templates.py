"""Templates of letters: shipped ones loaded, new versions written, published."""

from __future__ import annotations

from django.db import transaction
from django.utils.text import slugify

from config.accounts.choices import DataClass
from config.accounts.policies import require, require_class
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from credentialing.choices import LetterOccasion, LetterRecipient
from credentialing.evaluated import FOR_CAUSE
from credentialing.letter_templates import load_templates
from credentialing.models import LetterTemplate, LetterTemplateVersion
from credentialing.rules.letter_occasions import NOTICES
from credentialing.rules.letters import check_words, fields_of
from credentialing.selectors import mail_words

WRITE = "practitioners.log_contact"
LONGEST_NOTE, LONGEST_PURPOSE = 300, 1000
#: Addresses of their own, which no template is called.
RESERVED = frozenset({"add"})
#: When a template of the office's own may be used: not the notices the law words, what is peer review, nor a
#: mail by itself.
OWN_OCCASIONS = tuple(
    each
    for each in LetterOccasion
    if each not in (*NOTICES, *FOR_CAUSE, LetterOccasion.HEARING, LetterOccasion.MAIL)
)
#: Why who wrote a version is not offered its publication.
ANOTHER_PERSON = "You wrote this version: a second person reads it and publishes it."


@transaction.atomic
def load_letter_templates(*, actor) -> dict[str, int]:
    """Add the shipped templates that are not there yet, published; whatever was edited stays as it is."""
    require(actor, "accounts.manage")
    counts = {"added": 0, "kept": 0}
    for written in load_templates():
        if LetterTemplate.objects.filter(code=written["code"]).exists():
            counts["kept"] += 1
            continue
        now = clock.now()
        template = LetterTemplate.objects.create(
            code=written["code"],
            name=written["name"],
            purpose=written["purpose"],
            occasion=written["occasion"],
            recipient=written["recipient"],
            data_class=written.get("data_class", DataClass.GENERAL),
            starts_clock=written.get("starts_clock", False),
            created_at=now,
            created_by=actor,
        )
        version = LetterTemplateVersion.objects.create(
            template=template,
            number=1,
            subject=written["subject"].strip(),
            body=written["body"].strip(),
            note="As shipped",
            made_at=now,
            made_by=actor,
            published_at=now,
            published_by=actor,
        )
        record_event(actor=actor, verb="letter_template.published", subject=version, data={"number": 1})
        counts["added"] += 1
    return counts


@transaction.atomic
def add_template(
    *, actor, name: str, purpose: str, occasion: str, recipient: str, subject: str, body: str
) -> LetterTemplate:
    """A template of the office's own, of the general class, with its first version as a draft: it is used
    once a second person publishes it. Notices and mails that go out by themselves come with the product.
    """
    require(actor, WRITE)
    name, purpose = " ".join(name.split())[:120], purpose.strip()[:LONGEST_PURPOSE]
    subject, body = subject.strip(), body.replace("\r\n", "\n").strip()
    if not name:
        raise Refused("Give the template a name.", field="name")
    if not purpose:
        raise Refused("Say in a sentence what it is for.", field="purpose")
    if occasion not in OWN_OCCASIONS:
        raise Refused("Choose when it may be used.", field="occasion")
    if recipient not in LetterRecipient.values:
        raise Refused("Choose to whom it writes.", field="recipient")
    check_words(subject, body)
    code = slugify(name)[:40].strip("-") or "letter"
    if code in RESERVED or LetterTemplate.objects.filter(code=code).exists():
        raise Refused("There is a template of that name: write its next version.", field="name")
    now = clock.now()
    template = LetterTemplate.objects.create(
        code=code,
        name=name,
        purpose=purpose,
        occasion=occasion,
        recipient=recipient,
        created_at=now,
        created_by=actor,
    )
    version = LetterTemplateVersion.objects.create(
        template=template,
        number=1,
        subject=subject,
        body=body,
        note="Written here",
        made_at=now,
        made_by=actor,
    )
    record_event(actor=actor, verb="letter_template.written", subject=version, data={"number": 1})
    return template


@transaction.atomic
def write_version(
    *, actor, template: LetterTemplate, subject: str, body: str, note: str, newest: int
) -> LetterTemplateVersion:
    """Write the next version of a template; it is used once it is published.

    ``newest`` is the number the writer started from: another one's version in between is a ``Conflict``.
    """
    template = _lock(actor, template)
    before = template.versions.order_by("-number").first()
    subject, body = subject.strip(), body.replace("\r\n", "\n").strip()
    note = note.strip()
    check_words(subject, body)
    if not note:
        raise Refused("Say in a sentence what is different.", field="note")
    if len(note) > LONGEST_NOTE:
        raise Refused(f"What is different is longer than {LONGEST_NOTE} characters.", field="note")
    if before is not None and before.number != newest:
        raise Conflict(f"Version {before.number} was written in the meantime. Look at it first.")
    if before is not None and (before.subject, before.body) == (subject, body):
        raise Refused("Nothing is different from the version before.", field="body")
    _keep_what_the_law_asks(template, subject, body)
    _keep_what_a_mail_needs(template, subject, body)
    version = LetterTemplateVersion.objects.create(
        template=template,
        number=before.number + 1 if before else 1,
        subject=subject,
        body=body,
        note=note,
        made_at=clock.now(),
        made_by=actor,
    )
    record_event(
        actor=actor, verb="letter_template.written", subject=version, data={"number": version.number}
    )
    return version


@transaction.atomic
def publish_version(*, actor, version: LetterTemplateVersion) -> LetterTemplateVersion:
    """From now on letters are written from this version; letters already issued keep theirs.

    A second person publishes: whoever wrote the version does not put it in force.
    """
    template = _lock(actor, version.template)
    version = LetterTemplateVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    version.template = template
    if version.published_at is not None:
        raise Refused("This version is published already.")
    newer = template.versions.filter(published_at__isnull=False, number__gt=version.number).first()
    if newer is not None:
        raise Refused(f"Version {newer.number} is in force. Write a new version with the older words.")
    if version.made_by_id == actor.pk:
        raise Refused(ANOTHER_PERSON)
    version.published_at, version.published_by = clock.now(), actor
    version.save(update_fields=["published_at", "published_by"])
    record_event(
        actor=actor, verb="letter_template.published", subject=version, data={"number": version.number}
    )
    return version


#: What a notice of an adverse act states: what, why, and how long a hearing can be asked for.
NOTICE_FIELDS = ("recommendation", "reasons", "hearing_days")


def _keep_what_the_law_asks(template: LetterTemplate, subject: str, body: str) -> None:
    """42 USC 11112(b)(1): the action, the reasons, the right to a hearing and the time to ask for it."""
    if template.occasion not in NOTICES:
        return
    named = fields_of(subject, body)
    for name in NOTICE_FIELDS:
        if name not in named:
            raise Refused(
                f"A notice of an adverse recommendation or decision names {{{name}}}: 42 USC 11112(b)(1).",
                field="body",
            )


#: What a mail that goes out by itself cannot do without, by the code of its template.
MAIL_FIELDS = {
    mail_words.INVITATION: ("mail_link", "mail_due"),
    mail_words.MISSING: ("mail_link", "mail_due"),
    mail_words.ENQUIRY: ("mail_link", "practitioner_name"),
    mail_words.EXPIRING: ("credential_kind", "credential_last_day"),
}
#: What every mail has a value for, by the code of its template, beside what it needs.
MAIL_MAY = {
    mail_words.INVITATION: ("recipient_name", "form_title", "facility_name"),
    mail_words.MISSING: ("recipient_name", "form_title", "facility_name"),
    mail_words.ENQUIRY: ("recipient_name", "form_title", "facility_name", "mail_due"),
    mail_words.EXPIRING: ("practitioner_name",),
}


def _keep_what_a_mail_needs(template: LetterTemplate, subject: str, body: str) -> None:
    """A mail without its link, or with a field it has no value for, would go out to nobody's use."""
    needed = MAIL_FIELDS.get(template.code, ())
    named = fields_of(subject, body)
    if template.occasion != LetterOccasion.MAIL:
        return
    for name in needed:
        if name not in named:
            raise Refused(f"This e-mail cannot do without {{{name}}}.", field="body")
    for name in named:
        if name not in (*needed, *MAIL_MAY.get(template.code, ())):
            raise Refused(f"This e-mail has no value for {{{name}}}.", field="body")
    if "mail_link" in needed and "{mail_link}" not in map(str.strip, body.split("\n")):
        raise Refused("{mail_link} stands on a line of its own, so that it can be pressed.", field="body")
    if "mail_link" in fields_of(subject, ""):
        raise Refused("The link does not stand in the subject.", field="subject")


def _lock(actor, template: LetterTemplate) -> LetterTemplate:
    require(actor, WRITE)
    require_class(actor, template.data_class)
    return LetterTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
