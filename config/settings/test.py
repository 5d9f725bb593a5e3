"""Tests: a disposable instance of the real services, a fast password hasher, nothing else different."""

import os
from urllib.parse import urlsplit

from config.settings import development_keys
from config.settings.places import place_of_tests

# Set before ``base`` reads it, and kept in the environment so that test workers and the processes they start
# share the instance their parent will start. The folder is made by whoever starts the services.
os.environ.setdefault("STANDING_TEST_VAR", str(place_of_tests() / f"standing-test-{os.getpid()}"))
os.environ["STANDING_VAR"] = os.environ["STANDING_TEST_VAR"]

from config.settings.base import *  # noqa: F403
from config.settings.base import MIDDLEWARE, REDIS_URL, STORAGES, VAR_DIR, Instance, env

EMBEDDED = Instance(
    VAR_DIR,
    durable=False,
    temporary=True,
    # Benchmarks measure a large staff with what a large staff's database is given.
    buffers=env.str("STANDING_TEST_BUFFERS", default=Instance.buffers),
)


def numbered(url: str, number: int) -> str:
    """The address of another of the queue's numbered databases."""
    parts = urlsplit(url)
    if parts.scheme == "redis+socket":
        return f"{parts.scheme}://{parts.path}?virtual_host={number}"
    return parts._replace(path=f"/{number}").geturl()


# Each test process has a numbered database to itself; number 0 is left to whoever else uses that server.
TEST_PROCESS = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = CELERY_BROKER_URL = numbered(REDIS_URL, TEST_PROCESS + 1)

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

MIDDLEWARE = ["tests.counting.CountQueries", *MIDDLEWARE]
