"""The work queue. Tasks are rows first: Redis or Valkey is never the only place where work is known."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")

app = Celery("standing")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
