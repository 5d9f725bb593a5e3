from django.core.management.base import BaseCommand, CommandError

from config.home.documents import documents


class Command(BaseCommand):
    """Door of :func:`documents`."""

    help = "Writes the pages of the documentation that are made from the code; --check only compares them."

    def add_arguments(self, parser):
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail when a page is out of date"
        )

    def handle(self, *args, check=False, **options):
        stale = []
        for path, text in documents().items():
            if path.is_file() and path.read_text(encoding="utf-8") == text:
                continue
            stale.append(str(path))
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        if check and stale:
            raise CommandError("Out of date, run manage.py write_docs: " + ", ".join(stale))
        self.stdout.write(f"{len(stale)} pages written." if stale else "All pages are up to date.")
