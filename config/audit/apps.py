from importlib import import_module

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Who did what and why; who read what; which job ran."""

    name = "config.audit"
    label = "audit"
    verbose_name = "Audit"

    def ready(self):
        """Listen to what happens to accounts."""
        import_module("config.audit.receivers")
