"""Forms sent to peers and other hospitals: whom they can be sent to, how they stand, what was answered."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse

from config.kernel import clock
from config.kernel.links import digest_of, token_for
from config.rulebook.selectors.parameters import resolve_many
from credentialing import parameters
from credentialing.choices import ApplicationStatus, Element, EnquiryStatus, ItemStatus
from credentialing.enquiry_forms import FORMS
from credentialing.models import Application, Enquiry, VerificationItem
from credentialing.models.enquiries import LIVE, OUT
from credentialing.rules.enquiries import concerns, read_form, seal_holds
from practitioners.models import CredentialPeriod
from practitioners.selectors.evidence import read_content

#: Statuses of an item in which an answer is still wanted.
UNANSWERED = (ItemStatus.NOT_STARTED, ItemStatus.REQUESTED, ItemStatus.AWAITING, ItemStatus.UNABLE)
#: Statuses of an application whose verification is worked on.
WORKED_ON = (ApplicationStatus.IN_VERIFICATION, ApplicationStatus.COMPLETE, ApplicationStatus.IN_REVIEW)
OPEN, USED, WITHDRAWN, EXPIRED, CLOSED = "open", "used", "withdrawn", "expired", "closed"


# --- the link -------------------------------------------------------------------------------------------


def token_of(enquiry: Enquiry) -> str:
    """The secret part of the link (:func:`.token_for`)."""
    return token_for("credentialing.enquiry", enquiry.uid)


def link_of(enquiry: Enquiry) -> str:
    """The whole address that is mailed."""
    path = reverse("credentialing:enquiry_answer", args=[token_of(enquiry)])
    return settings.STANDING_SITE_URL.rstrip("/") + path


def by_token(token: str) -> Enquiry | None:
    """The enquiry a link leads to; None for a link nobody was sent."""
    return (
        Enquiry.objects.filter(token_digest=digest_of(token))
        .select_related("item__application__practitioner", "item__application__facility", "item__credential")
        .first()
    )


def standing(enquiry: Enquiry) -> str:
    """What the link may be used for now: :data:`OPEN`, or why not.

    ``USED`` answered or declined, ``WITHDRAWN`` by the office, ``EXPIRED`` by time, ``CLOSED`` because the
    answer is needed no longer.
    """
    if enquiry.status in (EnquiryStatus.ANSWERED, EnquiryStatus.DECLINED):
        return USED
    if enquiry.status not in OUT:
        return WITHDRAWN
    if enquiry.expires_at <= clock.now():
        return EXPIRED
    item = enquiry.item
    if item.status not in UNANSWERED or item.application.status not in WORKED_ON:
        return CLOSED
    return OPEN


# --- whom to ask ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipient:
    """Whom a form goes to. ``problem`` says what is still missing, in a sentence."""

    name: str = ""
    title: str = ""
    organization: str = ""
    email: str = ""

    @property
    def problem(self) -> str:
        """Why nothing can be sent yet; empty when it can."""
        if not self.email:
            return "The claim names no e-mail address; enter one, or record the answer by hand."
        return ""


@dataclass(frozen=True)
class Candidate:
    """One item of a file a form can be sent for, with its recipient, or the reason why not."""

    item: VerificationItem
    recipient: Recipient
    problem: str = ""


def recipient_of(item: VerificationItem, period: CredentialPeriod | None) -> Recipient:
    """Whom to ask, as the claim names them. An employer is asked through its office, whose address no claim
    names.
    """
    if period is None:
        return Recipient()
    stated, issuer = period.extra or {}, str(period.identity.issuer or "")
    if item.element == Element.PEER_REFERENCE:
        return Recipient(
            name=str(stated.get("name") or "")[:120],
            title=str(stated.get("title") or "")[:120],
            organization=issuer[:200],
            email=str(stated.get("email") or "").strip(),
        )
    organization = issuer or str(stated.get("organization") or "")
    return Recipient(
        name="Medical Staff Office", organization=organization[:200], email=str(stated.get("email") or "")
    )


def claims_of(items: Sequence[VerificationItem]) -> dict[int | None, CredentialPeriod]:
    """The claim behind each item, by the credential's id, in one query."""
    periods = (
        CredentialPeriod.objects.live()
        .filter(identity_id__in=[each.credential_id for each in items if each.credential_id])
        .select_related("identity__credential_type")
        .order_by("valid")
    )
    return {period.identity_id: period for period in periods}


def candidates(application: Application) -> list[Candidate]:
    """Every reference and affiliation of the file that is not answered, and whether its form can be sent."""
    items = list(application.items.filter(element__in=list(FORMS), status__in=UNANSWERED).order_by("id"))
    claims = claims_of(items)
    out = set(Enquiry.objects.filter(item__in=items, status__in=LIVE).values_list("item_id", flat=True))
    found = []
    for item in items:
        item.application = application
        recipient = recipient_of(item, claims.get(item.credential_id))
        problem = "A form is out already." if item.pk in out else recipient.problem
        if item.credential_id is None:
            problem = "No claim names whom to ask; record the claim first."
        found.append(Candidate(item, recipient, problem))
    return found


@dataclass(frozen=True)
class Terms:
    """How long an answer may take, in days, and when one is reminded of it."""

    answer_days: int
    link_days: int
    ladder: tuple[int, ...]


def terms_of(facility, on: dt.date) -> Terms:
    """The facility's terms on that day."""
    codes = (
        parameters.ENQUIRY_ANSWER_DAYS,
        parameters.ENQUIRY_LINK_DAYS,
        parameters.ENQUIRY_REMINDER_DAYS,
    )
    bounds = resolve_many(list(codes), facility=facility, on=on)
    values = [bounds[code, ""].value if bounds.get((code, "")) else None for code in codes]
    return Terms(
        int(values[0] or 14), int(values[1] or 60), tuple(sorted(int(step) for step in values[2] or []))
    )


# --- how it stands --------------------------------------------------------------------------------------


def enquiries_of(item: VerificationItem) -> list[Enquiry]:
    """Every form sent for the item with its mails, the newest first; two queries."""
    return list(
        item.enquiries.select_related("evidence__redaction", "evidence__practitioner")
        .prefetch_related("mails")
        .order_by("-created_at", "-id")
    )


def live_enquiry(item: VerificationItem) -> Enquiry | None:
    """The form that is out for the item now."""
    return item.enquiries.filter(status__in=LIVE).first()


def needing_a_person(enquiries: QuerySet[Enquiry], *, today: dt.date) -> QuerySet[Enquiry]:
    """Of these, those no reminder helps: came back, declined, or past the time asked for or the link's life.

    Only while the item still wants an answer, and no later form is out.
    """
    later = Enquiry.objects.filter(status__in=OUT).values("item_id")
    return enquiries.filter(
        Q(status=EnquiryStatus.BOUNCED)
        | (Q(status=EnquiryStatus.DECLINED) & ~Q(item_id__in=later))
        | (Q(status__in=OUT) & (Q(due_on__lt=today) | Q(expires_at__lte=clock.now()))),
        item__status__in=UNANSWERED,
        item__application__status=ApplicationStatus.IN_VERIFICATION,
    )


# --- what was answered ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class SignedAnswer:
    """An answer as it was signed, with what it says a reviewer should weigh."""

    answers: list[dict[str, str]]
    signed_by: str
    signed_at: str
    statement: str
    hash: str
    holds: bool
    values: dict[str, str] = field(default_factory=dict)
    declined: str = ""
    concerns: list[str] = field(default_factory=list)


def read_answer(viewer, enquiry: Enquiry) -> SignedAnswer | None:
    """The answer of a form, for those whose roles open its class; reading it is logged. None: none yet.

    Raises ``Forbidden`` for everybody else, and ``Refused`` where the content was removed.
    """
    if enquiry.evidence is None:
        return None
    content = json.loads(read_content(viewer=viewer, evidence=enquiry.evidence))
    return answer_in(enquiry, content)


def answer_in(enquiry: Enquiry, content: dict) -> SignedAnswer:
    """A signed answer as read from its evidence: it holds when its hash is the one that was kept."""
    found = concerns(read_form(enquiry.asked), content.get("values", {}))
    if not same_person(content["signed_by"], enquiry.recipient_name) and not is_office(enquiry):
        found.append(f"Signed as {content['signed_by']}; the form was sent to {enquiry.recipient_name}.")
    return SignedAnswer(
        answers=content.get("answers", []),
        signed_by=content["signed_by"],
        signed_at=content["signed_at"],
        statement=content["statement"],
        hash=content["hash"],
        holds=seal_holds(content) and content["hash"] == enquiry.answer_hash,
        values=content.get("values", {}),
        declined=content.get("declined", ""),
        concerns=found,
    )


def is_office(enquiry: Enquiry) -> bool:
    """Whether an office was asked, for which whoever works there signs."""
    return enquiry.form_code != FORMS[Element.PEER_REFERENCE]


def same_person(one: str, other: str) -> bool:
    """Whether two names as typed share a family name: the longest word of one stands in the other."""
    words = [
        {"".join(filter(str.isalnum, word)).casefold() for word in name.split()} for name in (one, other)
    ]
    return any(len(word) > 2 for word in words[0] & words[1])
