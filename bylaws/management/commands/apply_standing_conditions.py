"""manage.py apply_standing_conditions [--on DATE] [--facility CODE]"""

from django.core.management.base import BaseCommand

from bylaws.management.commands._arguments import a_day, facilities
from bylaws.services.standing import apply_standing_conditions
from config.accounts.services.users import system_user
from config.kernel import clock


class Command(BaseCommand):
    help = "Records what the bylaws let follow by itself: opens, lifts and voids administrative suspensions."

    def add_arguments(self, parser):
        parser.add_argument("--on", help="day judged, like 2026-03-31 (default: today at the facility)")
        parser.add_argument("--facility", help="code of one facility (default: all)")

    def handle(self, *args, **options):
        on = a_day(options["on"]) if options["on"] else None
        actor = system_user()
        for facility in facilities(options["facility"]):
            day = on or clock.today(facility)
            counts = apply_standing_conditions(actor=actor, facility=facility, on=day)
            told = ", ".join(f"{number} {what}" for what, number in counts.items())
            self.stdout.write(f"{facility.code} on {day.isoformat()}: {told}")
