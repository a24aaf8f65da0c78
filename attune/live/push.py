"""Telling people what happened: from any thread, on commit, in the order of the calls. Knows no domain."""

import asyncio
import json
from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from channels.layers import get_channel_layer

SIGNED_OUT = 4403

_loop: asyncio.AbstractEventLoop | None = None
_waiting: asyncio.Queue[tuple[str, dict[str, Any]]] | None = None


def tell(pids: Iterable[bytes], message: dict[str, object]) -> None:
    """Send a message to every open page of these people. Nobody is connected to a process without a loop, so there it does nothing."""
    text = json.dumps(message, separators=(",", ":"))
    for pid in dict.fromkeys(pids):
        _hand_over(person_group(pid), {"type": "push.message", "text": text})


def close_session(session_key: str) -> None:
    """Close the sockets of a session that ended."""
    _hand_over(session_group(session_key), {"type": "push.close", "code": SIGNED_OUT})


def person_group(pid: bytes) -> str:
    return f"person.{pid.hex()}"


def session_group(session_key: str) -> str:
    """A digest: the key itself lets people in and need not lie about in memory under another name."""
    return f"session.{sha256(session_key.encode()).hexdigest()[:32]}"


async def carry() -> None:
    """Runs as long as the server: one message after the other, so that none overtakes."""
    global _loop, _waiting  # noqa: PLW0603 the one loop of this process
    _loop, _waiting = asyncio.get_running_loop(), asyncio.Queue()
    layer = get_channel_layer()
    try:
        while True:
            group, event = await _waiting.get()
            await layer.group_send(group, event)
    finally:
        _loop = _waiting = None


def _hand_over(group: str, event: dict[str, Any]) -> None:
    if _loop is not None and _waiting is not None:
        _loop.call_soon_threadsafe(_waiting.put_nowait, (group, event))
