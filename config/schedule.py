"""What runs when, without anybody asking: the one list of periodic work, in the terms of Celery beat.

Each entry names a task, its crontab in UTC and nothing else; the task itself decides, per facility and in
the facility's time zone, what is due. Running an entry twice must change nothing.
"""

from typing import Any

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {}
