"""Reading delivery status notifications (RFC 3464): what a mail system sends back when it cannot deliver."""

from __future__ import annotations

import email
import email.policy
import hashlib
import mailbox
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

#: Bigger messages than any notification: the original may be attached whole.
LARGEST = 30 * 1024 * 1024
STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
MESSAGE_ID = re.compile(r"<[^<>\s]{3,200}>")


@dataclass(frozen=True)
class Notice:
    """One mail could not be delivered: its Message-ID, to whom, why. ``sha256`` names the notification."""

    message_id: str
    address: str
    code: str
    reason: str
    sha256: str


class NotANotice(ValueError):
    """The message is no delivery notification; the sentence says what is missing."""


def read_notice(content: bytes) -> Notice | None:
    """The mail a notification tells of as undeliverable; None when it tells that the mail is late or came.

    Raises ``NotANotice`` for any other message. Our mails have one recipient each, so the first that failed
    is the one.
    """
    message = email.message_from_bytes(content, policy=email.policy.compat32)
    parts = list(message.walk())
    reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    if not reports:
        raise NotANotice("It is no delivery notification: it has no part message/delivery-status.")
    failed = next((block for each in reports for block in _blocks(each) if _action(block) == "failed"), None)
    if failed is None:
        if any(_action(block) for each in reports for block in _blocks(each)):
            return None
        raise NotANotice("The delivery notification names no recipient.")
    identity = _original_id(message, parts)
    if not identity:
        raise NotANotice("The notification does not say which mail it is about: the Message-ID is missing.")
    status = STATUS.search(str(failed.get("Status", "")))
    said = _said(failed.get("Diagnostic-Code", ""))
    return Notice(
        message_id=identity,
        address=_said(failed.get("Final-Recipient", "") or failed.get("Original-Recipient", "")).lower(),
        code=status[1] if status else "",
        reason=said[:400] or "The mail system could not deliver it.",
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _action(block: Message) -> str:
    return str(block.get("Action", "")).partition("(")[0].strip().lower()


def _said(value: object) -> str:
    """Without the type in front: ``smtp; 550 no such user`` is ``550 no such user``."""
    text = " ".join(str(value).split())
    kind, separator, rest = text.partition(";")
    return rest.strip() if separator and re.fullmatch(r"[\w-]+", kind.strip()) else text


def _original_id(message: Message, parts: list[Message]) -> str:
    """The Message-ID of the mail that came back: in the copy of it, or of its head, or as an answer to it."""
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822":
            inner = part.get_payload()
            found = str(inner[0].get("Message-ID", "")) if isinstance(inner, list) and inner else ""
        elif kind == "text/rfc822-headers":
            head = part.get_payload(decode=True)
            said = email.message_from_bytes(head) if isinstance(head, bytes) else Message()
            found = str(said.get("Message-ID", ""))
        else:
            continue
        if match := MESSAGE_ID.search(found):
            return match[0]
    answered = f"{message.get('In-Reply-To', '')} {message.get('References', '')}"
    return match[0] if (match := MESSAGE_ID.search(answered)) else ""


# --- files ----------------------------------------------------------------------------------------------


def read_messages(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every message of a file (one message, or an mbox) or of a folder of such files, with its place.

    Raises ``OSError`` where a file cannot be read. A folder is read with its subfolders, in their order.
    """
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if each.is_file() and not each.name.startswith("."):
                yield from _messages_of(each)
        return
    yield from _messages_of(path)


def _messages_of(path: Path) -> Iterator[tuple[str, bytes]]:
    with path.open("rb") as stream:
        start = stream.read(5)
    if start == b"From ":
        box = mailbox.mbox(path, create=False)
        try:
            for number, key in enumerate(box.keys(), start=1):
                yield f"{path.name}, message {number}", box.get_bytes(key)
        finally:
            box.close()
        return
    if path.stat().st_size > LARGEST:
        yield path.name, b""
        return
    yield path.name, path.read_bytes()
