from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class RulebookConfig(AppConfig):
    """Source bodies, parameters, waivers, rules and verdicts."""

    name = "config.rulebook"
    label = "rulebook"
    verbose_name = "Rulebook"

    def ready(self):
        """Let every room declare its parameters, rules, queues, panels, handlers, look-ups, final actions."""
        autodiscover_modules(
            "parameters", "rules", "worklist", "panels", "subjects", "lookups", "mails", "final_actions"
        )
