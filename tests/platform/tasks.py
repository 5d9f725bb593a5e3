"""Tasks for trying the queue itself; the worker of a test imports them when told to."""

from __future__ import annotations

import time
from pathlib import Path

from celery import shared_task
from django.contrib.sessions.models import Session
from django.core.mail import send_mail


@shared_task(name="tests.note")
def note(key: str) -> None:
    """Leave a row and a mail behind."""
    Session.objects.update_or_create(
        session_key=key, defaults={"session_data": "", "expire_date": "2030-01-01T00:00Z"}
    )
    send_mail(f"Note {key}", "It is written.", None, ["office@example.org"])


@shared_task(name="tests.wait_for")
def wait_for(begun: str, go: str, key: str) -> None:
    """Say that the work began, and finish it only when the file ``go`` exists."""
    Path(begun).touch()
    while not Path(go).exists():
        time.sleep(0.02)
    note(key)
