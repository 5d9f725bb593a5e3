from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, their roles per facility, and what a role may do."""

    name = "config.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from config.accounts.sealing import FACTORS
        from config.kernel.sealing import register_sealed_table

        register_sealed_table(FACTORS)
