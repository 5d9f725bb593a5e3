"""What a log line carries besides its message."""

import logging
import re

from config.audit.context import request_id

_SECRET = re.compile(r"(/(?:answer|packet|proctor)/)[^/\s?\"']+")


def without_secrets(text: str) -> str:
    """The text without the secret of signed links: whoever reads the log could else answer by them."""
    return _SECRET.sub(r"\1...", text)


class RequestIdFilter(logging.Filter):
    """Adds the request's id, the one that audit events and history rows of that request carry too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id() or "-"
        return True


class SignedLinkFilter(logging.Filter):
    """Takes the secret of signed links out of addresses in the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                without_secrets(each) if isinstance(each, str) else each for each in record.args
            )
        if isinstance(record.msg, str):
            record.msg = without_secrets(record.msg)
        return True
