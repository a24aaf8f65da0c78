"""The one process: pages and API on threads, the socket on the loop, and what has to run as long as it does."""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "attune.site.settings")
django.setup(set_prefix=False)

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path, resolve  # noqa: E402

from attune.appointments import actions as appointments  # noqa: E402
from attune.live import push  # noqa: E402
from attune.live.socket import Socket  # noqa: E402
from attune.site.pool import Pool  # noqa: E402
from attune.site.shell import Shell  # noqa: E402
from attune.site.tidying import tidy  # noqa: E402

LOOK_FOR_THE_GONE = 2  # seconds
TIDY = 3600
log = logging.getLogger("attune.site")

_pages = Shell(Pool(), build=settings.CLIENT)
_socket = OriginValidator(AuthMiddlewareStack(URLRouter([path("live", Socket.as_asgi())])), [settings.ORIGIN])


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _pages(scope, receive, send)
    elif scope["type"] == "websocket" and scope["path"] == "/live":
        await _socket(scope, receive, send)
    elif scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4404})
    else:
        await _live_as_long_as_the_server(receive, send)


async def _live_as_long_as_the_server(receive: Any, send: Any) -> None:
    tasks: list[asyncio.Task[None]] = []
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            resolve("/healthz")  # imports every module now, not at the first request
            regular = (_regularly(appointments.say_who_is_gone, every=LOOK_FOR_THE_GONE), _regularly(tidy, every=TIDY))
            tasks = [asyncio.create_task(task) for task in (push.carry(), *regular)]
            await send({"type": "lifespan.startup.complete"})
        else:
            for task in tasks:
                task.cancel()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _regularly(work: Callable[[], None], *, every: int) -> None:
    """Does this work in a thread, every so many seconds, as long as the server lives."""
    while True:
        try:
            await asyncio.to_thread(work)
        except Exception:  # what failed, such as a busy database, is tried again at the next turn
            log.exception("could not %s", work.__name__)
        await asyncio.sleep(every)
