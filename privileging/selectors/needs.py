"""What the requested privileges add to an application: things to verify, reasons not to submit it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from config.kernel import clock
from credentialing.choices import Element
from credentialing.models import Application
from credentialing.needs import Need
from practitioners.models import CredentialPeriod
from practitioners.selectors.canonical import among
from privileging.choices import FormLineKind
from privileging.models import RequestLine
from privileging.rules.criteria_words import each_criterion
from privileging.selectors.bridging import why_not_for_a_time
from privileging.selectors.criteria import VOLUME_KINDS, credential_label, criteria_of
from privileging.selectors.requests import lines_of


def needs_of(application: Application, stated: Sequence[CredentialPeriod] | None = None) -> list[Need]:
    """What the criteria of the requested lines ask to be verified: certificates stated, and the case log.

    A certificate that nobody stated is no need: its criterion stays unknown, and that stops no file.
    ``stated`` is what is stated of the practitioner now, where it is read already.
    """
    lines = list(lines_of(application))
    courses: dict[str, list[str]] = defaultdict(list)
    groups: dict[str, str] = {}
    for line in lines:
        for criterion in each_criterion(criteria_of(line.form_line, application.kind)):
            if criterion["type"] == "LIFE_SUPPORT":
                for course in criterion["courses"]:
                    courses[course].append(_asked_for(line))
            elif criterion["type"] in VOLUME_KINDS:
                groups[criterion["group"]] = criterion.get("label") or criterion["group"]
    found = _certificates(application, courses, stated)
    if groups:
        found.append(
            Need(
                element=Element.CASE_LOG,
                credential=None,
                label=f"Case log: {', '.join(sorted(groups.values()))}"[:300],
                because="the privileges asked for have case numbers among their criteria",
            )
        )
    return found


def _asked_for(line: RequestLine) -> str:
    form_line = line.form_line
    if form_line.kind == FormLineKind.SPECIAL:
        return form_line.privilege.name
    return f"the core of {form_line.version.form.name}"


def _certificates(
    application: Application,
    courses: dict[str, list[str]],
    stated: Sequence[CredentialPeriod] | None,
) -> list[Need]:
    if not courses:
        return []
    today = clock.today(application.facility)
    if stated is None:
        stated = list(
            CredentialPeriod.objects.live()
            .filter(identity__practitioner__in=among([application.practitioner_id]))
            .select_related("identity__credential_type")
            .order_by("identity_id", "pk")
        )
    needs = []
    for period in stated:
        if period.identity.credential_type.code != "LIFE_SUPPORT" or today not in period.valid:
            continue
        course = next((name for name in courses if _same(period.extra.get("course"), name)), None)
        if course is not None:
            label = credential_label(period.identity, period.extra)
            needs.append(Need(Element.LIFE_SUPPORT, period.identity, label, _because(courses[course])))
    return needs


def _because(asked: Sequence[str]) -> str:
    return f"asked for by the criteria of {', '.join(dict.fromkeys(asked))}"[:500]


def _same(one: object, other: object) -> bool:
    return str(one or "").casefold() == str(other or "").casefold()


def submission_problems(application: Application) -> list[str]:
    """An application asks for something: privileges, unless its kind or its category carries none. Those for
    a time are not held already, and bridge no reappointment.
    """
    carries = application.category is None or application.category.carries_privileges
    if not application.rule.privileges or not carries:
        return []
    if not lines_of(application).exists():
        return ["No privileges are requested yet: choose a form and the privileges on it."]
    return why_not_for_a_time(application, clock.today(application.facility))
