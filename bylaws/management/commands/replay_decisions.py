"""manage.py replay_decisions"""

from django.core.management.base import BaseCommand

from bylaws.selectors.decisions import replay_all


class Command(BaseCommand):
    help = "Proves every decision from its frozen record. Exit 0 when all hold; 1 names those that do not."

    def handle(self, *args, **options):
        checked, problems = replay_all()
        for problem in problems:
            self.stderr.write(problem.sentence)
        wrong = len({problem.decision_uid for problem in problems})
        self.stdout.write(f"{checked} decisions replayed, {checked - wrong} hold, {wrong} do not.")
        if problems:
            raise SystemExit(1)
