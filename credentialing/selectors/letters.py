"""Letters of a hospital: who may see them, how far each is, what waits to be done."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)

from bylaws.models import Decision
from bylaws.selectors.due_process import Way
from config.accounts.policies import data_classes, facilities_with, require
from config.organization.models import Facility
from credentialing.choices import LetterRecipient, LetterState, MailStatus, SendingOutcome
from credentialing.models import (
    AffiliationReply,
    LetterArrival,
    LetterSending,
    LetterTemplate,
    LetterTemplateVersion,
)
from credentialing.models.letters import TRACKED
from practitioners.choices import LetterKind
from practitioners.models import Letter, Practitioner
from practitioners.selectors.canonical import among, own_records

WRITE = "practitioners.log_contact"
#: Letters that go with their own mail; somebody has to send every other one, also what an act has made.
BY_THEMSELVES = (LetterKind.AFFILIATION,)
WAITING = (LetterState.TO_SEND, LetterState.CAME_BACK, LetterState.FAILED)


def visible_letters(viewer) -> QuerySet[Letter]:
    """Letters of the offices the person writes for, in the classes their roles open there, none to
    themselves.
    """
    here = Q(pk__in=[])
    for place in facilities_with(viewer, WRITE):
        here |= Q(facility_id=place, data_class__in=data_classes(viewer, Facility(pk=place)))
    return (
        Letter.objects.filter(here)
        .exclude(practitioner_id__in=own_records(viewer))
        .select_related("practitioner", "facility", "issued_by")
        .select_related("office__version__template", "office__application")
    )


def state_of(letter: Any) -> LetterState:
    """How far a letter of :func:`with_state` is."""
    return LetterState(letter.state)


def get_letter(viewer, uid) -> Letter | None:
    """The letter of that uid with how far it is, if the person may see it."""
    require(viewer, WRITE)
    return with_state(visible_letters(viewer)).filter(uid=uid).first()


def current_arrivals() -> QuerySet[LetterArrival]:
    """What is known of the ways of letters, corrected rows left out."""
    later = LetterArrival.objects.filter(sending=OuterRef("sending"), number__gt=OuterRef("number"))
    return LetterArrival.objects.filter(sending__corrected_by__isnull=True).filter(~Exists(later))


def with_state(letters: QuerySet[Letter]) -> QuerySet[Letter]:
    """Each letter with its newest sending, the day it arrived and how far it is."""
    newest_arrival = LetterArrival.objects.filter(sending=OuterRef("pk")).order_by("-number")
    sendings = (
        LetterSending.objects.filter(letter=OuterRef("pk"), corrected_by__isnull=True)
        .annotate(outcome=Subquery(newest_arrival.values("outcome")[:1]))
        .order_by("-recorded_at", "-pk")
    )
    delivered = (
        current_arrivals()
        .filter(sending__letter=OuterRef("pk"), outcome=SendingOutcome.DELIVERED)
        .order_by("happened_on")
    )
    replies = AffiliationReply.objects.filter(letter=OuterRef("pk")).order_by("-decided_at")
    return letters.annotate(
        channel=Subquery(sendings.values("channel")[:1]),
        sent_on=Subquery(sendings.values("sent_on")[:1]),
        tracking=Subquery(sendings.values("tracking")[:1]),
        last_outcome=Subquery(sendings.values("outcome")[:1]),
        mail=Subquery(sendings.values("mail__status")[:1]),
        delivered_on=Subquery(delivered.values("happened_on")[:1]),
        reply=Subquery(replies.values("status")[:1]),
        replied_at=Subquery(replies.values("sent_at")[:1]),
    ).annotate(state=_state())


def _state() -> Case:
    on_its_way = (MailStatus.WAITING, MailStatus.CLAIMED)
    return Case(
        When(delivered_on__isnull=False, then=Value(LetterState.DELIVERED)),
        When(last_outcome=SendingOutcome.REFUSED, then=Value(LetterState.REFUSED)),
        When(last_outcome=SendingOutcome.CAME_BACK, then=Value(LetterState.CAME_BACK)),
        When(Q(mail=MailStatus.RETURNED) | Q(reply=MailStatus.RETURNED), then=Value(LetterState.CAME_BACK)),
        When(Q(mail__in=on_its_way) | Q(reply__in=on_its_way), then=Value(LetterState.SENDING)),
        When(Q(mail=MailStatus.FAILED) | Q(reply=MailStatus.FAILED), then=Value(LetterState.FAILED)),
        When(Q(channel__isnull=False) | Q(reply=MailStatus.SENT), then=Value(LetterState.SENT)),
        When(kind__in=BY_THEMSELVES, then=Value(LetterState.NOT_RECORDED)),
        default=Value(LetterState.TO_SEND),
        output_field=CharField(),
    )


def ways_of(letters: Iterable[int]) -> dict[int, tuple[LetterState, bool]]:
    """How far each of the letters is, and whether somebody has yet to send it; one query."""
    rows: QuerySet[Any] = with_state(Letter.objects.filter(pk__in=list(letters)))
    return {each.pk: (state_of(each), each.state in WAITING) for each in rows}


def letters_to_send(viewer, facility: Facility) -> QuerySet[Any]:
    """Letters that wait to be sent, came back or could not be mailed, the oldest first: written from a
    template or made with the act they tell of.
    """
    rows = visible_letters(viewer).filter(facility=facility).exclude(kind__in=BY_THEMSELVES)
    found: QuerySet[Any] = with_state(rows)
    return found.filter(state__in=WAITING).order_by("issued_at", "pk")


def unanswered() -> QuerySet[LetterSending]:
    """Sendings whose carrier can say when they arrived, and nothing is recorded."""
    return LetterSending.objects.filter(channel__in=TRACKED, corrected_by__isnull=True, arrivals__isnull=True)


def awaited(viewer, facility: Facility) -> QuerySet[LetterSending]:
    """The :func:`unanswered` sendings of the facility's letters, the oldest first."""
    return (
        unanswered()
        .filter(letter__in=visible_letters(viewer).filter(facility=facility))
        .select_related("letter__practitioner", "letter__office")
        .order_by("sent_on", "pk")
    )


def sendings_of(letter: Letter) -> list[LetterSending]:
    """Every sending of a letter with what came of it, corrected ones too, the newest first; two queries."""
    return list(
        letter.sendings.select_related("recorded_by", "mail", "corrected_by")
        .prefetch_related("arrivals__recorded_by", "arrivals__proof")
        .order_by("-recorded_at", "-pk")
    )


def way_of(letter: Letter) -> Way:
    """The first day the letter was handed over, and the first on which it was received; two queries.

    A sending that was corrected does not count, its correction does. That says nothing against a receipt that
    was proved: it counts until something is recorded of the way of the correction.
    """
    sendings = {
        each.pk: each
        for each in letter.sendings.prefetch_related("arrivals__proof").order_by("recorded_at", "pk")
    }
    corrected = {each.corrects_id for each in sendings.values()}
    standing = [each for each in sendings.values() if each.pk not in corrected]
    if not standing:
        return Way()
    first = min(standing, key=lambda each: each.sent_on)
    arrivals = [found for each in standing if (found := _newest_arrival(each, sendings)) is not None]
    received = min(
        (each for each in arrivals if each.outcome == SendingOutcome.DELIVERED),
        key=lambda each: each.happened_on,
        default=None,
    )
    how = " ".join(filter(None, (first.get_channel_display(), first.carrier, first.tracking)))
    if received is None:
        return Way(first.sent_on, how)
    return Way(first.sent_on, how, received.happened_on, received.told_by, received.proof)


def _newest_arrival(sending: LetterSending, sendings: Mapping[int, LetterSending]) -> LetterArrival | None:
    """What is known of the way of a sending, or of the one it corrects where nothing is of its own."""
    at: LetterSending | None = sending
    while at is not None:
        arrivals = list(at.arrivals.all())
        if arrivals:
            return max(arrivals, key=lambda each: each.number)
        at = sendings.get(at.corrects_id) if at.corrects_id is not None else None
    return None


def letters_about(viewer, practitioner: Practitioner) -> QuerySet[Letter]:
    """Letters of the person's file, the newest first, with how far they are."""
    rows = visible_letters(viewer).filter(practitioner__in=among([practitioner.pk]))
    return with_state(rows).order_by("-issued_at", "-pk")


def letters_of_application(viewer, application) -> QuerySet[Letter]:
    """Letters written from a file, and those of its decisions, the newest first, with how far they are."""
    decisions = Decision.objects.filter(step__case__subject_uid=application.uid)
    of_decisions = Q(subject_kind="application", subject_uid=application.uid) | Q(
        subject_kind="decision", subject_uid__in=decisions.values("uid")
    )
    rows = visible_letters(viewer).filter(
        Q(office__application=application) | Q(of_decisions, kind=LetterKind.DECISION),
        practitioner__in=among([application.practitioner_id]),
    )
    return with_state(rows).order_by("-issued_at", "-pk")


def letter_telling(viewer, practitioner: Practitioner, act: uuid.UUID) -> Letter | None:
    """The newest letter about that one act (:attr:`OfficeLetter.tells_of`); one query."""
    return letters_about(viewer, practitioner).filter(office__tells_of=act).first()


# --- templates ------------------------------------------------------------------------------------------


def templates_for(viewer) -> QuerySet[LetterTemplate]:
    """Templates of the classes the person's roles open, with the number in force and of the newest draft."""
    require(viewer, WRITE)
    versions = LetterTemplateVersion.objects.filter(template=OuterRef("pk")).order_by("-number")
    published = versions.filter(published_at__isnull=False)
    return LetterTemplate.objects.filter(data_class__in=data_classes(viewer)).annotate(
        number_in_force=Subquery(published.values("number")[:1]),
        published_at=Subquery(published.values("published_at")[:1]),
        newest=Subquery(versions.values("number")[:1]),
        draft=Case(
            When(Q(newest__gt=F("number_in_force")) | Q(number_in_force__isnull=True), then=F("newest")),
        ),
    )


def template_for(occasion: str) -> LetterTemplate | None:
    """The template a letter on the occasion is written from: the oldest published one; one query."""
    rows = LetterTemplate.objects.filter(occasion=occasion, versions__published_at__isnull=False)
    return rows.order_by("pk").first()


def versions_of(template: LetterTemplate) -> list[LetterTemplateVersion]:
    """Every version, the newest first."""
    return list(template.versions.select_related("made_by", "published_by").order_by("-number"))


def kind_of(letter: Letter) -> str:
    """What a list calls a letter: its template's name, else its kind."""
    office = getattr(letter, "office", None)
    return office.version.template.name if office is not None else letter.get_kind_display()


def went_out_to_practitioner(letter: Letter) -> bool:
    """Whether a special notice was written to the practitioner and handed over on its way; one query."""
    return notices_to(Letter.objects.filter(pk=letter.pk)).exists()


def notices_to(letters: QuerySet[Any]) -> QuerySet[Any]:
    """Of these letters the special notices written to the practitioner that went out."""
    sent = LetterSending.objects.filter(letter=OuterRef("pk"), corrected_by__isnull=True)
    to_them = Q(office__version__template__recipient=LetterRecipient.PRACTITIONER) | Q(
        due_process_notice__isnull=False
    )
    return letters.filter(to_them, Exists(sent), kind=LetterKind.SPECIAL_NOTICE).order_by("-issued_at", "-pk")
