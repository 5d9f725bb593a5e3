from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, their roles per facility, and what a role may do."""

    name = "config.accounts"
    label = "accounts"
    verbose_name = "Accounts"
