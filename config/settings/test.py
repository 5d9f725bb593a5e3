"""Tests: a disposable instance of the real services, a fast password hasher, nothing else different."""

import os
import tempfile
from pathlib import Path

from config.settings import development_keys

# Set before ``base`` reads it, and kept in the environment so that test workers and the processes they start
# share the instance their parent will start. The folder is made by whoever starts the services.
os.environ.setdefault("STANDING_TEST_VAR", str(Path(tempfile.gettempdir()) / f"standing-test-{os.getpid()}"))
os.environ["STANDING_VAR"] = os.environ["STANDING_TEST_VAR"]

from config.settings.base import *  # noqa: F403
from config.settings.base import REDIS_URL, REDIS_URL_FROM_ENVIRONMENT, STORAGES, VAR_DIR, Instance, env

EMBEDDED = Instance(VAR_DIR, durable=False, temporary=True)

# Each test process has a numbered database of Valkey to itself; the processes it starts are told which.
if not REDIS_URL_FROM_ENVIRONMENT:
    REDIS_URL = EMBEDDED.redis_url(int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1)
CELERY_BROKER_URL = REDIS_URL

SECRET_KEY = development_keys.SECRET_KEY
STANDING_ENCRYPTION_KEYS = development_keys.ENCRYPTION_KEYS
STANDING_HMAC_KEY = development_keys.HMAC_KEY

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# A worker started by a test has no Django test runner around it: its mails go to files the test can read.
EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.locmem.EmailBackend")

NPPES_API_URL = env(
    "NPPES_API_URL", default="http://127.0.0.1:9/api/"
)  # nothing listens: each test plays its own

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
