"""Reading the catalogue."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When
from rapidfuzz import fuzz

from config.kernel import clock
from config.kernel.display.dates import day_text
from config.kernel.periods import covers, last_day
from credentialing.choices import ApplicationStatus
from credentialing.rules.letter_occasions import PENDING
from privileging.choices import FormLineKind, RequestLineStatus, VersionStatus
from privileging.models import (
    FormLine,
    GrantPeriod,
    Privilege,
    PrivilegeForm,
    PrivilegeFormVersion,
    RequestLine,
)
from privileging.rules.catalogue_forms import Change, FormDefinition, LineDefinition, differences
from privileging.rules.criteria_published import alone
from privileging.rules.criteria_words import Written, written
from privileging.rules.settings import settings_in_words
from privileging.selectors.resources import lacking_everywhere, not_offered


def forms() -> QuerySet[PrivilegeForm]:
    """Every form with its versions that are not withdrawn (``kept``, those of now and later first), counts of
    their lines and the facilities that offer it. Three queries.
    """
    kept = (
        PrivilegeFormVersion.objects.exclude(status=VersionStatus.WITHDRAWN)
        .annotate(
            core=Count("lines", filter=Q(lines__kind=FormLineKind.CORE)),
            special=Count("lines", filter=Q(lines__kind=FormLineKind.SPECIAL)),
        )
        .select_related("form")
        .order_by("-offered", "-pk")
    )
    return PrivilegeForm.objects.prefetch_related(
        "facilities", Prefetch("versions", queryset=kept, to_attr="kept")
    ).order_by("name")


def current(form: Any, today: dt.date) -> PrivilegeFormVersion | None:
    """Of the versions of :func:`forms` the one offered on the day, else the newest; None: none. Pure."""
    running = [each for each in form.kept if is_offered(each, today)]
    return running[0] if running else next(iter(form.kept), None)


def first_today(facilities: Iterable[Any]) -> dt.date:
    """Today where it is still earliest among the facilities: nobody waits for a day the others have."""
    return min((clock.today(facility) for facility in facilities), default=clock.today())


def last_today(facilities: Iterable[Any]) -> dt.date:
    """Today where it is latest among the facilities: a later day has begun nowhere."""
    return max((clock.today(facility) for facility in facilities), default=clock.today())


def today_of(form: PrivilegeForm) -> dt.date:
    """Today where the form is offered (:func:`first_today`); one query, unless its facilities are read."""
    return first_today(form.facilities.all())


def needs_approval(form: PrivilegeForm) -> bool:
    """Whether nothing of the form is published that no body has approved: of a form of one's own, and of an
    example that became the staff's own when a body approved one of its versions. One query at most.
    """
    return not form.example or form.versions.exclude(approved_by="").exists()


def is_offered(version: PrivilegeFormVersion, today: dt.date) -> bool:
    """Whether the version can be asked on that day. Pure."""
    return version.status == VersionStatus.PUBLISHED and covers(version.offered, today)


def version_on(form_code: str, on: dt.date) -> PrivilegeFormVersion | None:
    """The version of a form that is offered on the day; one query."""
    return (
        PrivilegeFormVersion.objects.filter(
            form__code=form_code, status=VersionStatus.PUBLISHED, offered__contains=on
        )
        .select_related("form")
        .first()
    )


def numbered_version(form_code: str, number: str) -> PrivilegeFormVersion | None:
    """One version of a form by its number; one query."""
    return (
        PrivilegeFormVersion.objects.filter(form__code=form_code, number=number)
        .select_related("form")
        .first()
    )


def definition_of(version: PrivilegeFormVersion) -> FormDefinition:
    """The version as data, as a catalogue file would say it; one query."""
    return FormDefinition(
        code=version.form.code,
        name=version.form.name,
        version=version.number,
        core_criteria=version.core_criteria,
        core_fppe=version.core_fppe,
        lines=tuple(
            LineDefinition(
                code=line.privilege.code,
                name=line.privilege.name,
                kind=line.kind,
                description=line.privilege.description,
                criteria=line.criteria,
                fppe=line.fppe,
                settings=line.settings,
                resources=tuple(line.resources),
            )
            for line in version.lines.select_related("privilege").order_by("kind", "order")
        ),
    )


#: Words shorter than this are like too many others; and how like a word must be, of a hundred.
SHORTEST_LIKE, LIKE = 4, 74
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class LineView:
    """One line of a form as its page shows it; of a core line the criteria are those of the core."""

    line: FormLine
    initial: Written | None = None
    renewal: Written | None = None
    alone: tuple[str, ...] = ()  # what it may not rest on alone, in sentences
    settings: tuple[str, ...] = ()  # sites, patients, supervision, in sentences
    not_offered: tuple[str, ...] = ()  # where the resources for it are missing, in sentences


@dataclass(frozen=True)
class VersionView:
    """A version of a form as its page shows it: criteria in words."""

    version: PrivilegeFormVersion
    core: tuple[LineView, ...]
    special: tuple[LineView, ...]
    initial: Written | None
    renewal: Written | None
    alone: tuple[str, ...]  # what the core may not rest on alone, in sentences
    versions: tuple[tuple[PrivilegeFormVersion, str], ...]  # with when each is offered, in words
    today: dt.date  # where it is offered


def alone_in(pair: Mapping[str, Any]) -> tuple[str, ...]:
    """What a pair of trees lets rest on certification or fellowship alone, in sentences. Pure."""
    found = [
        f"{when}: {each.sentence}"
        for when, tree in (("To be granted", pair.get("initial")), ("To be renewed", pair.get("renewal")))
        for each in alone(tree)
    ]
    return tuple(dict.fromkeys(found))


def offering(version: PrivilegeFormVersion, today: dt.date) -> str:
    """When a version can be asked on, in words that fit the day. Pure."""
    if version.status == VersionStatus.DRAFT:
        return "a draft, offered to nobody"
    first, last = version.offered.lower, last_day(version.offered.upper)
    if version.offered.isempty or first is None:
        return "never offered"
    if last is not None and last < today:
        return f"was offered {day_text(first)} to {day_text(last)}"
    until = f", through {day_text(last)}" if last else ""
    return (
        f"offered from {day_text(first)} on{until}"
        if first > today
        else f"offered since {day_text(first)}{until}"
    )


def version_or_none(uid: uuid.UUID) -> PrivilegeFormVersion | None:
    """One version with its form and the facilities that offer it, or None. Two queries."""
    return (
        PrivilegeFormVersion.objects.filter(uid=uid)
        .select_related("form")
        .prefetch_related("form__facilities")
        .first()
    )


def version_view(version: PrivilegeFormVersion) -> VersionView:
    """One version with its lines and the other versions of its form. Three queries, and those of
    :func:`today_of`.
    """
    lines = list(version.lines.select_related("privilege").order_by("kind", "order"))
    facilities = list(version.form.facilities.all())
    today = first_today(facilities)
    missing = lacking_everywhere(lines, facilities, today)
    views = [
        LineView(
            line,
            written(line.criteria.get("initial")),
            written(line.criteria.get("renewal")),
            alone_in(line.criteria),
            settings_in_words(line.settings),
            tuple(not_offered(line, facility, lacks) for facility, lacks in missing.get(line.pk, {}).items()),
        )
        for line in lines
    ]
    return VersionView(
        version=version,
        core=tuple(view for view in views if view.line.kind == FormLineKind.CORE),
        special=tuple(view for view in views if view.line.kind == FormLineKind.SPECIAL),
        initial=written(version.core_criteria.get("initial")),
        renewal=written(version.core_criteria.get("renewal")),
        alone=alone_in(version.core_criteria),
        versions=tuple(
            (each, offering(each, today))
            for each in PrivilegeFormVersion.objects.filter(form=version.form).select_related("form")
        ),
        today=today,
    )


@dataclass(frozen=True)
class Changes:
    """What a version changes against another one of its form."""

    against: PrivilegeFormVersion
    found: tuple[Change, ...]


def changes_between(view: VersionView, against: str = "") -> Changes | None:
    """Against the version of the uid ``against``, else, for a draft or one published ahead, against the one
    offered today, for any other the one before it. None when there is none. Two queries at most.
    """
    version, today = view.version, view.today
    others = [each for each, _ in view.versions if each.pk != version.pk]
    chosen = next((each for each in others if str(each.uid) == against), None)
    if chosen is None:
        chosen = next((each for each in others if is_offered(each, today)), None)
    if chosen is None:
        before = [
            each
            for each in others
            if version.offered.lower and each.offered.upper and each.offered.upper <= version.offered.lower
        ]
        chosen = max(before, key=lambda each: each.offered.upper, default=None)
    if chosen is None:
        return None
    return Changes(chosen, tuple(differences(definition_of(chosen), definition_of(version))))


@dataclass(frozen=True)
class Effects:
    """What publishing a draft will do, in numbers."""

    running: PrivilegeFormVersion | None
    places: str
    asking: int  # applications in work that ask on the running version
    holders: int  # people who hold something granted on this form


def effects_of_publishing(version: PrivilegeFormVersion) -> Effects:
    """Four queries."""
    facilities = list(version.form.facilities.all())
    today = first_today(facilities)
    asking = (
        RequestLine.objects.filter(
            request__version__form=version.form,
            status=RequestLineStatus.REQUESTED,
            request__application__status__in=(ApplicationStatus.DRAFT, *PENDING),
        )
        .values("request__application")
        .distinct()
        .count()
    )
    holders = (
        GrantPeriod.objects.in_force(today)
        .filter(identity__form_line__version__form=version.form)
        .values("practitioner")
        .distinct()
        .count()
    )
    return Effects(
        running=version_on(version.form.code, today),
        places=" and ".join(str(each) for each in facilities),
        asking=asking,
        holders=holders,
    )


def next_number(version: PrivilegeFormVersion, definition: FormDefinition) -> FormDefinition:
    """The definition under the next free number of its form; one query."""
    taken = set(PrivilegeFormVersion.objects.filter(form=version.form).values_list("number", flat=True))
    number = max((int(each) for each in taken if each.isascii() and each.isdigit()), default=0) + 1
    return dataclasses.replace(definition, version=str(number))


def search_privileges(text: str, *, limit: int = 10) -> list[Privilege]:
    """Privileges whose code or name contains every word of the text, those that start with it first; where
    there are none, those of :func:`privileges_like`.
    """
    words = text.split()
    if not words:
        return []
    found = Privilege.objects.all()
    for word in words:
        found = found.filter(Q(name__icontains=word) | Q(code__icontains=word))
    starts = Case(
        When(code__istartswith=text, then=Value(0)),
        When(name__istartswith=text, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return list(found.order_by(starts, "name")[:limit]) or privileges_like(text, limit=limit)


def privileges_like(text: str, *, limit: int = 10) -> list[Privilege]:
    """Privileges whose name or code has, for every word of four letters or more, one that differs by slips of
    the hand, the likest first. The catalogue is a few hundred names, so all of them are compared.
    """
    words = [word for word in text.casefold().split() if len(word) >= SHORTEST_LIKE]
    if not words:
        return []
    scored = []
    for privilege in Privilege.objects.all():
        names = _WORD.findall(f"{privilege.name} {privilege.code}".casefold())
        score = min(max(fuzz.ratio(word, name) for name in names) for word in words)
        if score >= LIKE:
            scored.append((-score, privilege.name, privilege.pk, privilege))
    return [row[-1] for row in sorted(scored)[:limit]]
