"""How sign-in behaves here: no signing up by oneself, and second-factor secrets encrypted at rest."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter

from config.kernel.encryption import decrypt, encrypt


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator."""

    def is_open_for_signup(self, request) -> bool:
        """Nobody signs up."""
        return False

    def authenticate(self, request, **credentials):
        """As ever, but never the system's own account."""
        user = super().authenticate(request, **credentials)
        return None if user is not None and user.is_system else user


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Single sign-on opens accounts that exist; it makes none."""

    def is_open_for_signup(self, request, sociallogin) -> bool:
        """Nobody signs up."""
        return False


class MFAAdapter(DefaultMFAAdapter):
    """Seeds of one-time passwords and recovery codes are kept encrypted, under keys that rotate."""

    def encrypt(self, text: str) -> str:
        """Ciphertext to be stored."""
        return encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """What :meth:`encrypt` was given."""
        return decrypt(encrypted_text.encode("ascii")).decode()

    def is_mfa_enabled(self, user, types=None) -> bool:
        """Recovery codes alone are no second factor."""
        return super().is_mfa_enabled(user, types or [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
