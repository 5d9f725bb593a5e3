import warnings
from typing import Any

from django.core.management.commands import makemigrations


class Command(makemigrations.Command):
    """Django's own, without a database: whether the applied migrations fit is looked at when there is one."""

    def handle(self, *app_labels: str, **options: Any) -> None:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Got an error checking a consistent migration history")
            super().handle(*app_labels, **options)
