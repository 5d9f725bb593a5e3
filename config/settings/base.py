"""Settings shared by every way of running Standing. What the environment may set is listed in the README."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import environ
from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels

from config.embedded.instance import OWNER_ROLE, Instance, default_var
from config.schedule import BEAT_SCHEDULE

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = default_var()

DEBUG = False
ALLOWED_HOSTS: list[str] = []
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
SITE_NAME = "Standing"
STANDING_VERSION = "0.1.0"
#: A sentence above every page (maintenance, "this is a demo"); empty for none.
STANDING_NOTICE: str = env("STANDING_NOTICE", default="")
#: Whether the gallery of page parts is served, for whoever builds pages.
STANDING_GALLERY = False

# -- rooms ---------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "config.home.admin_config.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    # Third-party
    "pgtrigger",
    "simple_history",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "django_htmx",
    "template_partials",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "csp",
    # Ours, from the lowest room to the highest
    "config.kernel",
    "config.organization",
    "config.accounts",
    "config.audit",
    "config.rulebook",
    "practitioners",
    "bylaws",
    "credentialing",
    "privileging",
    "config.golive",
    "config.custody",
    "config.home",
    "config.demo",
    "config.embedded",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "config.audit.middleware.RequestContextMiddleware",
    "config.accounts.middleware.RequireMfaMiddleware",
    "config.accounts.middleware.FacilityMiddleware",
    "config.home.middleware.RefusalMiddleware",
]

TEMPLATE_FOLDERS = [BASE_DIR / "templates"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": TEMPLATE_FOLDERS,
        "APP_DIRS": True,  # template_partials replaces the loaders when it is ready
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.home.context.navigation",
            ],
        },
    }
]

# -- database ------------------------------------------------------------------------------------------------
# "default" is the role the application works as: it owns nothing, so it can neither disable a trigger nor
# truncate a table. "owner" is the same database as the role that owns the tables: migrations and the one bulk
# loader use it. Without DATABASE_URL both are the embedded PostgreSQL.

EMBEDDED = Instance(VAR_DIR)


def database(url: str) -> dict[str, Any]:
    """Django's description of the database at ``url``."""
    settings: dict[str, Any] = environ.Env.db_url_config(url, engine="django.db.backends.postgresql")
    # Every trigger asks which triggers are to be ignored (none is). Where nobody ever said so, it learns that
    # from an error it catches: half a millisecond for each row written.
    settings.setdefault("OPTIONS", {}).setdefault("options", "-c pgtrigger.ignore={}")
    settings["ATOMIC_REQUESTS"] = False  # services are atomic; a view that only reads needs no transaction
    return settings


DATABASE_URL: str = env("DATABASE_URL", default="")
DATABASE_OWNER_URL: str = env("DATABASE_OWNER_URL", default="")

if DATABASE_URL:
    DATABASES = {"default": database(DATABASE_URL), "owner": database(DATABASE_OWNER_URL or DATABASE_URL)}
else:
    DATABASES = {
        "default": database(EMBEDDED.database_url()),
        "owner": database(EMBEDDED.database_url(role=OWNER_ROLE)),
    }

DATABASE_ROUTERS = ["config.embedded.routers.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PGTRIGGER_MIGRATIONS = True  # triggers are part of the schema: they are created by migrations, as the owner

# -- queue and cache -----------------------------------------------------------------------------------------

REDIS_URL_FROM_ENVIRONMENT: str = env("REDIS_URL", default="")
REDIS_URL: str = REDIS_URL_FROM_ENVIRONMENT or EMBEDDED.redis_url()


def cache_location(url: str) -> str:
    """Celery and redis-py write a socket's address differently; this turns the first into the second."""
    if not url.startswith("redis+socket://"):
        return url
    parts = urlsplit(url)
    number = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"unix://{parts.path}?db={number}"


CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": cache_location(REDIS_URL),
        "KEY_PREFIX": "standing",
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A task whose worker was killed comes back after this many seconds; longer than any task is allowed to run.
TASK_RETURNS_AFTER = env.int("STANDING_TASK_RETURNS_AFTER", default=960)
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": TASK_RETURNS_AFTER,
    # Seconds between two looks for such tasks; without the second option only every tenth look happens.
    "unacked_restore_interval": min(10, TASK_RETURNS_AFTER),
    "unacked_restore_throttle": 1,
}
CELERY_TASK_DEFAULT_QUEUE = "standing"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_RESULT_BACKEND = None
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = (
    "celery.beat:Scheduler"  # in memory: the schedule is code, the ledger of runs is a table
)
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE

# -- people --------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",  # who it is
    "config.accounts.backends.RoleBackend",  # what the admin may be used for
]
ACCOUNT_ADAPTER = "config.accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "config.accounts.adapters.SocialAccountAdapter"
MFA_ADAPTER = "config.accounts.adapters.MFAAdapter"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by the administrator, who vouches for the address
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_STORE_TOKENS = False

MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_TOTP_ISSUER = SITE_NAME
# The administrator enters the addresses and nobody signs up; without this no second factor could be set up.
MFA_ALLOW_UNVERIFIED_EMAIL = True
#: Demand a second factor of the roles that can change a file (coordinators, leaders, administrators).
REQUIRE_MFA = False

SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds; a working day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SAMESITE = "Lax"

# -- API -----------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.api.authentication.TokenAuthentication",  # first: a failure is then answered 401
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.errors.answer",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "600/min"},
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Standing API",
    "DESCRIPTION": "Practitioners and what they may do, with the same permissions as the pages.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

# -- browser -------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the design system draws its small symbols as data: images
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
MESSAGE_TAGS = {message_levels.ERROR: "danger"}  # the design system's word

STATIC_URL = "static/"
STATIC_ROOT = Path(env("STANDING_STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
NODE_MODULES = BASE_DIR / "node_modules"
# Only what pages use is served (see config/static.py); htmx itself comes with django-htmx.
STATICFILES_DIRS = [
    path
    for path in (
        BASE_DIR / "static",
        ("vendor/tabler", NODE_MODULES / "@tabler" / "core" / "dist"),
    )
    if (path if isinstance(path, Path) else path[1]).is_dir()
]
STATICFILES_FINDERS = [
    "config.static.ServedFilesFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# -- words and time ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"  # every page shows the facility's time; this is only what has no facility

# -- evidence, documents and their keys ----------------------------------------------------------------------

#: Content-addressed store of evidence and documents; outside the web root, served only after a permission
#: check.
STANDING_STORE = Path(env("STANDING_STORE", default=str(VAR_DIR / "store")))
#: Encrypted files of custody exports, until they are fetched; web and worker must see the same folder.
STANDING_CUSTODY = Path(env("STANDING_CUSTODY", default=str(STANDING_STORE / "custody")))
#: Daily checkpoints over the evidence chains' heads; in production on another machine's disk.
STANDING_CHECKPOINTS = Path(env("STANDING_CHECKPOINTS", default=str(VAR_DIR / "checkpoints")))
#: Fernet keys of the encrypted fields, the newest first; older ones only decrypt.
STANDING_ENCRYPTION_KEYS: list[str] = env.list("STANDING_ENCRYPTION_KEYS", default=[])
#: Key of the exact look-up of protected values.
STANDING_HMAC_KEY: str = env("STANDING_HMAC_KEY", default="")

MEDIA_ROOT = STANDING_STORE
MEDIA_URL = ""
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
#: Largest accepted document, in bytes.
STANDING_UPLOAD_LIMIT = 25 * 1024 * 1024
#: Largest accepted roster or export of an earlier system, in bytes; refused before it is read.
STANDING_IMPORT_LIMIT = env.int("STANDING_IMPORT_LIMIT", default=50) * 1024 * 1024
#: A folder with mapping files of the house's own, beside those shipped.
STANDING_MAPPINGS: str = env("STANDING_MAPPINGS", default="")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes of a form without its files
#: The sheet of a meeting of the whole staff has a field for each member; the size above bounds it besides.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# -- mail and sources ----------------------------------------------------------------------------------------

EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
EMAIL_FILE_PATH = env("EMAIL_FILE_PATH", default=str(VAR_DIR / "mail"))
EMAIL_HOST = env("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = env(
    "DEFAULT_FROM_EMAIL", default="Medical Staff Office <medical-staff-office@localhost>"
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

#: Address of the national provider registry's API.
NPPES_API_URL: str = env("NPPES_API_URL", default="https://npiregistry.cms.hhs.gov/api/")
#: Where a source is asked instead of the address on file, as JSON: {"code": "http://..."}; for local players.
STANDING_SOURCE_ADDRESSES: dict[str, str] = env.json("STANDING_SOURCE_ADDRESSES", default={})
#: Where the demo's seeding leaves the records the registry's local player answers with.
NPPES_PLAYER_RECORDS = VAR_DIR / "registry.json"
#: Address people use for this site; signed links in mails are built on it.
STANDING_SITE_URL: str = env("STANDING_SITE_URL", default="http://localhost:8000")

# -- logging: to standard output, no personal data -----------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "config.logs.RequestIdFilter"},
        "signed_links": {"()": "config.logs.SignedLinkFilter"},
    },
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            # Servers log to standard output. What a management command prints is its answer, so manage.py
            # chooses the other stream.
            "stream": f"ext://sys.{env('STANDING_LOG_STREAM', default='stdout')}",
            "filters": ["request_id", "signed_links"],
            "formatter": "line",
        },
    },
    "root": {"handlers": ["stdout"], "level": env("STANDING_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "kombu.connection": {"level": "ERROR"},  # it misses a host name in a socket's address, every time
        "httpx": {"level": "WARNING"},  # it logs whole addresses, and a search's address carries a name
    },
}
