"""What the server clears away by itself, each hour: sessions that ended, what the people of a space agreed not to keep, old knocks."""

from importlib import import_module

from django.conf import settings

from attune.appointments import actions as appointments
from attune.core.db import forget_deleted
from attune.spaces.actions import retention


def tidy() -> None:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    retention.let_run_out()
    appointments.end_old_knocks()
    forget_deleted()
