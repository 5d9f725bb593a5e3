"""A mail system that can be held before and after it takes a message, and that counts what it took."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.mail import EmailMessage

from credentialing.mail import OneFilePerMessage
from tests.faults.gates import wait_at

FOLDER = "FAULTS_FOLDER"
"""The environment's name for the folder with the gates and the count."""


class HeldMail(OneFilePerMessage):
    """One file per message, with a gate on either side and a line in ``taken`` for each message taken."""

    def _write(self, message: EmailMessage) -> None:
        folder = Path(os.environ[FOLDER])
        wait_at(folder / "before")
        super()._write(message)
        with (folder / "taken").open("a") as taken:
            taken.write(f"{message.extra_headers['Message-ID']}\n")
        wait_at(folder / "after")
