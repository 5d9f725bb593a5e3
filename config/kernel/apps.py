from django.apps import AppConfig

from config.kernel.form_words import say_what_to_enter


class KernelConfig(AppConfig):
    """Shared mechanics: clock, periods, workflow guard, errors, encryption. No tables of its own."""

    name = "config.kernel"
    label = "kernel"
    verbose_name = "Kernel"

    def ready(self) -> None:
        say_what_to_enter()
