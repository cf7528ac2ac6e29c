"""A real django-helpdesk: run as `python server.py prepare|serve FOLDER [PORT]`, with all its data in the folder.

`users.json` there maps its users' names to their ids. New tickets and follow-ups are posted to the addresses in
`new.urls` and `follow_up.urls`, read anew each time, since whoever listens has a port of its own each time.
"""

import json
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings
from django.urls import include, path

TOKEN = "d" * 40
USERS = ("desk", "ada", "grace", "linus")
"""The first is staff, whose token it is; the others solve tickets."""

urlpatterns: list = []  # filled once the settings are there


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def configure(folder: Path) -> None:
    """Settings after django-helpdesk's installation guide; SQLite in the folder, and no mail."""

    def addresses(name: str) -> list[str]:
        file = folder / name
        return file.read_text().split() if file.exists() else []

    settings.configure(
        SECRET_KEY="loopback",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        SITE_ID=1,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        STATIC_URL="static/",
        MEDIA_ROOT=str(folder / "media"),
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "desk.sqlite3"),
                "OPTIONS": {
                    "timeout": 20,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=wal; PRAGMA synchronous=normal",
                },
            }
        },
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.humanize",
            "django.contrib.messages",
            "django.contrib.sessions",
            "django.contrib.sites",
            "django.contrib.staticfiles",
            "bootstrap4form",
            "rest_framework",
            "rest_framework.authtoken",
            "helpdesk",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
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
        ],
        REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]},
        HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_PRIVATE_FOLLOWUP_MEANS_NO_EMAILS=True,
        HELPDESK_GET_NEW_TICKET_WEBHOOK_URLS=lambda: addresses("new.urls"),
        HELPDESK_GET_FOLLOWUP_WEBHOOK_URLS=lambda: addresses("follow_up.urls"),
    )
    django.setup()


def prepare(folder: Path) -> None:
    """The tables, the users, one queue, and a field of our own for the category."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from helpdesk.models import CustomField, Queue
    from rest_framework.authtoken.models import Token

    call_command("migrate", verbosity=0)
    users = {name: User.objects.create_user(name, f"{name}@desk.example", is_staff=True) for name in USERS}
    Token.objects.create(key=TOKEN, user=users["desk"])
    Queue.objects.create(title="Support", slug="support")
    CustomField.objects.create(
        name="smart_support_category", label="Category", data_type="varchar", max_length=100, required=False
    )
    (folder / "users.json").write_text(json.dumps({name: user.id for name, user in users.items()}))


def serve(port: int) -> None:
    """Answer on the loopback port until killed, a thread a request."""
    from django.core.wsgi import get_wsgi_application

    urlpatterns.append(path("", include("helpdesk.urls", namespace="helpdesk")))
    make_server("127.0.0.1", port, get_wsgi_application(), _Threaded, _Quiet).serve_forever()


if __name__ == "__main__":
    action, where, *rest = sys.argv[1:]
    configure(Path(where))
    if action == "prepare":
        prepare(Path(where))
    else:
        serve(int(rest[0]))
