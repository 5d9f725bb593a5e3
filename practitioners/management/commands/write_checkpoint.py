"""manage.py write_checkpoint"""

from django.core.management.base import BaseCommand, CommandError

from config.kernel.errors import Refused
from practitioners.services.evidence import write_checkpoint


class Command(BaseCommand):
    help = "Writes the ends of all evidence chains to a file outside the database (run daily)."

    def handle(self, *args, **options):
        try:
            path = write_checkpoint()
        except (Refused, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(str(path))
