from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    """Embedded services, the commands that prepare a database, checks of the environment."""

    name = "config.embedded"
    label = "embedded"
    verbose_name = "Embedded services"

    def ready(self) -> None:
        from config.embedded import checks  # noqa: F401 - importing registers them
