"""The privileges an applicant's packet offers, and what they hold already (see packet_parts)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Container, Mapping, Sequence
from typing import Any

from django.db.models import Prefetch

from config.kernel import clock
from config.rulebook.verdicts import Verdict
from credentialing.models import Application
from credentialing.rules.packet_answers import OfferedForm
from practitioners.choices import ProviderType
from practitioners.selectors.canonical import among
from privileging.choices import FormLineKind, RequestLineStatus
from privileging.models import FormLine, GrantPeriod, PrivilegeFormVersion, RequestLine
from privileging.rules.criteria import judge_criteria
from privileging.rules.criteria_facts import CriteriaFacts
from privileging.rules.criteria_words import criteria_tree, procedure_groups
from privileging.rules.settings import settings_in_words
from privileging.rules.stated import statements_of, told, volumes_of
from privileging.selectors.remappings import instead_of_held
from privileging.selectors.requests import versions_offered
from privileging.selectors.resources import lacking_at, not_offered


def offered(application: Application) -> list[OfferedForm]:
    """The forms offered at the application's facility today, without what the facility has no resources for;
    three queries at most, three more for a renewal.
    """
    facility, today = application.facility, clock.today(application.facility)
    lines = FormLine.objects.select_related("privilege").order_by("kind", "order")
    versions = list(versions_offered(facility).prefetch_related(Prefetch("lines", queryset=lines)))
    instead = instead_of_held(application, versions, today)
    missing = lacking_at([line for version in versions for line in version.lines.all()], facility, today)
    return [
        OfferedForm(
            uid=str(version.uid),
            title=version.form.name,
            core=_named(version, FormLineKind.CORE, missing),
            special=_named(version, FormLineKind.SPECIAL, missing),
            example=version.is_example,
            descriptions={
                line.privilege.code: said for line in version.lines.all() if (said := _described(line))
            },
            groups=_groups(version, application, missing),
            criteria={"": criteria_tree(version.core_criteria, application.kind)}
            | {
                line.privilege.code: criteria_tree(line.criteria, application.kind)
                for line in version.lines.all()
                if line.kind == FormLineKind.SPECIAL and line.pk not in missing
            },
            notes=(
                *(each.to_the_holder for each in instead.get(version.pk, ())),
                *(
                    not_offered(line, facility, missing[line.pk])
                    for line in version.lines.all()
                    if line.pk in missing
                ),
            ),
        )
        for version in versions
    ]


def held(application: Application, forms: Sequence[OfferedForm]) -> dict[str, list[str]]:
    """What is asked for already, else what the applicant holds here today, by the uid of the form that offers
    it; at most two queries. Where more is asked for than is held, what is held is not asked for again.
    """
    codes = set(
        RequestLine.objects.filter(
            request__application=application, status=RequestLineStatus.REQUESTED
        ).values_list("form_line__privilege__code", flat=True)
    )
    if not codes and application.rule.of_member:
        return {}
    codes = codes or set(
        GrantPeriod.objects.in_force(clock.today(application.facility))
        .filter(practitioner__in=among([application.practitioner_id]), facility=application.facility)
        .values_list("privilege__code", flat=True)
    )
    found: dict[str, list[str]] = {}
    # The form that offers most of them first: a privilege that stands on two forms is asked for once.
    for form in sorted(forms, key=lambda each: -len(codes & set(each.codes))):
        here = [code for code in form.codes if code in codes]
        if here:
            found[form.uid] = here
            codes = codes - set(here)
    return found


def judge(
    application: Application,
    forms: Sequence[OfferedForm],
    *,
    rows: Sequence[Mapping[str, Any]],
    asked: Collection[str],
    cases: Mapping[str, Mapping[str, Any]],
    kinds: Mapping[str, str],
    today: dt.date,
) -> dict[str, dict[str, Verdict]]:
    """The criteria of every form by its uid and code ("": the core), on what the applicant entered and the
    privileges they hold here; one query. Nothing the office knows is asked: not what is confirmed, not what
    others stated.
    """
    person = application.practitioner
    held = dict(
        GrantPeriod.objects.in_force(today)
        .filter(practitioner__in=among([person.pk]), facility=application.facility)
        .values_list("privilege__code", "valid")
    )
    facts = CriteriaFacts(
        on=today,
        provider_type=person.provider_type,
        provider_label=ProviderType(person.provider_type).label,
        statements=tuple(statements_of(rows, kinds)),
        volumes=tuple(volumes_of(cases)),
        held={code: valid.lower for code, valid in held.items()},
        requested=frozenset(asked),
    )
    return {
        form.uid: {
            code: told(judge_criteria(tree, facts, code="CRITERIA", title="Criteria"))
            for code, tree in form.criteria.items()
        }
        for form in forms
    }


def _described(line: FormLine) -> str:
    """What stands beside the box: what the privilege is, and in which setting it holds."""
    return " ".join(filter(None, (line.privilege.description, *settings_in_words(line.settings))))


def _groups(
    version: PrivilegeFormVersion, application: Application, missing: Container[int]
) -> tuple[tuple[str, str], ...]:
    lines = [line for line in version.lines.all() if line.pk not in missing]
    return tuple(sorted(procedure_groups(version, lines, application.kind).items()))


def _named(version: PrivilegeFormVersion, kind: str, missing: Container[int]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (line.privilege.code, line.privilege.name)
        for line in version.lines.all()
        if line.kind == kind and line.pk not in missing
    )
