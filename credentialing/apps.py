from django.apps import AppConfig


class CredentialingConfig(AppConfig):
    """Is it true, and still true? Applications, verification, screening, reminders."""

    name = "credentialing"
    label = "credentialing"
    verbose_name = "Credentialing"
