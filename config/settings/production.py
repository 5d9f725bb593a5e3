"""Production: every secret and address comes from the environment; a missing one stops the start."""

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, env

SECRET_KEY = env("SECRET_KEY")
STANDING_ENCRYPTION_KEYS = env.list("STANDING_ENCRYPTION_KEYS")
STANDING_HMAC_KEY = env("STANDING_HMAC_KEY")
STANDING_SITE_URL = env("STANDING_SITE_URL")

# The embedded services are for one machine and its demo; production says where its own are.
env("DATABASE_URL")
env("REDIS_URL")

# A page opens no connection of its own: that costs more than most of its queries. One that was closed
# in between is noticed before it is used. Behind a pooler that keeps connections itself: CONN_MAX_AGE=0.
DATABASES["default"] |= {"CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[STANDING_SITE_URL])

REQUIRE_MFA = True

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
