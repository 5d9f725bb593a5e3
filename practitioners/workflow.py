"""Transition tables of the practitioner room."""

from config.kernel.workflow import Transition, Workflow
from practitioners.choices import ImportStatus

_OFFICE = ("practitioners.import", "practitioners.go_live")

IMPORT_BATCH = Workflow(
    name="import_batch",
    choices=ImportStatus,
    initial=(ImportStatus.CHECKED,),
    transitions=(
        Transition(
            ImportStatus.CHECKED,
            ImportStatus.APPLIED,
            _OFFICE,
            "import.applied",
            "Apply",
            guard="nothing changed since the check",
        ),
        Transition(ImportStatus.CHECKED, ImportStatus.DISCARDED, _OFFICE, "import.discarded", "Discard"),
        Transition(
            ImportStatus.APPLIED,
            ImportStatus.UNDONE,
            _OFFICE,
            "import.undone",
            "Undo",
            guard="no row touched since",
        ),
    ),
)
