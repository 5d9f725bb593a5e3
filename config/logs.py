"""What a log line carries besides its message."""

import logging

from config.audit.context import request_id


class RequestIdFilter(logging.Filter):
    """Adds the request's id, the one that audit events and history rows of that request carry too."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id() or "-"
        return True
