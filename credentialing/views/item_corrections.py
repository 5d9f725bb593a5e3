"""The part of an item's page that asks the practitioner about a discrepancy and shows what they answered."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.urls import reverse

from config.kernel import clock
from credentialing.forms.verification import CorrectionForm
from credentialing.models import VerificationItem
from credentialing.selectors.corrections import corrections_of, days_given, link_for, question_of
from credentialing.services.corrections import ask_for_correction


def may_be_asked(item: VerificationItem) -> bool:
    """Whether the practitioner may be told of it at all."""
    return not question_of(item).refusal


def form_of(data: Any, item: VerificationItem) -> CorrectionForm:
    """What they will read, by when they answer, and how they are asked."""
    today = clock.today(item.application.facility)
    return CorrectionForm(
        data,
        text=question_of(item).text,
        by_link=link_for(item) is not None,
        due_on=today + dt.timedelta(days=days_given(item.application.facility, today)),
    )


def ask(*, actor, item: VerificationItem, form: CorrectionForm, files: Any) -> None:
    """Ask them."""
    given = form.cleaned_data
    ask_for_correction(actor=actor, item=item, how=given["how"], due_on=given["due_on"])


def shown(item: VerificationItem) -> list[dict[str, Any]]:
    """What was asked, the newest first, with the answer or where it is recorded; no query where nothing
    was (``asked_to_correct``, from ``item_or_404``).
    """
    if not getattr(item, "asked_to_correct", True):
        return []
    today = clock.today(item.application.facility)
    return [
        {
            "row": row,
            "late": row.is_open and row.due_on < today,
            "answer_url": reverse("credentialing:deficiency_answer", args=[row.uid]) if row.is_open else "",
            "document_url": reverse("practitioners:document", args=[row.document.uid])
            if row.document
            else "",
        }
        for row in corrections_of(item)
    ]
