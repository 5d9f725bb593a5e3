import datetime as dt
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.demo.build import SEED, build_world, refuse_unless_empty
from config.kernel import clock
from config.kernel.errors import Refused


class Command(BaseCommand):
    """Door of :func:`build_world`."""

    help = "Builds the demo world in an empty database: an invented health system with a year of history."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=SEED, help="another seed gives another world")
        parser.add_argument(
            "--today", type=dt.date.fromisoformat, help="the day it is built for; default: today"
        )
        parser.add_argument("--small", action="store_true", help="fewer files under way, for tests")
        parser.add_argument("--processes", type=int, default=2, help="how many work at once; default: 2")
        parser.add_argument(
            "--again", action="store_true", help="also where accounts exist already, but no practitioner"
        )

    def handle(self, *args, **options):
        today = clock.today("America/Chicago")
        day = options["today"] or today
        if day > today:
            raise CommandError("The demo world cannot be built for a day to come.")
        try:
            refuse_unless_empty(again=options["again"])
        except Refused as refused:
            raise CommandError(refused.sentence) from None
        build_world(
            today=day,
            folder=Path(settings.VAR_DIR) / "demo",
            seed=options["seed"],
            small=options["small"],
            processes=max(1, options["processes"]),
            say=self.stdout.write,
        )
