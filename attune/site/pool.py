"""Django's synchronous chain inside the ASGI process, on a few threads that keep their database connections.

Django's own ASGI handler hops between threads several times a request and opens SQLite anew each time; this takes one hop (400 appends
a second against 193). Answers are sent whole: nothing here streams.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import IO, Any, cast

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import HttpResponseBadRequest, HttpResponseBase
from django.urls import set_script_prefix

from attune.site.headers import as_sent, security

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

THREADS = 4
LARGEST_BODY = 2_000_000  # bytes; a founding of 1 MB in base64url fits
BODIES_TOGETHER = 64_000_000  # bytes that are being received or worked on
BODY_WITHIN = 120  # seconds
TOO_BIG = b'{"code":"too-big","message":"A request has at most 2 MB."}'
TOO_SLOW = b'{"code":"too-slow","message":"A request is sent within two minutes."}'
BUSY = b'{"code":"busy","message":"Too much comes in at once. Try again."}'


class NotRead(Exception):
    """A body that was not received to its end; says how that is answered."""

    def __init__(self, status: int, answer: bytes) -> None:
        super().__init__(status)
        self.status, self.answer = status, answer


class Pool(ASGIHandler):
    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="django")
        self.held = 0  # bytes of bodies

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = bytearray()
        try:
            await self.receive_into(body, receive)
            answer = await asyncio.get_running_loop().run_in_executor(self.threads, self.answer, scope, BytesIO(body))
        except RequestAborted:
            return
        except NotRead as reason:
            answer = _refusal(reason.status, reason.answer)
        finally:
            self.held -= len(body)
        await _send(send, *answer)

    async def receive_into(self, body: bytearray, receive: Receive) -> None:
        """Raises NotRead as soon as it is too much or takes too long; then the rest is not read."""
        try:
            async with asyncio.timeout(BODY_WITHIN):
                await self._receive(body, receive)
        except TimeoutError as error:
            raise NotRead(408, TOO_SLOW) from error

    async def _receive(self, body: bytearray, receive: Receive) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            chunk = message.get("body", b"")
            body += chunk
            self.held += len(chunk)
            more = message.get("more_body", False)
            if len(body) > LARGEST_BODY:
                raise NotRead(413, TOO_BIG)
            if self.held > BODIES_TOGETHER:
                raise NotRead(503, BUSY)

    def answer(self, scope: dict[str, Any], body: IO[bytes]) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """One request from its start to its end, in one thread."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, failed = self.create_request(scope, body)
        response = self.get_response(request) if request else failed or HttpResponseBadRequest()
        try:
            content = b"".join(cast(Iterable[bytes], response))
            return response.status_code, [*_headers(response), (b"Content-Length", str(len(content)).encode())], content
        finally:
            response.close()


def _refusal(status: int, answer: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """For what Django never sees. The rest of the request was not read, so the connection is of no more use."""
    return status, as_sent({**security(), "Content-Type": "application/json", "Connection": "close"}), answer


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    return headers + [(b"Set-Cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
