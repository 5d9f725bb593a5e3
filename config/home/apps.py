from django.apps import AppConfig


class HomeConfig(AppConfig):
    """Today pages, search and the frame around every room."""

    name = "config.home"
    label = "home"
    verbose_name = "Home"
