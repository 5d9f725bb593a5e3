"""Reading the catalogue."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When
from rapidfuzz import fuzz

from privileging.choices import FormLineKind, VersionStatus
from privileging.models import FormLine, Privilege, PrivilegeForm, PrivilegeFormVersion
from privileging.rules.criteria import Written, written


def forms() -> QuerySet[PrivilegeForm]:
    """Every form with the version offered now, counts of its lines and the facilities that offer it."""
    current = (
        PrivilegeFormVersion.objects.filter(status=VersionStatus.PUBLISHED)
        .annotate(
            core=Count("lines", filter=Q(lines__kind=FormLineKind.CORE)),
            special=Count("lines", filter=Q(lines__kind=FormLineKind.SPECIAL)),
        )
        .order_by("-offered")
    )
    return PrivilegeForm.objects.prefetch_related(
        "facilities", Prefetch("versions", queryset=current, to_attr="current")
    ).order_by("name")


#: Words shorter than this are like too many others; and how like a word must be, of a hundred.
SHORTEST_LIKE, LIKE = 4, 74
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class LineView:
    """One line of a form as its page shows it."""

    line: FormLine
    initial: Written | None
    renewal: Written | None


@dataclass(frozen=True)
class VersionView:
    """A version of a form as its page shows it: criteria in words."""

    version: PrivilegeFormVersion
    core: tuple[FormLine, ...]
    special: tuple[LineView, ...]
    initial: Written | None
    renewal: Written | None
    versions: tuple[PrivilegeFormVersion, ...]


def version_view(uid: uuid.UUID) -> VersionView | None:
    """One version with its lines and the other versions of its form, or None. Three queries."""
    version = PrivilegeFormVersion.objects.filter(uid=uid).select_related("form").first()
    if version is None:
        return None
    lines = list(version.lines.select_related("privilege").order_by("kind", "order"))
    return VersionView(
        version=version,
        core=tuple(line for line in lines if line.kind == FormLineKind.CORE),
        special=tuple(
            LineView(line, written(line.criteria.get("initial")), written(line.criteria.get("renewal")))
            for line in lines
            if line.kind == FormLineKind.SPECIAL
        ),
        initial=written(version.core_criteria.get("initial")),
        renewal=written(version.core_criteria.get("renewal")),
        versions=tuple(PrivilegeFormVersion.objects.filter(form=version.form).select_related("form")),
    )


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
