from django.apps import AppConfig


class PractitionersConfig(AppConfig):
    """Who are they? Persons, names, identifiers, credentials as claimed, documents, evidence."""

    name = "practitioners"
    label = "practitioners"
    verbose_name = "Practitioners"

    def ready(self) -> None:
        from config.kernel.sealing import register_sealed_table
        from practitioners.sealing import NUMBERS

        register_sealed_table(NUMBERS)
