"""manage.py load_staff_categories"""

from django.core.management.base import BaseCommand

from bylaws.services.reference import load_categories
from config.accounts.services.users import system_user


class Command(BaseCommand):
    help = "Adds the usual categories of a medical staff; what was edited stays."

    def handle(self, *args, **options):
        counts = load_categories(actor=system_user())
        self.stdout.write(f"Staff categories: {counts['added']} added, {counts['kept']} kept.")
