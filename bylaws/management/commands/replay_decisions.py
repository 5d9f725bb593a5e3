"""manage.py replay_decisions"""

from django.core.management.base import BaseCommand

from bylaws.selectors.decisions import replay_all


class Command(BaseCommand):
    help = (
        "Proves every decision from its frozen record, and its facts from what was known then. "
        "Exit 0 when all hold; 1 names those that do not, and every altered fact with what it touched."
    )

    def handle(self, *args, **options):
        chatty = options["verbosity"] > 1
        found = replay_all(
            (lambda checked: self.stdout.write(f"{checked} ...")) if chatty else (lambda _: None)
        )
        for problem in found.problems:
            self.stderr.write(problem.sentence)
        for fact, touched in sorted(found.touched().items()):
            self.stderr.write(f"Altered: {fact}; it touched {_count(touched)}: {', '.join(touched)}.")
        for problem in found.explained:
            self.stdout.write(f"Explained: {problem.sentence}")
        wrong = len(found.failed)
        self.stdout.write(
            f"{found.checked} decisions replayed, {found.checked - wrong} hold, {wrong} do not."
        )
        if found.problems:
            raise SystemExit(1)


def _count(touched: list[str]) -> str:
    return "1 decision" if len(touched) == 1 else f"{len(touched)} decisions"
