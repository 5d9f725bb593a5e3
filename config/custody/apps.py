from django.apps import AppConfig


class CustodyConfig(AppConfig):
    """Everything, out of one installation and into an empty one."""

    name = "config.custody"
    label = "custody"
    verbose_name = "Custody export"

    def ready(self) -> None:
        from importlib import import_module

        from config.custody.selectors.stand_ins import stand_in_of
        from practitioners.store import register_stand_ins

        register_stand_ins(stand_in_of)
        import_module("config.custody.worklist")
