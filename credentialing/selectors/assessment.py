"""Assessing a file: the flags a person may read, the category, what is new since it was complete."""

from __future__ import annotations

import copy
import datetime as dt
import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from config.accounts.choices import DataClass
from config.accounts.policies import data_classes
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.canonical import digest
from config.kernel.display.dates import day_text
from config.kernel.periods import last_day
from config.organization.models import Facility
from config.rulebook.selectors.parameters import Bound, resolve
from config.rulebook.verdicts import Verdict
from credentialing import parameters
from credentialing.asked_for import AskedFor, asked_for, asked_for_many
from credentialing.choices import FlagStatus, ItemStatus
from credentialing.models import (
    Application,
    CategoryRaise,
    ChangeSeen,
    FileSnapshot,
    RedFlag,
    VerificationItem,
)
from credentialing.rules import red_flags
from credentialing.rules.changes import PRIVILEGE, Change, State, changes, flag_digest, flag_key
from credentialing.rules.file_category import (
    WEIGHS,
    Category,
    Weighed,
    against_in_words,
    judge_category,
)
from credentialing.rules.red_flags.answered import ABOUT_HEALTH
from credentialing.selectors.flag_facts import label_of, periods_of
from credentialing.selectors.items import shown_status
from credentialing.selectors.requirements import decision_day
from practitioners.choices import CredentialStatus
from practitioners.models import CredentialPeriod, DisclosureAnswer
from practitioners.selectors.canonical import among

PROTECTED = "Of the class “{name}”, which your roles do not open."


#: What everybody may read of a matter only few may know of.
KEPT = "The Medical Staff Office keeps something about it that is to be looked at first."


# --- flags ----------------------------------------------------------------------------------------------


def title_of(code: str) -> str:
    """What a code of flags is called; the code itself where no rule has it."""
    rule = red_flags.RULES.get(code)
    return f"{rule.title} ({code})" if rule else code


def readable(viewer, facility: Facility, flags: Iterable[RedFlag]) -> list[RedFlag]:
    """The flags as far as the viewer may read them; copies, never to be saved.

    Of a protected one others read that it is there. A matter of health is not even that: it is shown to those
    whose roles open the class alone.
    """
    opened = data_classes(viewer, facility)
    shown = []
    for flag in flags:
        if flag.data_class in opened:
            shown.append(flag)
        elif flag.data_class != DataClass.HEALTH:
            closed = copy.copy(flag)
            closed.sentence = PROTECTED.format(name=DataClass(flag.data_class).label)
            closed.disposition, closed.note = "", ""
            shown.append(closed)
    return shown


def log_confidential(viewer, application: Application, flags: Iterable[RedFlag]) -> None:
    """Log that a matter of health among the flags is shown to this viewer, where one is."""
    health = any(flag.data_class == DataClass.HEALTH for flag in flags)
    if health and DataClass.HEALTH in data_classes(viewer, application.facility):
        record_protected_read(
            actor=viewer,
            data_class=DataClass.HEALTH,
            subject_kind=application._meta.label_lower,
            subject_uid=application.uid,
            practitioner=application.practitioner,
        )


def _weighed(flag: RedFlag, opened: set[str]) -> Weighed:
    if flag.data_class in opened:
        return Weighed(title_of(flag.code), flag.sentence, flag.severity, flag.status)
    name = DataClass(flag.data_class).label
    return Weighed(title_of(flag.code), PROTECTED.format(name=name), flag.severity, flag.status)


# --- the category ---------------------------------------------------------------------------------------


def raise_of(application: Application) -> CategoryRaise | None:
    """Who said that the file needs full review; one query where it is not read with the application."""
    return getattr(application, "category_raise", None)


def category_of(
    application: Application,
    *,
    viewer=None,
    flags: Sequence[RedFlag] | None = None,
    criteria: Verdict | None = None,
    asked: AskedFor | None = None,
    kept_by: Bound | None = None,
) -> Category:
    """The category of the file as this viewer may have it explained; without a viewer in words for everybody.

    A matter of health weighs for those whose roles open the class alone: for others it is neither counted nor
    does it show by the outcome, so that nobody infers it.
    Two queries, one more for flags and five for what is asked, where they are not given.
    """
    opened = data_classes(viewer, application.facility) if viewer is not None else {str(DataClass.GENERAL)}
    on = decision_day(application)
    if criteria is None:
        criteria = (asked if asked is not None else asked_for(application, on)).criteria
    raised = raise_of(application)
    rows = flags if flags is not None else application.red_flags.all()
    return judge_category(
        flags=[
            _weighed(flag, opened)
            for flag in rows
            if flag.data_class != DataClass.HEALTH or flag.data_class in opened
        ],
        complete_on=application.complete_on,
        criteria=criteria,
        raised=(str(raised.raised_by), raised.reason) if raised else None,
        kept_by=kept_by
        if kept_by is not None
        else resolve(parameters.CATEGORY_KEPT_BY, facility=application.facility, on=on),
    )


# --- what is new ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SeenBy:
    """Who looked at a change, and when."""

    name: str
    at: Any
    note: str = ""


@dataclass(frozen=True)
class News:
    """One change since the file was complete, and who has looked at it."""

    change: Change
    seen: tuple[SeenBy, ...]
    by_office: bool
    by_viewer: bool


@dataclass(frozen=True)
class Delta:
    """Everything new since the snapshot; None where the file was never marked complete."""

    snapshot: FileSnapshot
    news: tuple[News, ...]

    @property
    def unseen(self) -> list[News]:
        """What nobody of the office has looked at."""
        return [each for each in self.news if not each.by_office]

    @property
    def to_see(self) -> list[News]:
        """What the viewer has not looked at yet."""
        return [each for each in self.news if not each.by_viewer]


def state_of(
    application: Application,
    *,
    flags: Sequence[RedFlag] | None = None,
    items: Sequence[VerificationItem] | None = None,
    periods: Sequence[CredentialPeriod] | None = None,
    asked: AskedFor | None = None,
) -> State:
    """The file as plain data, to be frozen or compared; a query for each part that is not given, one for the
    answers. Privileges are part of it where ``asked`` is given.
    """
    flags = list(application.red_flags.all()) if flags is None else flags
    if items is None:
        items = list(
            application.items.exclude(status=ItemStatus.SUPERSEDED).select_related("credential", "evidence")
        )
    periods = periods_of(application) if periods is None else periods
    state: dict[str, dict[str, dict[str, Any]]] = {
        "flags": {str(flag.uid): _flag_data(flag) for flag in flags},
        "items": {
            _item_key(item): _item_data(item) for item in items if item.status != ItemStatus.SUPERSEDED
        },
        "claims": _claims(periods),
        "answers": _answers(application),
    }
    if asked is not None:
        state["privileges"] = {code: {"name": name} for code, name in asked.names.items()}
    return state


def _flag_data(flag: RedFlag) -> dict[str, Any]:
    return {
        "code": "" if flag.data_class == DataClass.HEALTH else flag.code,
        "class": str(flag.data_class),
        "severity": str(flag.severity),
        "status": str(flag.status),
        "sentence": flag.sentence,
        "facts": digest(flag.facts),
    }


def _item_key(item: VerificationItem) -> str:
    return f"{item.element}:{item.credential.uid if item.credential else ''}"


def _item_data(item: VerificationItem) -> dict[str, Any]:
    return {
        "uid": str(item.uid),
        "label": item.label,
        "status": str(shown_status(item)),
        "verified_on": item.verified_on,
        "evidence": item.evidence.hash if item.evidence else "",
    }


def _claims(periods: Iterable[CredentialPeriod]) -> dict[str, dict[str, Any]]:
    """By credential: what is said of it, without who says so: a confirmation of the same is nothing new."""
    rows: dict[str, list[CredentialPeriod]] = {}
    for row in periods:
        rows.setdefault(str(row.identity.uid), []).append(row)
    found = {}
    for uid, said in rows.items():
        newest = said[-1]
        content = [
            {
                "status": str(row.status),
                "from": row.valid.lower,
                "through": last_day(row.valid.upper),
                "extra": digest(row.extra if isinstance(row.extra, dict) else {}),
            }
            for row in said
        ]
        found[uid] = {
            "label": label_of(newest),
            "says": _says(newest),
            "digest": digest({"rows": content}),
        }
    return found


def _says(row: CredentialPeriod) -> str:
    """What is said of a credential in a few words: its status where its kind has one, how long it runs."""
    extra = row.extra if isinstance(row.extra, dict) else {}
    through = last_day(row.valid.upper)
    has_status = "x-statuses" in (row.identity.credential_type.fields or {})
    word = str(extra.get("outcome") or "")
    if has_status or row.status != CredentialStatus.ACTIVE:
        word = CredentialStatus(row.status).label.lower()
    return " ".join(filter(None, (word, f"through {day_text(through)}" if through else "")))


def _answers(application: Application) -> dict[str, dict[str, Any]]:
    rows = (
        DisclosureAnswer.objects.filter(practitioner__in=among([application.practitioner_id]))
        .exclude(question__code__in=ABOUT_HEALTH)
        .select_related("question")
        .order_by("question__code", "-recorded_at", "-pk")
        .distinct("question__code")
    )
    return {
        row.question.code: {"clear": row.answer == row.question.clear_answer, "number": row.question.number}
        for row in rows
    }


def snapshot_of(application: Application) -> FileSnapshot | None:
    """The newest snapshot of a file that is past being worked on; None before it is complete. One query."""
    if application.complete_on is None:
        return None
    return application.snapshots.order_by("-number").first()


def stopping_flags(
    application: Application, on: dt.date | None = None, *, flags: Sequence[RedFlag] | None = None
) -> list[RedFlag]:
    """Open red flags that weigh and were opened after the file was complete (through ``on``, the facility's
    day), and that the office neither disposed of nor looked at as new: no body acts past them.

    A matter of health is none of them: no record of a decision speaks of it. What was open when the file was
    complete went to the bodies with it. Source: domain.md 2.10. A query for the flags where they are not
    given; two more where one is open and weighs.
    """
    rows = [
        flag
        for flag in (application.red_flags.all() if flags is None else flags)
        if flag.status == FlagStatus.OPEN and flag.severity in WEIGHS and flag.data_class != DataClass.HEALTH
    ]
    snapshot = snapshot_of(application) if rows else None
    if snapshot is None:
        return []
    rows = [
        flag
        for flag in rows
        if flag.opened_at > snapshot.taken_at
        and (on is None or clock.date_at(flag.opened_at, application.facility) <= on)
    ]
    looked_at = set(
        snapshot.changes_seen.filter(
            for_office=True, key__in=[flag_key(str(flag.uid)) for flag in rows]
        ).values_list("key", "digest")
        if rows
        else ()
    )
    return [
        flag for flag in rows if (flag_key(str(flag.uid)), flag_digest(_flag_data(flag))) not in looked_at
    ]


def stopped_by(
    application: Application, on: dt.date | None = None, *, flags: Sequence[RedFlag] | None = None
) -> str:
    """Why no body can act on the file because of what came after it was complete, naming the flag and who
    disposes of it; empty where nothing stops. Queries as :func:`stopping_flags`.
    """
    stopping = stopping_flags(application, on, flags=flags)
    if not stopping:
        return ""
    first = stopping[0]
    said = f" {first.sentence}" if first.data_class == DataClass.GENERAL else ""
    more = f" And {len(stopping) - 1} more." if len(stopping) > 1 else ""
    return (
        f"A red flag came after the file was complete, and is open: {title_of(first.code)}.{said}{more} "
        f"{application.coordinator} disposes of it in writing, or looks at what is new in the file and "
        "records that; then the body can act."
    )


def why_not_expedited(application: Application) -> str:
    """Why the file cannot go the expedited way, in words everybody may read; empty where it can.

    It has to be of category 1; any open flag that weighs stops it, also one that only few may know of: of
    that it is not said what it is. Queries as :func:`category_of`.
    """
    flags = list(application.red_flags.all())
    return _not_clean(category_of(application, flags=flags), flags)


def why_not_clean(applications: Sequence[Application], on: dt.date) -> dict[uuid.UUID, str]:
    """The same of many files of one facility, judged for the day of a meeting, by their uid; empty where a
    file can go with others. The applications come with practitioner, facility, category raise and red flags.
    Six queries at most for all of them.
    """
    if not applications:
        return {}
    asked = asked_for_many(applications, on)
    kept_by = resolve(parameters.CATEGORY_KEPT_BY, facility=applications[0].facility, on=on)
    found = {}
    for application in applications:
        flags = list(application.red_flags.all())
        category = category_of(application, flags=flags, asked=asked[application.pk], kept_by=kept_by)
        found[application.uid] = _not_clean(category, flags)
    return found


def _not_clean(category: Category, flags: Iterable[RedFlag]) -> str:
    """What keeps a file from the ways of clean files, in words everybody may read."""
    if not category.clean:
        return " ".join(against_in_words(category)) or category.verdict.sentence
    if any(flag.status == FlagStatus.OPEN and flag.severity in WEIGHS for flag in flags):
        return KEPT
    return ""


def delta_of(application: Application, *, viewer=None, now: State | None = None) -> Delta | None:
    """What is new since the file was marked complete, as the viewer may know it, with who looked at it.

    Six queries; two where the state of the file is given (:func:`state_of`). None: nothing is frozen.
    """
    snapshot = snapshot_of(application)
    if snapshot is None:
        return None
    opened = data_classes(viewer, application.facility) if viewer is not None else None
    before = json.loads(snapshot.frozen)
    found = [
        each
        for each in changes(before, state_of(application) if now is None else now)
        # What is asked for is fixed from the submission on.
        if each.kind != PRIVILEGE and (opened is None or each.data_class in opened)
    ]
    if not found:
        return Delta(snapshot, ())
    seen: dict[tuple[str, str], list[ChangeSeen]] = {}
    for row in snapshot.changes_seen.select_related("seen_by").order_by("seen_at", "pk"):
        seen.setdefault((row.key, row.digest), []).append(row)
    return Delta(
        snapshot,
        tuple(
            News(
                change=each,
                seen=tuple(
                    SeenBy(str(row.seen_by), row.seen_at, row.note)
                    for row in seen.get((each.key, each.digest), ())
                ),
                by_office=any(row.for_office for row in seen.get((each.key, each.digest), ())),
                by_viewer=viewer is not None
                and any(row.seen_by_id == viewer.pk for row in seen.get((each.key, each.digest), ())),
            )
            for each in found
        ),
    )
