"""manage.py load_reference"""

from django.core.management.base import BaseCommand

from config.accounts.services.users import system_user
from practitioners.services.disclosures import load_question_sets
from practitioners.services.reference import load_credential_types


class Command(BaseCommand):
    help = "Loads the kinds of credentials as shipped; what an administrator has edited stays as it is."

    def handle(self, *args, **options):
        counts = load_credential_types(actor=system_user())
        questions = load_question_sets(actor=system_user())
        self.stdout.write(
            f"Kinds of credentials: {counts['added']} added, {counts['updated']} brought up to date, "
            f"{counts['kept']} already there."
        )
        self.stdout.write(
            f"Questions of disclosure: {questions['added']} versions published, {questions['kept']} there."
        )
