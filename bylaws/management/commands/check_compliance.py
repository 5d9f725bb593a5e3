"""manage.py check_compliance [--on DATE] [--known-at TIME] [--facility CODE] [--json] [--protected]

Or with --record: today's run, which opens and closes findings.
"""

from django.core.management.base import BaseCommand, CommandError

from bylaws.management.commands._arguments import a_day, a_moment, facilities
from bylaws.selectors.compliance import as_data, compliance, people_judged
from bylaws.selectors.membership import nothing_recorded, records_begin_after
from bylaws.services.compliance_runs import record_run
from config.accounts.choices import DataClass
from config.accounts.services.users import system_user
from config.audit.services.events import record_protected_read
from config.kernel import clock
from config.kernel.canonical import canonical_bytes
from config.kernel.errors import Refused
from config.rulebook.verdicts import Outcome


class Command(BaseCommand):
    help = "Judges every compliance rule over everyone with authority here. Same question, same bytes."

    def add_arguments(self, parser):
        parser.add_argument("--on", help="day judged, like 2026-03-31 (default: today at the facility)")
        parser.add_argument(
            "--known-at", help="as known at this moment, like 2026-03-31T14:05:00Z (default: now)"
        )
        parser.add_argument("--facility", help="code of one facility (default: all)")
        parser.add_argument("--json", action="store_true", help="canonical JSON with every finding")
        parser.add_argument(
            "--protected",
            action="store_true",
            help="rules of a protected class as well (peer review); that they were read is logged",
        )
        parser.add_argument(
            "--record",
            action="store_true",
            help="record today's run: findings open, close and change; twice the same changes nothing",
        )

    def handle(self, *args, **options):
        on = a_day(options["on"]) if options["on"] else None
        known_at = a_moment(options["known_at"]) if options["known_at"] else None
        actor = system_user()
        if options["record"]:
            if on or known_at or options["json"] or options["protected"]:
                raise CommandError("--record judges today as known now; leave the other options out.")
            self._record(actor, facilities(options["facility"]))
            return
        answers = []
        for facility in facilities(options["facility"]):
            day = on or clock.today(facility)
            try:
                results = compliance(viewer=actor, facility=facility, on=day, known_at=known_at)
            except Refused as refused:
                raise CommandError(refused.sentence, returncode=2) from None
            answers.append((facility, day, self._told(actor, facility, results, options["protected"])))
        if options["json"]:
            data = [
                as_data(results, facility=facility, on=day, known_at=known_at)
                for facility, day, results in answers
            ]
            self.stdout.write(canonical_bytes(data).decode("utf-8"))
            return
        for facility, day, results in answers:
            self.stdout.write(f"{facility.name} ({facility.code}) on {day.isoformat()}")
            begins = None if people_judged(results) else records_begin_after(facility=facility, on=day)
            if begins:
                self.stdout.write(f"  {nothing_recorded(facility, begins)} Who complied is not known.")
                continue
            for result in results:
                counts = ", ".join(f"{result.counts[outcome]} {outcome.label.lower()}" for outcome in Outcome)
                waived = f"; {result.waived} of these waived" if result.waived else ""
                self.stdout.write(
                    f"  {result.rule.code} {result.rule.title}: {result.total} judged; {counts}{waived}"
                )
                for one, row in result.population.items():
                    verdict = result.verdicts[one]
                    if not verdict.met:
                        since = f" (since {verdict.since.isoformat()})" if verdict.since else ""
                        waiver = result.waivers.get(one)
                        told = f" {waiver.sentence}" if waiver else ""
                        self.stdout.write(
                            f"    {verdict.outcome.label}: {row.name}: {verdict.sentence}{since}{told}"
                        )

    def _told(self, actor, facility, results, protected: bool):
        """What may be printed: nothing of a protected class, unless it is asked for; then that is logged."""
        if not protected:
            return [each for each in results if not each.rule.data_class]
        for data_class in sorted({each.rule.data_class for each in results if each.rule.data_class}):
            record_protected_read(
                actor=actor,
                data_class=DataClass(data_class),
                subject_kind=facility._meta.label_lower,
                subject_uid=facility.uid,
                reason="check_compliance --protected",
            )
        return results

    def _record(self, actor, places) -> None:
        for facility in places:
            recorded = record_run(actor=actor, facility=facility)
            counts = ", ".join(f"{number} {what}" for what, number in recorded.counts.items() if number)
            told = "recorded" if recorded.new else "Nothing new since the last run"
            self.stdout.write(
                f"{facility.name} ({facility.code}) on {recorded.run.on.isoformat()}: {told}; "
                f"{recorded.run.population} judged; digest {recorded.run.digest}"
            )
            if counts:
                self.stdout.write(f"  Findings: {counts}")
