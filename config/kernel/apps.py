from django.apps import AppConfig


class KernelConfig(AppConfig):
    """Shared mechanics: clock, periods, workflow guard, errors, encryption. No tables of its own."""

    name = "config.kernel"
    label = "kernel"
    verbose_name = "Kernel"
