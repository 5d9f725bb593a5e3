from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import get_template


class Command(BaseCommand):
    """Compiles every template, so that a misspelt tag is found here and not by the first visitor."""

    help = __doc__
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        names = [
            str(path.relative_to(folder))
            for folder in settings.TEMPLATE_FOLDERS
            for path in sorted(Path(folder).rglob("*"))
            if path.suffix in {".html", ".txt", ".svg"}
        ]
        wrong = []
        for name in names:
            try:
                get_template(name)
            except (TemplateSyntaxError, TemplateDoesNotExist) as error:
                wrong.append(f"{name}: {type(error).__name__}: {error}")
        if wrong:
            raise CommandError("\n".join(wrong))
        self.stdout.write(f"{len(names)} templates compile")
