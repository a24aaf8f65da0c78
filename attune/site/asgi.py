"""The one process: pages and API on threads, the socket on the loop, and what has to run as long as it does."""

import asyncio
import logging
import os
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

LOOK_FOR_THE_GONE = 2  # seconds
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
            tasks = [asyncio.create_task(push.carry()), asyncio.create_task(_see_who_is_gone())]
            await send({"type": "lifespan.startup.complete"})
        else:
            for task in tasks:
                task.cancel()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _see_who_is_gone() -> None:
    """Whoever waited and stopped saying so is told of as gone, also when nobody asks."""
    while True:
        await asyncio.sleep(LOOK_FOR_THE_GONE)
        try:
            await asyncio.to_thread(appointments.say_who_is_gone)
        except Exception:  # a database that is busy now is asked again in two seconds
            log.exception("could not tell who is gone")
