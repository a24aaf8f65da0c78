"""The push socket: the server speaks, the page listens (contract/live.md)."""

import asyncio
from collections import Counter
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from typing_extensions import override

from attune.core.errors import Refusal
from attune.core.throttle import Bucket
from attune.live.push import person_group, session_group

NOT_SIGNED_IN = 4401
NOT_FOR_WRITING = 4400
TOO_OFTEN = 4429
OPEN_ANOTHER = 1012
PULSE = 10  # seconds
PULSES = 360  # then the page opens another, and whose session it is is asked anew
opened_by = Bucket(burst=100, per_second=1)
MOST_OF_ONE = 50  # open at once by one person
open_now: Counter[bytes] = Counter()


class Socket(AsyncWebsocketConsumer):
    """Joins the groups of its person and session. The person is fixed at the connection, so a session that ends closes it."""

    pid: bytes | None = None
    groups_joined: tuple[str, ...] = ()
    pulse: asyncio.Task[None] | None = None

    @override
    async def connect(self) -> None:
        """Joins first: a page lists what it missed as soon as the socket is open, and nothing may fall between the two."""
        user, session = self.scope["user"], self.scope["session"]
        if not user.is_authenticated or not session.session_key:
            await self.accept()
            await self.close(NOT_SIGNED_IN)
            return
        if not _may_open(user.pid):
            await self.accept()
            await self.close(TOO_OFTEN)
            return
        self.pid = user.pid
        open_now[self.pid] += 1
        self.groups_joined = (person_group(user.pid), session_group(session.session_key))
        await self._join()
        await self.accept()
        self.pulse = asyncio.create_task(self._beat())

    @override
    async def disconnect(self, code: int) -> None:
        if self.pulse:
            self.pulse.cancel()
        if self.pid is not None:
            open_now[self.pid] -= 1
            if not open_now[self.pid]:
                del open_now[self.pid]
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    @override
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.close(NOT_FOR_WRITING)

    async def push_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])

    async def push_close(self, event: dict[str, Any]) -> None:
        await self.close(event["code"])

    async def _join(self) -> None:
        for group in self.groups_joined:
            await self.channel_layer.group_add(group, self.channel_name)

    async def _beat(self) -> None:
        """Tells the page that the line is alive, and joins anew: the layer forgets its members after a day."""
        for _ in range(PULSES):
            await self.send(text_data='{"what":"pulse"}')
            await asyncio.sleep(PULSE)
            await self._join()
        await self.close(OPEN_ANOTHER)


def _may_open(pid: bytes) -> bool:
    try:
        opened_by.take(pid)
    except Refusal:
        return False
    return open_now[pid] < MOST_OF_ONE
