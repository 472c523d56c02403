"""Every setting, by topic; the defaults are production's, `deploy/dev.env` holds the development values."""

import sys
from pathlib import Path
from typing import Any

import dj_database_url
from kombu import Queue

from privacy_service import databases, embedded, env, safety
from privacy_service.openapi import DESCRIPTION
from privacy_service.schedule import SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent
PRIVACY_DEVELOPMENT = env.boolean("PRIVACY_DEVELOPMENT", default=False)  # Allows what production refuses (safety.py).

# --- Where data lives ------------------------------------------------------------------------------------------------
PRIVACY_DATA_DIR = Path(env.text("PRIVACY_DATA_DIR", default=str(BASE_DIR / "var"))).absolute()
DATABASES: dict[str, Any] = {
    # Both addresses may hold a password, so both may come from a file.
    "default": dj_database_url.parse(env.secret("DATABASE_URL", least=1), conn_max_age=60, conn_health_checks=True)
}
REDIS_URL = env.secret("REDIS_URL", least=1)
PRIVACY_REDIS_EMBEDDED = REDIS_URL == embedded.WORD
if PRIVACY_REDIS_EMBEDDED:
    REDIS_URL = embedded.address_of(PRIVACY_DATA_DIR)  # It runs while a command that needs it does.
PRIVACY_DATABASE_TIMEOUT_SECONDS = env.integer("PRIVACY_DATABASE_TIMEOUT_SECONDS", default=5, least=1)
PRIVACY_DATABASE_PREPARED = env.boolean("PRIVACY_DATABASE_PREPARED", default=True)
# A migration may run for long, but must not make everybody else wait behind a lock that it waits for.
PRIVACY_DATABASE_LOCK_SECONDS = env.integer("PRIVACY_DATABASE_LOCK_SECONDS", default=5, least=1)
PRIVACY_REDIS_TIMEOUT_SECONDS = env.number("PRIVACY_REDIS_TIMEOUT_SECONDS", default=1.0, least=0.01)

_database = DATABASES["default"]
_database["OPTIONS"] = databases.options(
    _database,
    timeout_seconds=PRIVACY_DATABASE_TIMEOUT_SECONDS,
    lock_seconds=PRIVACY_DATABASE_LOCK_SECONDS,
    is_prepared=PRIVACY_DATABASE_PREPARED,
)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "privacy",
        "OPTIONS": {
            "socket_timeout": PRIVACY_REDIS_TIMEOUT_SECONDS,
            "socket_connect_timeout": PRIVACY_REDIS_TIMEOUT_SECONDS,
        },
    },
    # waffle's own cache would go stale between processes, and turning the release off must not need Redis.
    "waffle": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}

# --- Secrets ---------------------------------------------------------------------------------------------------------
SECRET_KEY = env.secret("PRIVACY_SECRET_KEY")
PRIVACY_TOKEN_KEY = env.secret(
    "PRIVACY_TOKEN_KEY"
)  # Keys every hash in masked data; one per installation, kept for good.
# Wraps the keys that seal what is stored; without one a key derived from PRIVACY_TOKEN_KEY does.
PRIVACY_MASTER_KEY = env.secret("PRIVACY_MASTER_KEY", default="")
PRIVACY_MASTER_KEY_PREVIOUS = env.secret("PRIVACY_MASTER_KEY_PREVIOUS", default="")  # While it changes.
PRIVACY_KEYS_DUE_DAYS = env.integer("PRIVACY_KEYS_DUE_DAYS", default=365, least=1)

# --- Decisions -------------------------------------------------------------------------------------------------------
PRIVACY_STAMP_POLL_SECONDS = env.number("PRIVACY_STAMP_POLL_SECONDS", default=0.5, least=0.05, most=1.0)
PRIVACY_STAMP_MAX_AGE_SECONDS = env.number("PRIVACY_STAMP_MAX_AGE_SECONDS", default=2.0, least=0.1, most=2.0)
PRIVACY_DECISION_CACHE_SIZE = env.integer("PRIVACY_DECISION_CACHE_SIZE", default=100_000, least=1)
PRIVACY_POLICY_DEFAULT = env.one_of("PRIVACY_POLICY_DEFAULT", ("strict", "balanced", "analytics"), default="balanced")

# --- Signed readers --------------------------------------------------------------------------------------------------
PRIVACY_ACTOR_TOKEN_AUDIENCE = env.text("PRIVACY_ACTOR_TOKEN_AUDIENCE", default="privacy-service")
PRIVACY_ACTOR_TOKEN_SKEW_SECONDS = env.integer("PRIVACY_ACTOR_TOKEN_SKEW_SECONDS", default=30, most=300)
PRIVACY_ACTOR_TOKEN_LONGEST_SECONDS = env.integer("PRIVACY_ACTOR_TOKEN_LONGEST_SECONDS", default=24 * 3600, least=1)
PRIVACY_JWKS_HOSTS = env.names("PRIVACY_JWKS_HOSTS")  # `host` or `host:port`; keys are fetched from no other.
PRIVACY_JWKS_CA_FILE = env.text("PRIVACY_JWKS_CA_FILE", default="")
PRIVACY_JWKS_TIMEOUT_SECONDS = env.number("PRIVACY_JWKS_TIMEOUT_SECONDS", default=3.0, least=0.1, most=30.0)
PRIVACY_JWKS_RETRY_SECONDS = env.number("PRIVACY_JWKS_RETRY_SECONDS", default=30.0, least=1.0)
PRIVACY_JWKS_REFRESH_SECONDS = env.number("PRIVACY_JWKS_REFRESH_SECONDS", default=300.0, least=1.0)
PRIVACY_JWKS_KEEP_SECONDS = env.number("PRIVACY_JWKS_KEEP_SECONDS", default=3600.0)

# --- The classifier --------------------------------------------------------------------------------------------------
PRIVACY_RECOGNIZERS = env.names("PRIVACY_RECOGNIZERS")  # Plug-ins: `module:factory` or `module:factory=argument`.

# How thoroughly running text is searched for names: patterns (not at all), fast or thorough.
PRIVACY_CLASSIFIER_TIER = env.one_of("PRIVACY_CLASSIFIER_TIER", ("patterns", "fast", "thorough"), default="fast")

# --- Limits of a request ---------------------------------------------------------------------------------------------
PRIVACY_BODY_LIMIT_BYTES = env.integer("PRIVACY_BODY_LIMIT_BYTES", default=10 * 1024 * 1024, least=1)
PRIVACY_BODY_DEPTH = env.integer("PRIVACY_BODY_DEPTH", default=100, least=1, most=400)
PRIVACY_RATE_PER_SECOND = env.integer("PRIVACY_RATE_PER_SECOND", default=0)  # Per key and process; 0 is no limit.
# When more is asked than can be answered (shedding.py): who works at once and who stands in line, in each process; how
# long a line may stand without an empty moment before whoever finds it full is refused (0: nobody is).
PRIVACY_SHED_AT_WORK = env.integer("PRIVACY_SHED_AT_WORK", default=1, least=1)
PRIVACY_SHED_IN_LINE = env.integer("PRIVACY_SHED_IN_LINE", default=7, least=1)
PRIVACY_SHED_AFTER_SECONDS = env.number("PRIVACY_SHED_AFTER_SECONDS", default=0.1)
PRIVACY_WEB_PIN = env.boolean("PRIVACY_WEB_PIN", default=False)  # `privacy_service.processes` says so for one a core.
DATA_UPLOAD_MAX_MEMORY_SIZE = PRIVACY_BODY_LIMIT_BYTES
# A file that somebody sends may show a person: it is never laid down in a temporary file.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- Dialects --------------------------------------------------------------------------------------------------------
PRIVACY_PRESIDIO_AT_ROOT = env.boolean("PRIVACY_PRESIDIO_AT_ROOT", default=False)
# The slug of a workspace that Presidio's routes answer for without a key; empty: each call needs one.
PRIVACY_PRESIDIO_OPEN_WORKSPACE = env.text("PRIVACY_PRESIDIO_OPEN_WORKSPACE", default="")

# --- The people the data is about ------------------------------------------------------------------------------------
# Networks that destinations may lie in, beside public addresses, such as 10.0.0.0/8.
PRIVACY_SUBJECTS_NETWORKS = env.networks("PRIVACY_SUBJECTS_NETWORKS")
PRIVACY_SUBJECTS_CA_FILE = env.text("PRIVACY_SUBJECTS_CA_FILE", default="")
PRIVACY_SUBJECTS_ATTEMPTS = env.integer("PRIVACY_SUBJECTS_ATTEMPTS", default=8, least=1, most=30)
PRIVACY_SUBJECTS_RETRY_SECONDS = env.number("PRIVACY_SUBJECTS_RETRY_SECONDS", default=10.0, least=0.01)

# After so long without an answer a worker counts as dead, and another one asks; longer than any destination takes.
PRIVACY_SUBJECTS_LEASE_SECONDS = env.number("PRIVACY_SUBJECTS_LEASE_SECONDS", default=300.0, least=1.0)
# One that did not answer so often in a row is left alone for so long, then for twice as long, an hour at most.
PRIVACY_SUBJECTS_BREAKER_FAILURES = env.integer("PRIVACY_SUBJECTS_BREAKER_FAILURES", default=5, least=1)
PRIVACY_SUBJECTS_BREAKER_SECONDS = env.number("PRIVACY_SUBJECTS_BREAKER_SECONDS", default=30.0, least=0.01)
# One that is down for longer is a person's task.
PRIVACY_SUBJECTS_DOWN_SECONDS = env.number("PRIVACY_SUBJECTS_DOWN_SECONDS", default=3600.0, least=0.0)
PRIVACY_SUBJECTS_EXPORT_DAYS = env.integer("PRIVACY_SUBJECTS_EXPORT_DAYS", default=7, least=1, most=90)
PRIVACY_SUBJECTS_EXPORT_LIMIT_BYTES = env.integer("PRIVACY_SUBJECTS_EXPORT_LIMIT_BYTES", default=1_000_000_000, least=1)
PRIVACY_SUBJECTS_FORMS_PER_HOUR = env.integer("PRIVACY_SUBJECTS_FORMS_PER_HOUR", default=1000, least=1)
# How many people a workspace's own may name in a calendar month; 0 is no limit. Segment's is 110,000.
PRIVACY_SUBJECTS_PER_MONTH = env.integer("PRIVACY_SUBJECTS_PER_MONTH", default=110_000)
PRIVACY_CONSENT_CHOICES_PER_MINUTE = env.integer("PRIVACY_CONSENT_CHOICES_PER_MINUTE", default=6000, least=1)
# Where people find this service's public pages, such as https://privacy.example.com; without it no form is open.
PRIVACY_PUBLIC_URL = env.text("PRIVACY_PUBLIC_URL", default="").rstrip("/")

# With which key messages of OpenDSR are signed, and its certificate, issued for the host of PRIVACY_PUBLIC_URL.
PRIVACY_OPENDSR_KEY_FILE = env.text("PRIVACY_OPENDSR_KEY_FILE", default="")
PRIVACY_OPENDSR_CERTIFICATE_FILE = env.text("PRIVACY_OPENDSR_CERTIFICATE_FILE", default="")
# For so long a controller can take a request back; then it begins.
PRIVACY_OPENDSR_HOLD_SECONDS = env.integer("PRIVACY_OPENDSR_HOLD_SECONDS", default=600)

# --- The gateway -----------------------------------------------------------------------------------------------------
# Networks that upstreams may lie in, beside public addresses, such as 10.0.0.0/8.
PRIVACY_GATEWAY_NETWORKS = env.networks("PRIVACY_GATEWAY_NETWORKS")
PRIVACY_GATEWAY_CA_FILE = env.text("PRIVACY_GATEWAY_CA_FILE", default="")
PRIVACY_GATEWAY_CONNECTIONS = env.integer("PRIVACY_GATEWAY_CONNECTIONS", default=100, least=1)  # To each upstream.
PRIVACY_GATEWAY_THREADS = env.integer("PRIVACY_GATEWAY_THREADS", default=8, least=1)
PRIVACY_GATEWAY_BREAKER_FAILURES = env.integer("PRIVACY_GATEWAY_BREAKER_FAILURES", default=5, least=1)
PRIVACY_GATEWAY_BREAKER_SECONDS = env.number("PRIVACY_GATEWAY_BREAKER_SECONDS", default=5.0, least=0.1)
PRIVACY_GATEWAY_TRUST_PROXY = env.boolean("PRIVACY_GATEWAY_TRUST_PROXY", default=False)

# --- Jobs ------------------------------------------------------------------------------------------------------------
# Where jobs of the API may read and write: file:///data/{workspace}/, s3://bucket/prefix/; `mask_files` asks nobody.
PRIVACY_JOBS_PLACES = env.places("PRIVACY_JOBS_PLACES")
PRIVACY_JOBS_CHUNK_BYTES = env.integer("PRIVACY_JOBS_CHUNK_BYTES", default=8 * 1024 * 1024, least=1024, most=1 << 26)

# --- Streams ---------------------------------------------------------------------------------------------------------
PRIVACY_STREAM_BATCH = env.integer("PRIVACY_STREAM_BATCH", default=500, least=1, most=5000)
PRIVACY_STREAM_STALLED_SECONDS = env.number("PRIVACY_STREAM_STALLED_SECONDS", default=30.0, least=0.1)
PRIVACY_STREAM_RECORD_LIMIT_BYTES = env.integer(
    "PRIVACY_STREAM_RECORD_LIMIT_BYTES", default=1024 * 1024, least=1, most=64 * 1024 * 1024
)
# Who may wait for records of topics at one process at once: each takes one of its threads.
PRIVACY_TOPIC_FOLLOWERS = env.integer("PRIVACY_TOPIC_FOLLOWERS", default=4, least=1)
PRIVACY_TOPIC_FOLLOW_SECONDS = env.number("PRIVACY_TOPIC_FOLLOW_SECONDS", default=300.0, least=1.0)

# --- The audit trail -------------------------------------------------------------------------------------------------
PRIVACY_AUDIT_SPOOL_DIR = Path(env.text("PRIVACY_AUDIT_SPOOL_DIR", default=str(PRIVACY_DATA_DIR / "audit-spool")))
PRIVACY_AUDIT_SPOOL_LIMIT_BYTES = env.integer("PRIVACY_AUDIT_SPOOL_LIMIT_BYTES", default=512 * 1024 * 1024, least=1)
PRIVACY_AUDIT_SHIP_SECONDS = env.number("PRIVACY_AUDIT_SHIP_SECONDS", default=1.0, least=0.05)
PRIVACY_AUDIT_RETENTION_DAYS = env.integer("PRIVACY_AUDIT_RETENTION_DAYS", default=0)  # 0 keeps everything.
PRIVACY_AUDIT_WEBHOOK_URL = env.private_url("PRIVACY_AUDIT_WEBHOOK_URL")
PRIVACY_AUDIT_WEBHOOK_SECRET = env.secret("PRIVACY_AUDIT_WEBHOOK_SECRET") if PRIVACY_AUDIT_WEBHOOK_URL else ""
PRIVACY_AUDIT_WEBHOOK_TIMEOUT_SECONDS = env.number("PRIVACY_AUDIT_WEBHOOK_TIMEOUT_SECONDS", default=10.0, least=0.1)
PRIVACY_AUDIT_STREAM = env.text("PRIVACY_AUDIT_STREAM", default="")
PRIVACY_AUDIT_STREAM_MAXLEN = env.integer("PRIVACY_AUDIT_STREAM_MAXLEN", default=1_000_000, least=1)

# --- The web ---------------------------------------------------------------------------------------------------------
DEBUG = False
ALLOWED_HOSTS = env.names("PRIVACY_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.names("PRIVACY_CSRF_TRUSTED_ORIGINS")
PRIVACY_INSECURE_COOKIES = env.boolean("PRIVACY_INSECURE_COOKIES", default=False)  # Only for plain HTTP on loopback.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not PRIVACY_INSECURE_COOKIES
PRIVACY_TRUST_PROXY = env.boolean("PRIVACY_TRUST_PROXY", default=False)  # What a proxy says of who asks, and how.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRIVACY_TRUST_PROXY else None
# Where a proxy serves this service under a path of its own, such as /privacy, and takes that path away.
PRIVACY_PATH_PREFIX = env.path_prefix("PRIVACY_PATH_PREFIX")
FORCE_SCRIPT_NAME = PRIVACY_PATH_PREFIX or None
if PRIVACY_PATH_PREFIX:
    # Neighbours on the same host get no session of ours, and theirs, of the same name, do not hide it.
    SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = PRIVACY_PATH_PREFIX
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "privacy_sessionid", "privacy_csrftoken"
PRIVACY_DRAIN_FILE = env.text("PRIVACY_DRAIN_FILE", default="")  # While this file is there, no new work is welcome.
# Not `no-referrer`: with it browsers send the Origin of a form as `null`, and no form would be taken.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
ROOT_URLCONF = "privacy_service.urls"
WSGI_APPLICATION = "privacy_service.wsgi.application"
# Never the session table: a message may show a new API key, once.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
STATIC_URL = f"{PRIVACY_PATH_PREFIX}/static/"
WHITENOISE_USE_FINDERS = True  # Serves the admin's files from where they are installed: nothing to collect.

INSTALLED_APPS = [
    "privacy_service.apps.ServiceConfig",
    "classifier",
    "workspaces",
    "privacy_service.rollout",
    "privacy_service.decisions",
    "privacy_service.managing",
    "privacy_service.subjects",
    "privacy_service.consent",
    "privacy_service.inventory",
    "privacy_service.gateway",
    "privacy_service.streams",
    "privacy_service.jobs",
    "privacy_service.scanning",
    "privacy_service.console",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "guardian",
    "waffle",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]
MIDDLEWARE = [
    "privacy_service.observability.health.ProbesMiddleware",
    "privacy_service.observability.naming.NamingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "privacy_service.console.sessions.SessionLimitsMiddleware",
    "privacy_service.console.entering.proving.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = DESCRIPTION

# --- People and rights -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "workspaces.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
    "workspaces.backends.GrantBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ANONYMOUS_USER_NAME = None  # guardian would create a user whom nobody asked for.

# --- Signing in ------------------------------------------------------------------------------------------------------
LOGIN_URL = "console:sign_in"
SESSION_COOKIE_AGE = env.integer("PRIVACY_SESSION_SECONDS", default=8 * 3600, least=60)
PRIVACY_SESSION_IDLE_SECONDS = env.integer("PRIVACY_SESSION_IDLE_SECONDS", default=1800, least=60)
# Of whom the console and the admin want a code beside the password; owners can want it for their workspace.
PRIVACY_SECOND_FACTOR = env.one_of(
    "PRIVACY_SECOND_FACTOR", ("optional", "administrators", "everybody"), default="optional"
)
# The company's own provider (OpenID Connect); empty: people sign in with passwords alone.
PRIVACY_OIDC_ISSUER = env.private_url("PRIVACY_OIDC_ISSUER")
PRIVACY_OIDC_CLIENT_ID = env.text("PRIVACY_OIDC_CLIENT_ID") if PRIVACY_OIDC_ISSUER else ""
PRIVACY_OIDC_CLIENT_SECRET = env.secret("PRIVACY_OIDC_CLIENT_SECRET", least=1) if PRIVACY_OIDC_ISSUER else ""
PRIVACY_OIDC_NAME = env.text("PRIVACY_OIDC_NAME", default="single sign-on")
PRIVACY_OIDC_SCOPES = env.text("PRIVACY_OIDC_SCOPES", default="openid email").split()
# Which claim is the external id; empty: people are known by their verified e-mail alone.
PRIVACY_OIDC_ID_CLAIM = env.text("PRIVACY_OIDC_ID_CLAIM", default="")
PRIVACY_OIDC_DOMAINS = env.names("PRIVACY_OIDC_DOMAINS")
PRIVACY_OIDC_NETWORKS = env.networks("PRIVACY_OIDC_NETWORKS")
PRIVACY_OIDC_CA_FILE = env.text("PRIVACY_OIDC_CA_FILE", default="")
PRIVACY_OIDC_CREATES_PEOPLE = env.boolean("PRIVACY_OIDC_CREATES_PEOPLE", default=False)
PRIVACY_OIDC_PROVES_SECOND_FACTOR = env.boolean("PRIVACY_OIDC_PROVES_SECOND_FACTOR", default=False)
PRIVACY_PASSWORD_SIGN_IN = env.boolean("PRIVACY_PASSWORD_SIGN_IN", default=True)

# --- The release -----------------------------------------------------------------------------------------------------
WAFFLE_FLAG_MODEL = "rollout.Flag"
WAFFLE_CREATE_MISSING_FLAGS = False
WAFFLE_CACHE_NAME = "waffle"
WAFFLE_ENABLE_ADMIN_PAGES = False
PRIVACY_RELEASE_SECOND_PERSON = env.boolean("PRIVACY_RELEASE_SECOND_PERSON", default=True)
PRIVACY_RELEASE_CONFIRM_SECONDS = env.integer("PRIVACY_RELEASE_CONFIRM_SECONDS", default=3600, least=60)
PRIVACY_RELEASE_ON_BREACH = env.one_of("PRIVACY_RELEASE_ON_BREACH", ("tell", "hold", "fall-back"), default="hold")

# What must be green before the release goes wider, over the last window.
PRIVACY_RELEASE_WINDOW_SECONDS = env.integer("PRIVACY_RELEASE_WINDOW_SECONDS", default=900, least=60)
PRIVACY_RELEASE_COUNT_SECONDS = env.number("PRIVACY_RELEASE_COUNT_SECONDS", default=60, least=1, most=300)
PRIVACY_RELEASE_LEAST_REQUESTS = env.integer("PRIVACY_RELEASE_LEAST_REQUESTS", default=100)
PRIVACY_RELEASE_LEAST_SAMPLES = env.integer("PRIVACY_RELEASE_LEAST_SAMPLES", default=100)
PRIVACY_RELEASE_ERROR_RATE = env.number("PRIVACY_RELEASE_ERROR_RATE", default=0.001, most=1.0)
PRIVACY_RELEASE_P95_SECONDS = env.number("PRIVACY_RELEASE_P95_SECONDS", default=0.05, least=0.0001)
PRIVACY_RELEASE_FAIL_CLOSED = env.integer("PRIVACY_RELEASE_FAIL_CLOSED", default=0)

# What happens in shadow, off the path of any answer.
PRIVACY_SHADOW_SHARE = env.number("PRIVACY_SHADOW_SHARE", default=0.01, most=1.0)
PRIVACY_SHADOW_BUDGET_SECONDS = env.number("PRIVACY_SHADOW_BUDGET_SECONDS", default=0.01, least=0.0, most=0.5)
PRIVACY_SHADOW_QUEUE_BYTES = env.integer("PRIVACY_SHADOW_QUEUE_BYTES", default=4 * 1024 * 1024, least=1024)

# Fields of what passes, for the inventory: looked at off the path of any answer too.
PRIVACY_INVENTORY_SHARE = env.number("PRIVACY_INVENTORY_SHARE", default=0.01, most=1.0)
PRIVACY_INVENTORY_BUDGET_SECONDS = env.number("PRIVACY_INVENTORY_BUDGET_SECONDS", default=0.005, least=0.0, most=0.5)
PRIVACY_INVENTORY_QUEUE_BYTES = env.integer("PRIVACY_INVENTORY_QUEUE_BYTES", default=2 * 1024 * 1024, least=1024)

# --- Mail, to owners and administrators ------------------------------------------------------------------------------
EMAIL_HOST = env.text("PRIVACY_MAIL_HOST", default="")  # Without it nothing is mailed, and the log says what was not.
EMAIL_PORT = env.integer("PRIVACY_MAIL_PORT", default=587, least=1, most=65_535)
EMAIL_HOST_USER = env.text("PRIVACY_MAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.secret("PRIVACY_MAIL_PASSWORD", least=1) if EMAIL_HOST_USER else ""
EMAIL_USE_TLS = env.boolean("PRIVACY_MAIL_TLS", default=True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("PRIVACY_MAIL_FROM", default="privacy-service@localhost")
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
_mail_folder = env.text("PRIVACY_MAIL_FOLDER", default="")
if _mail_folder:
    # For development: mails become files in this folder of the data folder.
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(PRIVACY_DATA_DIR / _mail_folder)

# --- Workers ---------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# `slow`: what may take long and is not urgent; `jobs`: files in bulk. A worker that is told nothing takes all queues.
# Each by a routing key of its own: without one Celery would bind both to the same, and carry every task out twice.
CELERY_TASK_QUEUES = tuple(Queue(name, routing_key=name) for name in ("celery", "slow", "jobs"))
CELERY_TASK_ROUTES = {
    **{
        name: {"queue": "slow"}
        for name in ("decisions.prune_audit", "decisions.verify_audit", "decisions.verify_chain")
    },
    "jobs.*": {"queue": "jobs"},
    "scanning.run": {"queue": "jobs"},
    "jobs.pick_up": {"queue": "celery"},
    "subjects.scan": {"queue": "slow"},
}
CELERY_BEAT_SCHEDULE = SCHEDULE  # What beat orders, and when.
CELERY_BEAT_SCHEDULER = "privacy_service.beating:SteadyScheduler"
PRIVACY_METRICS_LISTEN = env.text("PRIVACY_METRICS_LISTEN", default="")  # `host:port` of a worker's or beat's metrics.
CELERY_BEAT_SCHEDULE_FILENAME = str(PRIVACY_DATA_DIR / "celerybeat-schedule")

# --- Logs ------------------------------------------------------------------------------------------------------------
# Values never reach a log: the formatter prints where an error happened and its kind, not its message.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "privacy_service.observability.logging.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines", "stream": sys.stderr}},
    "root": {"handlers": ["console"], "level": env.text("PRIVACY_LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": [], "propagate": True, "level": "WARNING"},
        # At a lower level they write down addresses, whose queries may name people.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}

PRIVACY_TRACING = env.boolean("PRIVACY_TRACING", default=False)  # Spans for OpenTelemetry; needs the extra `otel`.

# --- Words and times -------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]  # Of the console; the API speaks English.
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- The last word ---------------------------------------------------------------------------------------------------
safety.refuse_unsafe(globals())
