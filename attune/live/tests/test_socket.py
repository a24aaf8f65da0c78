"""The socket by itself: who may listen, what she hears, what closes it."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.layers import channel_layers

from attune.live import push
from attune.live.socket import Socket, open_now, opened_by

MARY, EVE = b"m" * 32, b"e" * 32


def person(pid: bytes | None) -> Any:
    return SimpleNamespace(pid=pid, is_authenticated=pid is not None)


class Line(ApplicationCommunicator):
    """A page's end of the socket."""

    async def open(self) -> None:
        await self.send_input({"type": "websocket.connect"})
        assert (await self.receive_output())["type"] == "websocket.accept"

    async def hear(self) -> Any:
        return json.loads((await self.receive_output())["text"])

    async def say(self, **said: Any) -> None:
        await self.send_input({"type": "websocket.receive", **said})

    async def hang_up(self) -> None:
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait()


def socket(pid: bytes | None, *, session: str | None = "a-session") -> Line:
    who = {"user": person(pid), "session": SimpleNamespace(session_key=session)}
    return Line(Socket.as_asgi(), {"type": "websocket", "path": "/live", "headers": [], **who})


@asynccontextmanager
async def carrying() -> AsyncIterator[None]:
    carrier = asyncio.create_task(push.carry())
    await asyncio.sleep(0)
    try:
        yield
    finally:
        carrier.cancel()


def run(story: Any) -> None:
    async def told() -> None:
        async with carrying():
            await story()

    asyncio.run(told())


@pytest.fixture(autouse=True)
def layer() -> Iterator[None]:
    channel_layers.backends.clear()
    yield
    channel_layers.backends.clear()


async def open_line(pid: bytes, *, session: str = "a-session") -> Line:
    line = socket(pid, session=session)
    await line.open()
    assert await line.hear() == {"what": "pulse"}
    return line


async def closed_with(line: Line) -> int:
    message = await line.receive_output()
    assert message["type"] == "websocket.close", message
    return int(message["code"])


def test_it_works() -> None:
    async def story() -> None:
        line = await open_line(MARY)
        push.tell([MARY], {"what": "entry", "seq": 1})
        assert await line.hear() == {"what": "entry", "seq": 1}
        await line.hang_up()

    run(story)


def test_what_is_told_keeps_its_order() -> None:
    async def story() -> None:
        line = await open_line(MARY)
        for n in range(200):
            push.tell([MARY, EVE, MARY], {"n": n})
        assert [(await line.hear())["n"] for _ in range(200)] == list(range(200))
        await line.hang_up()

    run(story)


def test_others_hear_nothing() -> None:
    async def story() -> None:
        line = await open_line(EVE)
        push.tell([MARY], {"what": "entry"})
        assert await line.receive_nothing()
        await line.hang_up()

    run(story)


def test_nobody_signed_in_is_closed() -> None:
    async def story() -> None:
        line = socket(None)
        await line.open()
        assert await closed_with(line) == 4401

    run(story)


@pytest.mark.parametrize("said", [{"text": "hello"}, {"bytes": b"hello"}])
def test_whoever_speaks_is_closed(said: dict[str, Any]) -> None:
    async def story() -> None:
        line = await open_line(MARY)
        await line.say(**said)
        assert await closed_with(line) == 4400

    run(story)


def test_signing_out_closes_the_sockets_of_that_session_only() -> None:
    async def story() -> None:
        here, elsewhere = await open_line(MARY, session="here"), await open_line(MARY, session="elsewhere")
        push.close_session("here")
        assert await closed_with(here) == 4403
        push.tell([MARY], {"what": "spaces"})
        assert await elsewhere.hear() == {"what": "spaces"}
        await elsewhere.hang_up()

    run(story)


def test_a_flood_of_sockets_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.core.throttle.monotonic", partial(float, monotonic()))
    monkeypatch.setattr(opened_by, "burst", 1)

    async def story() -> None:
        first = await open_line(EVE)
        second = socket(EVE)
        await second.open()
        assert await closed_with(second) == 4429
        await first.hang_up()

    opened_by.empty()
    run(story)
    opened_by.empty()


def test_nobody_holds_any_number_of_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.live.socket.MOST_OF_ONE", 2)

    async def story() -> None:
        lines = [await open_line(EVE), await open_line(EVE)]
        one_more = socket(EVE)
        await one_more.open()
        assert await closed_with(one_more) == 4429
        await one_more.hang_up()
        await lines.pop().hang_up()
        lines.append(await open_line(EVE))
        for line in lines:
            await line.hang_up()
        assert EVE not in open_now

    opened_by.empty()
    run(story)


def test_no_socket_outlives_its_session_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.live.socket.PULSE", 0)
    monkeypatch.setattr("attune.live.socket.PULSES", 2)

    async def story() -> None:
        line = await open_line(MARY)
        assert await line.hear() == {"what": "pulse"}
        assert await closed_with(line) == 1012
        await line.hang_up()

    run(story)


def test_without_a_server_telling_does_nothing() -> None:
    push.tell([MARY], {"what": "entry"})
