"""The demo: one machine, embedded services, mails as files, sources played by local servers."""

from config.settings import development_keys
from config.settings.base import *  # noqa: F403
from config.settings.base import env

SECRET_KEY = env("SECRET_KEY", default=development_keys.SECRET_KEY)
STANDING_ENCRYPTION_KEYS = env.list("STANDING_ENCRYPTION_KEYS", default=development_keys.ENCRYPTION_KEYS)
STANDING_HMAC_KEY = env("STANDING_HMAC_KEY", default=development_keys.HMAC_KEY)

ALLOWED_HOSTS = ["*"]  # a demo is reached under whatever name the machine has; nothing in it is real
EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.filebased.EmailBackend")

# The launcher starts the player of the registry and says where; without it there is nothing to ask.
NPPES_API_URL = env("NPPES_API_URL", default="http://127.0.0.1:8009/api/")
STANDING_GALLERY = True
