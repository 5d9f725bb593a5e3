import time

from django.core.management.base import BaseCommand, CommandError

from config.demo.staff import generate_staff
from config.kernel.errors import Refused


class Command(BaseCommand):
    """Door of :func:`generate_staff`."""

    help = "Loads many invented practitioners with credentials, appointments and grants, for measurements."

    def add_arguments(self, parser):
        parser.add_argument("--practitioners", type=int, required=True, help="how many")
        parser.add_argument("--seed", type=int, default=1, help="another seed gives other people")
        parser.add_argument("--facility", action="append", default=[], help="its code; default: all of them")
        parser.add_argument("--add", action="store_true", help="also where there are people already")

    def handle(self, *args, **options):
        began = time.monotonic()
        try:
            counts = generate_staff(
                count=options["practitioners"],
                seed=options["seed"],
                facility_codes=options["facility"],
                add=options["add"],
                say=self.stdout.write,
            )
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        for table, number in counts.items():
            self.stdout.write(f"{number:>10,}  {table}")
        self.stdout.write(f"Loaded in {time.monotonic() - began:.1f} s")
