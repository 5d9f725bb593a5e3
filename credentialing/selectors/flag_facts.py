"""The facts the rules of red flags read, of one application, group by group in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

from config.kernel import clock
from config.kernel.periods import last_day
from config.rulebook.selectors.parameters import resolve_many
from credentialing.asked_for import asked_for
from credentialing.choices import EnquiryStatus, ItemStatus, MatchStatus
from credentialing.models import Application, Enquiry, ScreeningMatch
from credentialing.parameters import FLAG_LIMITS
from credentialing.rules import red_flags
from credentialing.rules.red_flags.findings import (
    Asked,
    Claimed,
    FlagFacts,
    Limits,
    Listed,
    Mismatch,
    OpenGap,
    Said,
)
from credentialing.selectors.enquiries import answer_in
from credentialing.selectors.gaps import history_of, limits_of
from credentialing.selectors.requirements import decision_day, requirements
from practitioners import store
from practitioners.choices import Standing
from practitioners.models import CredentialPeriod, DisclosureAnswer
from practitioners.rules.gaps import GapLimits, JudgedGap
from practitioners.selectors.canonical import among
from practitioners.selectors.protected import ssn_contradicted
from practitioners.selectors.provenance import identity_disputes

#: Names of the fields of :class:`Limits` in the order of ``FLAG_LIMITS``.
_FIELDS = (
    "licence_states", "inactive_licences", "paid_claims", "claim_years", "claim_usd", "hospitals",
    "practices", "moves_years", "eligible_years", "reference_days", "times_asked",
)  # fmt: skip
#: What tells one credential from another of its kind, in the order of preference.
_TELLING = ("name", "organization", "specialty", "programme", "degree", "course")


def limits_for(application: Application, on: dt.date) -> Limits:
    """The limits in force where the application is made; one query."""
    bounds = resolve_many(FLAG_LIMITS, facility=application.facility, on=on)
    values = {}
    for field, code in zip(_FIELDS, FLAG_LIMITS, strict=True):
        bound = bounds.get((code, ""))
        values[field] = int(bound.value) if bound is not None and bound.is_set else None
    return Limits(**values)


def facts_for(application: Application, groups: Iterable[str]) -> FlagFacts:
    """The groups of facts asked for (``credentialing.rules.red_flags``), for the day of the decision.

    Two queries for each group, three for the identity, seven for the gaps and five for case numbers (and,
    where a policy excludes something, for what is asked for); none for the rest.
    """
    wanted, on = set(groups), decision_day(application)
    items = _items(application) if wanted & {red_flags.ITEMS, red_flags.CLAIMS} else []
    claims = _claims(application, items) if red_flags.CLAIMS in wanted else ()
    return FlagFacts(
        on=on,
        claims=claims,
        requested=_requested(application, claims, on),
        items=_asked(application, items) if red_flags.ITEMS in wanted else (),
        said=_said(application) if red_flags.SAID in wanted else (),
        listed=_listed(application) if red_flags.LISTED in wanted else (),
        mismatches=_mismatches(application) if red_flags.IDENTITY in wanted else (),
        shortfalls=asked_for(application, on).shortfalls if red_flags.VOLUMES in wanted else (),
        gaps=_gaps(application) if red_flags.GAPS in wanted else (),
        asked_on=_asked_on(application) if red_flags.ASKED in wanted else (),
    )


def periods_of(application: Application) -> list[CredentialPeriod]:
    """Everything that is stated or confirmed of the practitioner's credentials now; one query."""
    return list(
        CredentialPeriod.objects.live()
        .filter(identity__practitioner_id__in=among([application.practitioner_id]))
        .select_related("identity__credential_type", "evidence")
        .order_by("identity_id", "valid")
    )


def label_of(row: CredentialPeriod) -> str:
    """A credential in words: what it is, its number or issuer, and what tells it from its like."""
    credential = row.identity
    extra = row.extra if isinstance(row.extra, dict) else {}
    number = f"{credential.state} {credential.number}".strip()
    telling = next((str(extra[name]) for name in _TELLING if extra.get(name)), "")
    parts = dict.fromkeys(part for part in (number, telling, credential.issuer) if part)
    return ", ".join([credential.credential_type.name, *parts])


# --- groups ---------------------------------------------------------------------------------------------


def _items(application: Application) -> list:
    return list(
        application.items.exclude(status=ItemStatus.SUPERSEDED).only(
            "pk", "uid", "element", "label", "status", "requested_at", "credential_id", "application_id"
        )
    )


def _claims(application: Application, items: Sequence) -> tuple[Claimed, ...]:
    item_of = {item.credential_id: item.pk for item in items if item.credential_id}
    return tuple(
        Claimed(
            uid=str(row.identity.uid),
            type_code=row.identity.credential_type.code,
            label=label_of(row),
            status=row.status,
            confirmed=row.standing == Standing.CONFIRMED,
            first=row.valid.lower,
            last=last_day(row.valid.upper),
            issuer=row.identity.issuer,
            state=row.identity.state,
            extra=row.extra if isinstance(row.extra, dict) else {},
            item=item_of.get(row.identity_id),
        )
        for row in periods_of(application)
    )


def _requested(application: Application, claims: Sequence[Claimed], on: dt.date) -> tuple[str, ...]:
    """What is asked for, by name; read only where a carrier excludes something."""
    if not any(each.type_code == "MALPRACTICE" and each.text("excludes") for each in claims):
        return ()
    return tuple(sorted(asked_for(application, on).names.values()))


def _asked(application: Application, items: Sequence) -> tuple[Asked, ...]:
    """Items with what came of their forms. A signed answer is opened to count its points; the flag tells how
    many there are and never which.
    """
    forms: dict[int, list[Enquiry]] = defaultdict(list)
    asked = Enquiry.objects.filter(
        item__in=[item.pk for item in items if item.element in red_flags.BY_FORM],
        status__in=(EnquiryStatus.ANSWERED, EnquiryStatus.DECLINED),
    )
    for form in asked.select_related("evidence__redaction").order_by("closed_at", "pk"):
        forms[form.item_id].append(form)
    found = []
    for item in items:
        newest = forms[item.pk][-1] if forms[item.pk] else None
        answered = newest is not None and newest.status == EnquiryStatus.ANSWERED
        found.append(
            Asked(
                pk=item.pk,
                uid=str(item.uid),
                element=item.element,
                label=item.label,
                status=item.status,
                requested_on=clock.date_at(item.requested_at, application.facility)
                if item.requested_at
                else None,
                declined=newest is not None and newest.status == EnquiryStatus.DECLINED,
                # What a person weighed and found adverse carries a flag of its own.
                points=_points(newest) if newest and answered and item.status == ItemStatus.VERIFIED else 0,
                answer=newest.answer_hash if newest is not None else "",
            )
        )
    return tuple(found)


def _points(form: Enquiry) -> int:
    evidence = form.evidence
    if evidence is None or hasattr(evidence, "redaction"):
        return 0
    content = json.loads(store.get(evidence.store_key, encrypted=evidence.encrypted))
    return len(answer_in(form, content).concerns)


def _said(application: Application) -> tuple[Said, ...]:
    rows = (
        DisclosureAnswer.objects.filter(practitioner__in=among([application.practitioner_id]))
        .select_related("question")
        .order_by("question__code", "-recorded_at", "-pk")
        .distinct("question__code")
    )
    return tuple(
        Said(
            code=row.question.code,
            number=row.question.number,
            clear=row.answer == row.question.clear_answer,
            explained=bool(row.explanation.strip()),
        )
        for row in sorted(rows, key=lambda one: one.question.number)
    )


def _listed(application: Application) -> tuple[Listed, ...]:
    """Also what no list names any more: whoever was excluded once has to speak of it."""
    rows = ScreeningMatch.objects.filter(
        practitioner__in=among([application.practitioner_id]), status=MatchStatus.CONFIRMED
    )
    today = clock.today(application.facility)
    found = []
    for each in rows.select_related("row__exclusion_list").order_by("pk"):
        row = each.row
        over_on = row.reinstated_on or row.ends_on
        past = row.removed_in_id is not None or (over_on is not None and over_on <= today)
        found.append(Listed(str(each.uid), row.exclusion_list.title, past, over_on if past else None))
    return tuple(found)


def _mismatches(application: Application) -> tuple[Mismatch, ...]:
    person = application.practitioner
    found = [Mismatch(fact.code, fact.label) for fact in identity_disputes(person)]
    if ssn_contradicted(person):
        found.append(Mismatch("ssn", "Social security number"))
    return tuple(found)


def _gaps(application: Application) -> tuple[OpenGap, ...]:
    needs = requirements(application)
    _, judged = history_of(application, needs)
    return tuple(open_gaps(judged, limits_of(needs.bounds), needs.on))


def open_gaps(judged: Iterable[JudgedGap], limits: GapLimits, on: dt.date) -> list[OpenGap]:
    """The gaps that are not explained as their length asks; the last one may still go on."""
    found = []
    for each in judged:
        if each.verdict.met:
            continue
        gap = each.gap
        words = "explained" if not each.explained else "explained as needed"
        found.append(
            OpenGap(
                gap.first_day,
                gap.last_day if gap.last_day < on else None,
                f"The work history has a gap longer than {limits.shortest} days and not {words}: "
                f"{_day(gap.first_day)} to {_day(gap.last_day)} ({gap.days} days).",
            )
        )
    return found


def _asked_on(application: Application) -> tuple[dt.date, ...]:
    return tuple(
        # A contradicted source is no sign that the application came late or incomplete.
        application.deficiencies.filter(withdrawn_at__isnull=True, item__isnull=True).values_list(
            "asked_on", flat=True
        )
    )


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"
