from django.apps import AppConfig


class CredentialingConfig(AppConfig):
    """Is it true, and still true? Applications, verification, screening, reminders."""

    name = "credentialing"
    label = "credentialing"
    verbose_name = "Credentialing"

    def ready(self) -> None:
        from config.kernel.sealing import register_sealed_table
        from credentialing.sealing import PACKETS, PAPERS

        register_sealed_table(PAPERS)
        register_sealed_table(PACKETS)
