from django.apps import AppConfig


class PrivilegingConfig(AppConfig):
    """What may they do here? Catalogue, criteria, requests, grants, FPPE, lookup."""

    name = "privileging"
    label = "privileging"
    verbose_name = "Privileging"
