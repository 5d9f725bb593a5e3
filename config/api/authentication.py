"""Programs sign in with a token in the header ``Authorization: Token …``; browsers with their session."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions

from config.accounts.services.tokens import token_holder
from config.kernel.errors import Forbidden

KEYWORDS = ("token", "bearer")


class TokenAuthentication(authentication.BaseAuthentication):
    """The person whose token it is. A wrong, revoked or expired token is answered 401 whatever the
    question.
    """

    def authenticate(self, request):
        """(user, None), or None where the header carries no token."""
        header = authentication.get_authorization_header(request).decode("latin-1").split()
        if not header or header[0].lower() not in KEYWORDS:
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed("The header must read: Authorization: Token SECRET.")
        try:
            user = token_holder(header[1])
        except Forbidden as refused:
            raise exceptions.PermissionDenied(refused.sentence) from None
        if user is None:
            raise exceptions.AuthenticationFailed("This token is unknown, revoked or expired.")
        return user, None

    def authenticate_header(self, request) -> str:
        """What a 401 asks for."""
        return "Token"


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema describes it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        """A key in the header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Token SECRET. Make one under your name, Account.",
        }
