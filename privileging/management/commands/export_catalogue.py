"""``manage.py export_catalogue``: privilege forms as YAML, which ``load_catalogue`` reads again."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from privileging.models import PrivilegeForm
from privileging.rules.catalogue_forms import text_of, text_of_forms
from privileging.selectors.catalogue import definition_of, numbered_version, today_of, version_on


class Command(BaseCommand):
    """Thin door over :func:`privileging.selectors.catalogue.definition_of`."""

    help = "Write privilege forms as YAML: the versions offered today, or one by its number."

    def add_arguments(self, parser):
        parser.add_argument("codes", nargs="*", help="codes of forms; none: every form offered today")
        parser.add_argument("--number", default="", help="a version by its number; with one code")
        parser.add_argument(
            "--to",
            type=Path,
            help="a folder, a file for each form; none: print them as one file",
        )

    def handle(self, *args, **options):
        codes, number, folder = options["codes"], options["number"], options["to"]
        if number and len(codes) != 1:
            raise CommandError("--number goes with the code of one form.", returncode=2)
        if folder is not None and not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.", returncode=2)
        kept = {form.code: form for form in PrivilegeForm.objects.order_by("code")}
        wanted = codes or list(kept)
        forms = []
        for code in wanted:
            form = kept.get(code)
            version = None
            if form is not None:
                version = numbered_version(code, number) if number else version_on(code, today_of(form))
            if version is None and codes:
                what = f"version {number} of {code}" if number else f"form {code} offered today"
                raise CommandError(f"There is no {what}.", returncode=2)
            if version is None:
                continue
            forms.append(definition_of(version))
        if folder is None:
            if forms:
                self.stdout.write(text_of_forms(forms))
            return
        for each in forms:
            (folder / f"{each.code.lower()}.yaml").write_text(text_of(each), encoding="utf-8")
        self.stdout.write(f"Written to {folder}.")
