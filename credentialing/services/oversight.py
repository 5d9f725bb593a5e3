"""Reviewing files of a payer's roster: drawing a sample, recording what was found, handing the file out."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import IO

from django.db import transaction

from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Refused
from config.kernel.pages.exports import csv_bytes
from config.kernel.texts import needed, within
from credentialing.choices import ApplicationKind, ReviewMark
from credentialing.delegation_lists import FACTS, MARKS, facts_of, mark_rows
from credentialing.models import Application, OversightFile, OversightMark, OversightSample, Payer
from credentialing.policies import visible_applications
from credentialing.rules.file_review import draw
from credentialing.selectors.delegation import delegation_of, findings_of
from credentialing.selectors.oversight import judged_files, latest_marks, sample_review, universe
from credentialing.selectors.payers import MANAGE
from credentialing.services.guards import refuse_own_file
from credentialing.services.survey import export_survey_file

LONGEST_SEED, LONGEST_NOTE = 40, 2000
#: Kinds of applications payers know.
KINDS = (ApplicationKind.INITIAL, ApplicationKind.REAPPOINTMENT)


@transaction.atomic
def draw_sample(
    *, actor, payer: Payer, kind: str, first_day: dt.date, last_day: dt.date, seed: str = ""
) -> OversightSample:
    """Draw up to thirty files of the payer's roster at random and mark every element as each file shows it.

    They are judged by the standard of the agreement alone, as the payer would. The same seed draws the same
    again.
    """
    require(actor, MANAGE, payer.facility)
    if kind not in KINDS:
        raise Refused("Choose initial credentialing or recredentialing.", field="kind")
    if last_day < first_day:
        raise Refused("The last day lies before the first.", field="last_day")
    agreement = delegation_of(payer, clock.today(payer.facility)).agreement
    if agreement is None:
        raise Refused("No agreement says by whose standard the payer reviews files.")
    known = universe(actor, payer, kind=kind, first_day=first_day, last_day=last_day)
    if not known:
        raise Refused("No file of this kind was decided within these days.", field="first_day")
    seed = within(seed, LONGEST_SEED, field="seed") or secrets.token_hex(4)
    chosen = draw(known, seed)
    now = clock.now()
    sample = OversightSample.objects.create(
        payer=payer,
        standard=agreement.standard,
        kind=kind,
        first_day=first_day,
        last_day=last_day,
        seed=seed,
        universe=len(known),
        drawn_at=now,
        drawn_by=actor,
    )
    by_uid = {str(one.uid): one for one in visible_applications(actor).filter(uid__in=chosen)}
    applications: list[Application] = [by_uid[uid] for uid in chosen]
    files = OversightFile.objects.bulk_create(
        OversightFile(sample=sample, application=one, position=number)
        for number, one in enumerate(applications, start=1)
    )
    judged = judged_files(payer, applications, agreement.standard)
    OversightMark.objects.bulk_create(
        OversightMark(
            file=file, element=element, mark=each.mark, note=each.sentence, computed=True, recorded_at=now,
            recorded_by=actor,
        )
        for file, elements in zip(files, judged, strict=True)
        for element, each in elements.items()
    )  # fmt: skip
    record_event(
        actor=actor,
        verb="oversight.drawn",
        subject=sample,
        facility=payer.facility,
        data={"kind": kind, "seed": seed, "universe": len(known), "sample": chosen},
    )
    return sample


@transaction.atomic
def record_mark(*, actor, file: OversightFile, element: str, mark: str, note: str) -> OversightMark:
    """What a reviewer found of one element of one file, and why; the word before stays in the record."""
    facility = file.sample.payer.facility
    require(actor, MANAGE, facility)
    refuse_own_file(actor, file.application.practitioner)
    OversightFile.objects.select_for_update(of=("self",), no_key=True).get(pk=file.pk)
    if mark not in ReviewMark.values:
        raise Refused("Choose Y, N or NA.", field="mark")
    held = latest_marks([file]).get(file.pk, {}).get(element)
    if held is None:
        raise Refused("The review of this file has no such element.", field="element")
    text = needed(note, LONGEST_NOTE, field="note", otherwise="Write what it rests on.")
    found = OversightMark.objects.create(
        file=file, element=element, mark=mark, note=text, computed=False, recorded_at=clock.now(),
        recorded_by=actor,
    )  # fmt: skip
    record_event(
        actor=actor,
        verb="oversight.marked",
        subject=file,
        practitioner=file.application.practitioner,
        facility=facility,
        reason=text,
        data={"element": element, "before": held.mark, "mark": mark},
    )
    return found


def export_oversight_file(*, actor, sample: OversightSample) -> IO[bytes]:
    """The survey-ready file of the files that were looked at, judged by the payer's standard, with the
    agreement, audits and reports, and the marks of the review. Recorded before it is answered; the caller
    closes it.
    """
    seen = sample_review(actor, sample)
    held = delegation_of(sample.payer, clock.today(sample.payer.facility))
    return export_survey_file(
        actor=actor,
        applications=[line.file.application for line in seen.looked_at],
        title=f"Oversight by {sample.payer}: {sample.get_kind_display().lower()}, seed {sample.seed}",
        standard=sample.standard,
        more={
            "delegation.csv": csv_bytes(FACTS, facts_of(held, findings_of([sample.payer]))),
            "file-review.csv": csv_bytes(MARKS, mark_rows(seen)),
        },
    )
