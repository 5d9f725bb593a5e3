"""manage.py load_letter_templates"""

from django.core.management.base import BaseCommand

from config.accounts.services.users import system_user
from credentialing.services.letter_templates import load_letter_templates


class Command(BaseCommand):
    help = "Adds the templates of letters as shipped; what was edited stays."

    def handle(self, *args, **options):
        counts = load_letter_templates(actor=system_user())
        self.stdout.write(f"Templates of letters: {counts['added']} added, {counts['kept']} kept.")
