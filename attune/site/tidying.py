"""What the server clears away by itself, each hour: sessions that ended, and what the people of a space agreed not to keep."""

from importlib import import_module

from django.conf import settings

from attune.core.db import forget_deleted
from attune.spaces.actions import retention


def tidy() -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    retention.let_run_out()
    forget_deleted()
