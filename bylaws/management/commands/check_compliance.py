"""manage.py check_compliance [--on DATE] [--known-at TIME] [--facility CODE] [--json]"""

from django.core.management.base import BaseCommand, CommandError

from bylaws.management.commands._arguments import a_day, a_moment, facilities
from bylaws.selectors.compliance import as_data, compliance
from bylaws.selectors.membership import nothing_recorded, records_begin_after
from config.accounts.services.users import system_user
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

    def handle(self, *args, **options):
        on = a_day(options["on"]) if options["on"] else None
        known_at = a_moment(options["known_at"]) if options["known_at"] else None
        actor = system_user()
        answers = []
        for facility in facilities(options["facility"]):
            day = on or clock.today(facility)
            try:
                results = compliance(viewer=actor, facility=facility, on=day, known_at=known_at)
            except Refused as refused:
                raise CommandError(refused.sentence, returncode=2) from None
            answers.append((facility, day, results))
        if options["json"]:
            data = [
                as_data(results, facility=facility, on=day, known_at=known_at)
                for facility, day, results in answers
            ]
            self.stdout.write(canonical_bytes(data).decode("utf-8"))
            return
        for facility, day, results in answers:
            self.stdout.write(f"{facility.name} ({facility.code}) on {day.isoformat()}")
            begins = (
                None
                if any(result.total for result in results)
                else records_begin_after(facility=facility, on=day)
            )
            if begins:
                self.stdout.write(f"  {nothing_recorded(facility, begins)} Who complied is not known.")
                continue
            for result in results:
                counts = ", ".join(f"{result.counts[outcome]} {outcome.label.lower()}" for outcome in Outcome)
                self.stdout.write(
                    f"  {result.rule.code} {result.rule.title}: {result.total} judged; {counts}"
                )
                for practitioner_id, row in result.population.items():
                    verdict = result.verdicts[practitioner_id]
                    if not verdict.met:
                        since = f" (since {verdict.since.isoformat()})" if verdict.since else ""
                        name = row.practitioner.display_name
                        self.stdout.write(f"    {verdict.outcome.label}: {name}: {verdict.sentence}{since}")
