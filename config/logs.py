"""What a log line carries besides its message."""

import logging
import re

from config.audit.context import request_id


class RequestIdFilter(logging.Filter):
    """Adds the request's id, the one that audit events and history rows of that request carry too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id() or "-"
        return True


class SignedLinkFilter(logging.Filter):
    """Takes the secret of signed links out of addresses: who reads the log could else answer."""

    secret = re.compile(r"(/answer/)[^/\s?\"']+")

    def filter(self, record: logging.LogRecord) -> bool:
        if record.args and isinstance(record.args, tuple):
            record.args = tuple(
                self.secret.sub(r"\1...", each) if isinstance(each, str) else each for each in record.args
            )
        if isinstance(record.msg, str):
            record.msg = self.secret.sub(r"\1...", record.msg)
        return True
