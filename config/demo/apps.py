from django.apps import AppConfig


class DemoConfig(AppConfig):
    """A believable health system to look at: invented people, dates relative to today."""

    name = "config.demo"
    label = "demo"
    verbose_name = "Demo world"
