from django.apps import AppConfig


class GoLiveConfig(AppConfig):
    """The first load from an earlier system: who holds which appointment and which privileges, since when."""

    name = "config.golive"
    label = "golive"
    verbose_name = "Go-live load"

    def ready(self) -> None:
        from config.golive.services.loading import apply_load
        from practitioners.choices import ImportKind
        from practitioners.services.import_work import register_applier

        register_applier(ImportKind.GO_LIVE, apply_load)
