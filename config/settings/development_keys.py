"""Keys for the demo and the tests, derived from a sentence everybody can read: never for real data."""

import base64
import hashlib

_SENTENCE = b"Standing's demo keys are public. Production sets its own."


def _derive(purpose: bytes) -> bytes:
    return hashlib.sha256(_SENTENCE + purpose).digest()


SECRET_KEY = "not-a-secret-" + _derive(b"secret key").hex()
ENCRYPTION_KEYS = [base64.urlsafe_b64encode(_derive(b"field encryption")).decode()]
HMAC_KEY = _derive(b"exact look-up").hex()
