from django.apps import AppConfig


class BylawsConfig(AppConfig):
    """Under which law, by whom? Appointments, bars, committees, decisions, compliance."""

    name = "bylaws"
    label = "bylaws"
    verbose_name = "Bylaws"
