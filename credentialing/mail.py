"""A mail backend for machines without a mail server: one file per message, named by its Message-ID.

Written whole or not at all. A message sent a second time with the same Message-ID is the same file, as a
mail system that knows the id would treat it.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend


class OneFilePerMessage(BaseEmailBackend):
    """Writes ``<Message-ID>.eml`` into ``EMAIL_FILE_PATH``."""

    def __init__(self, *args, file_path: str | os.PathLike | None = None, **kwargs):
        super().__init__(*args, **kwargs)
        self.folder = Path(file_path or settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message; answers how many."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            self._write(message)
        return len(email_messages)

    def _write(self, message: EmailMessage) -> None:
        built = message.message()
        identity = str(built["Message-ID"] or "")
        name = re.sub(r"[^A-Za-z0-9._@-]", "_", identity.strip("<>"))[:200] or "message"
        descriptor, temporary = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(built.as_bytes())
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).replace(self.folder / f"{name}.eml")
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


#: The name some settings use.
OneFilePerMessageBackend = OneFilePerMessage
