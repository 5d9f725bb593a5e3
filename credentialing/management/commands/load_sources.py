"""manage.py load_sources"""

from django.core.management.base import BaseCommand

from credentialing.services.sources import SHIPPED, known_source


class Command(BaseCommand):
    help = "Adds the sources a machine can ask as shipped; what was set up otherwise stays."

    def handle(self, *args, **options):
        names = [str(known_source(code)) for code in SHIPPED]
        self.stdout.write(f"Sources: {', '.join(names)}.")
