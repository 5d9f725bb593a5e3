from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    """Health system, facilities, departments, sections."""

    name = "config.organization"
    label = "organization"
    verbose_name = "Organization"
