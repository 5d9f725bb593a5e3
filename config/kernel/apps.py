from django.apps import AppConfig

from config.kernel.form_words import say_what_to_enter


class KernelConfig(AppConfig):
    """Shared mechanics: clock, periods, workflow guard, errors, encryption. No tables of its own."""

    name = "config.kernel"
    label = "kernel"
    verbose_name = "Kernel"

    def __init__(self, *args) -> None:
        super().__init__(*args)
        say_what_to_enter()  # before any room is read: a form takes the words when its class is made
