"""Which credentials are verified outside an application: those renewed from time to time. Pure."""

from __future__ import annotations

from practitioners.models import Credential


def why_not_renewed(credential: Credential) -> str:
    """Why the credential cannot be verified outside an application, in a sentence; empty when it can."""
    kind = credential.credential_type
    if not kind.expires:
        return f"{kind.name} is found out once, within an application; it is not renewed."
    if kind.code == "PHOTO_ID":
        return "An identity document is compared with the person, within an application."
    return ""
