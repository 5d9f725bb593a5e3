from django.apps import AppConfig


class PractitionersConfig(AppConfig):
    """Who are they? Persons, names, identifiers, credentials as claimed, documents, evidence."""

    name = "practitioners"
    label = "practitioners"
    verbose_name = "Practitioners"
