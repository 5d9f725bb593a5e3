"""manage.py verify_evidence"""

import sys

from django.core.management.base import BaseCommand

from practitioners.models import Evidence
from practitioners.selectors.evidence import verify_everything


class Command(BaseCommand):
    help = "Checks that no stored evidence was changed or removed. Exit 0: all well; 1: names what is not."

    def handle(self, *args, **options):
        problems = verify_everything()
        for problem in problems:
            self.stdout.write(problem.sentence)
        if problems:
            self.stderr.write(f"{len(problems)} found.")
            sys.exit(1)
        self.stdout.write(
            f"All well: {Evidence.objects.count()} pieces of evidence are as they were recorded."
        )
