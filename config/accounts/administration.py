"""What of the admin is part of the files of people, and who may look at it there."""

from __future__ import annotations

from config.accounts.policies import may
from config.kernel.administration import ReadOnlyAdmin


class FileAdmin(ReadOnlyAdmin):
    """Rows of the files of people, to look at: for those alone who may see practitioner files as well.

    An administrator by role keeps accounts and reference data, and sees nobody's file.
    """

    def has_module_permission(self, request) -> bool:
        """Whether it stands in the index at all."""
        return may(request.user, "practitioners.view") and super().has_module_permission(request)

    def has_view_permission(self, request, obj=None) -> bool:
        """Whether its rows may be looked at."""
        return may(request.user, "practitioners.view") and super().has_view_permission(request, obj)
