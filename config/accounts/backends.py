"""Django's own permission questions (the admin asks them) answered from the roles."""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend

from config.accounts.policies import may


class RoleBackend(BaseBackend):
    """Whoever manages accounts and reference data may use the admin; nobody else, superuser or not."""

    def has_perm(self, user_obj, perm, obj=None) -> bool:
        """Each admin page narrows this further: what has a life of its own is read-only there."""
        return user_obj.is_active and not user_obj.is_anonymous and may(user_obj, "accounts.manage")

    def has_module_perms(self, user_obj, app_label) -> bool:
        """As :meth:`has_perm`."""
        return self.has_perm(user_obj, app_label)
