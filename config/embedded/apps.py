from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    """The embedded services and the commands that prepare a database."""

    name = "config.embedded"
    label = "embedded"
    verbose_name = "Embedded services"
