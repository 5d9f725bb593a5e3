"""Cases delivered by a feed: loaded, judged by whether whoever did them might, and explained."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from bylaws.policies import require_not_own_file
from config.accounts.policies import require
from config.audit.services.events import record_event
from config.kernel import clock
from config.kernel.errors import Conflict, Refused
from config.kernel.texts import needed
from config.organization.models import Facility
from practitioners.models import Practitioner
from practitioners.services.people import lock_record
from privileging.choices import CaseWay
from privileging.models import CaseDelivery, CaseExplanation, CaseJudgement, PerformedCase
from privileging.rules.cases_file import CaseRow, read_cases
from privileging.rules.deliveries import Mistake, refuse_mistakes
from privileging.selectors.covered import cover_of, to_judge
from privileging.selectors.performed import UNCOVERED

logger = logging.getLogger(__name__)

LOAD, EXPLAIN = "privileging.manage_oppe", "bylaws.run_meeting"
LONGEST_REASON = 1000
#: How many cases are judged at a time; the rest is judged the next time.
MOST_JUDGED = 500
_SOURCE = re.compile(r"[a-z0-9-]{1,40}")


@dataclass(frozen=True)
class CasesLooked:
    """What a file or a call brings, looked at before anything is written."""

    rows: Sequence[CaseRow]
    mistakes: Sequence[Mistake]
    people: Mapping[str, Practitioner]
    standing: Mapping[tuple[str, int], PerformedCase]

    @property
    def new(self) -> list[CaseRow]:
        """Cases that are not there yet."""
        return [row for row in self.rows if (row.encounter, row.line) not in self.standing]

    @property
    def corrected(self) -> list[tuple[PerformedCase, CaseRow]]:
        """Cases that are there and say something else, or whose number has an owner now."""
        return [
            (there, row)
            for row in self.rows
            if (there := self.standing.get((row.encounter, row.line))) is not None
            and (_differs(there, row) or self._known_since(there))
        ]

    def _known_since(self, there: PerformedCase) -> bool:
        """Nobody had the number when the case came; somebody has it now."""
        return there.practitioner_id is None and there.npi in self.people

    @property
    def unchanged(self) -> int:
        """How many are there as they are."""
        return len(self.rows) - len(self.new) - len(self.corrected)

    @property
    def strangers(self) -> list[str]:
        """NPIs nobody here has."""
        return sorted({row.npi for row in self.rows} - set(self.people))


def _differs(there: PerformedCase, row: CaseRow) -> bool:
    return (there.npi, there.system, there.code, there.performed_at, there.site, there.canceled) != (
        row.npi,
        row.system,
        row.code,
        row.performed_at,
        row.site,
        row.canceled,
    )


def look_at_cases(
    *, actor, facility: Facility, source: str, given: Sequence[Mapping[str, object]], first: int = 2
) -> CasesLooked:
    """What would be loaded, and every mistake by row and column; writes nothing. Two queries."""
    require(actor, LOAD, facility)
    if not _SOURCE.fullmatch(source):
        raise Refused(
            "Name the system it comes from with up to 40 small letters, digits and dashes, like or-system.",
            field="source",
        )
    rows, mistakes = read_cases(given, zone=facility.time_zone, now=clock.now(), first=first)
    found = Practitioner.objects.filter(npi__in={row.npi for row in rows}, withdrawn_at=None)
    standing = PerformedCase.objects.filter(
        facility=facility,
        source=source,
        encounter__in={row.encounter for row in rows},
        superseded_at=None,
    )
    return CasesLooked(
        rows,
        mistakes,
        # The record that has the number, merged or not: whose it was as known then follows from it.
        {each.npi: each for each in found if each.npi},
        {each.key: each for each in standing},
    )


@transaction.atomic
def load_cases(
    *,
    actor,
    facility: Facility,
    source: str,
    name: str,
    given: Sequence[Mapping[str, object]],
    first: int = 2,
) -> CaseDelivery:
    """Load a delivery, all of it or nothing.

    A case is known by its source, encounter and line: told again as it stands it changes nothing, told
    otherwise it replaces what stood, which stays on record. A delivery that would change nothing is refused.
    Whether whoever did them might is judged afterwards (:func:`judge_cases`).
    """
    # Taken before it is looked at: of two deliveries the later one sees what the earlier one brought.
    list(Facility.objects.select_for_update(of=("self",), no_key=True).filter(pk=facility.pk))
    looked = look_at_cases(actor=actor, facility=facility, source=source, given=given, first=first)
    refuse_mistakes(looked.mistakes)
    new, corrected = looked.new, looked.corrected
    if not new and not corrected:
        raise Conflict("Exactly these cases were delivered already, and they stand.", field="file")
    # Whoever decides on one of them meanwhile is waited for: what a decision saw was recorded before it.
    people = sorted({one.pk for one in looked.people.values()})
    list(Practitioner.objects.select_for_update(of=("self",)).filter(pk__in=people).order_by("pk").only("pk"))
    moment = clock.now()
    delivery = CaseDelivery.objects.create(
        facility=facility,
        source=source,
        name=" ".join(name.split())[:200] or "Delivery",
        added=len(new),
        replaced=len(corrected),
        unchanged=looked.unchanged,
        recorded_at=moment,
        recorded_by=actor,
    )
    PerformedCase.objects.filter(pk__in=[there.pk for there, _ in corrected]).update(
        superseded_at=moment, superseded_by=delivery
    )
    PerformedCase.objects.bulk_create(
        [
            PerformedCase(
                facility=facility,
                source=source,
                encounter=row.encounter,
                line=row.line,
                npi=row.npi,
                practitioner=looked.people.get(row.npi),
                system=row.system,
                code=row.code,
                performed_at=row.performed_at,
                day=clock.date_at(row.performed_at, facility),
                site=row.site,
                canceled=row.canceled,
                delivery=delivery,
                recorded_at=moment,
            )
            for row in (*new, *(row for _, row in corrected))
        ],
        batch_size=2000,
    )
    record_event(
        actor=actor,
        verb="cases.loaded",
        subject=delivery,
        facility=facility,
        data={
            "source": source,
            "added": delivery.added,
            "replaced": delivery.replaced,
            "unchanged": delivery.unchanged,
        },
    )
    return delivery


@transaction.atomic
def judge_cases(*, actor, facility: Facility, most: int = MOST_JUDGED) -> int:
    """Judge the cases at the facility that were not judged yet and whose code names a privilege: might who
    did them do it, at the moment and as known then? Answers how many were judged; run again it goes on.

    What was judged stays so: a grant recorded afterwards is an explanation, not another past.
    """
    require(actor, LOAD, facility)
    list(Facility.objects.select_for_update(of=("self",), no_key=True).filter(pk=facility.pk))
    cases = to_judge(facility, most)
    moment = clock.now()
    covers = cover_of(facility, cases, now=moment)
    CaseJudgement.objects.bulk_create(
        CaseJudgement(
            case_id=case.case_id,
            privilege_id=case.privilege_id,
            cover=covers[case.case_id],
            judged_at=moment,
        )
        for case in cases
    )
    if cases:
        record_event(
            actor=actor,
            verb="cases.judged",
            subject=facility,
            facility=facility,
            data={
                "judged": len(cases),
                "without": sum(covers[case.case_id] in UNCOVERED for case in cases),
            },
        )
    return len(cases)


def judge_everywhere(*, actor) -> dict[str, int]:
    """As :func:`judge_cases`, at every facility with cases to judge; how many were, by its code."""
    waiting = Facility.objects.filter(performed_cases__judgement=None).distinct().order_by("pk")
    done: dict[str, int] = {}
    failed: list[Exception] = []
    for facility in waiting:
        try:
            done[facility.code] = judge_cases(actor=actor, facility=facility)
        except Exception as error:  # told once the others are done
            logger.exception("The cases of %s could not be judged", facility.code)
            failed.append(error)
    if failed:
        raise failed[0]
    return {code: number for code, number in done.items() if number}


@transaction.atomic
def explain_case(*, actor, judgement: CaseJudgement, way: str, reason: str) -> CaseExplanation:
    """Say what explains a case done without the privilege, or what follows from it: it no longer waits on
    Today. Refused: one's own, a case that was corrected meanwhile, and a second time.
    """
    case = PerformedCase.objects.select_related("facility", "practitioner").get(pk=judgement.case_id)
    require(actor, EXPLAIN, case.facility)
    if case.practitioner is not None:
        require_not_own_file(actor, case.practitioner, doing="explain a case in")
        lock_record(case.practitioner)
    case = PerformedCase.objects.select_for_update(of=("self",)).select_related("facility").get(pk=case.pk)
    if case.superseded_at is not None:
        raise Conflict("A later delivery corrected this case; look at that one.")
    if judgement.cover not in UNCOVERED:
        raise Refused("This case needs no explanation.")
    if way not in CaseWay.values:
        raise Refused("Choose what explains it, or what follows.", field="way")
    reason = needed(reason, LONGEST_REASON, field="reason", otherwise="Say in words how you know.")
    if CaseExplanation.objects.filter(judgement=judgement).exists():
        raise Conflict("It was explained already; reload the page.")
    explained = CaseExplanation.objects.create(
        judgement=judgement, way=way, reason=reason, recorded_at=clock.now(), recorded_by=actor
    )
    record_event(
        actor=actor,
        verb="cases.explained",
        subject=judgement,
        practitioner=case.practitioner,
        facility=case.facility,
        data={"code": case.code},  # which way and why is peer review
    )
    return explained
