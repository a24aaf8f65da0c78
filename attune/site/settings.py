"""Django's settings. What an operator may set is in configuration.py; everything here is decided."""

import os
import sys
import tempfile
from pathlib import Path

from attune.site import folder
from attune.site.configuration import WrongSetting, read

try:
    CONFIGURATION = read()
    DATA = CONFIGURATION.data
    folder.prepare(DATA)
    SECRET_KEY = folder.secret(DATA / "secret-key")
    RELAY_SECRET = folder.secret(DATA / "relay-secret")
except WrongSetting as wrong:
    sys.exit(f"attune: {wrong}")
except OSError as error:
    sys.exit(f"attune: {error.filename} cannot be used ({error.strerror}). Give it to the user who runs attune, or set ATTUNE_DATA.")

ORIGIN = CONFIGURATION.origin
RELAY = (CONFIGURATION.relay_host, CONFIGURATION.relay_port, CONFIGURATION.relay_ports)
RELAY_IS_ON = CONFIGURATION.turn == "external"  # attune run turns it on with coturn
SET_UP_TOKEN = DATA / "set-up-token"
CLIENT = Path(__file__).resolve().parents[2] / "client" / "build"

DATABASE = DATA / "attune.sqlite3"
DEBUG = False
ALLOWED_HOSTS = [CONFIGURATION.origin_host, "localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "attune.site.urls"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "attune.people",
    "attune.spaces",
    "attune.appointments",
]
MIDDLEWARE = [
    "attune.site.middleware.harden",
    "attune.site.middleware.same_origin",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATABASE,
        # The threads of site/pool.py keep their connections.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: an acknowledged entry must survive a power cut, or every device that saw it would rightly raise an alarm.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON",
        },
        # A file, since threads cannot share a database in memory.
        "TEST": {"NAME": Path(tempfile.gettempdir()) / f"attune-test-{os.getpid()}.sqlite3"},
    }
}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 1000}}}

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["attune.people.backend.KeyRecordBackend"]
HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
HEADLESS_ADAPTER = "attune.people.adapter.HeadlessAdapter"
ACCOUNT_ADAPTER = "attune.people.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "pid"  # asked for by a check; nobody logs in by it
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # people/adapter.py counts, and says when to try again

if CONFIGURATION.is_https:
    SESSION_COOKIE_NAME = "__Host-sessionid"  # the prefix keeps sites on neighbouring names from planting a session here
SESSION_ENGINE = "attune.people.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIGURATION.is_https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [ORIGIN]
CSRF_FAILURE_VIEW = "attune.site.pages.csrf_failed"
DATA_UPLOAD_MAX_MEMORY_SIZE = 4_000_000  # site/pool.py stops reading earlier

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "attune.site.logs.WithoutContent"}},
    "handlers": {
        "screen": {"class": "logging.StreamHandler", "formatter": "plain"},
        "file": {
            "class": "logging.handlers.WatchedFileHandler",
            "filename": DATA / "logs" / "attune.log",
            "formatter": "plain",
            "delay": True,
        },
    },
    "root": {"handlers": ["screen", "file"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "ERROR", "propagate": True},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": True},
        "uvicorn.error": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
