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

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

THREADS = 4
LARGEST_BODY = 2_000_000  # bytes; a founding of 1 MB in base64url fits
TOO_BIG = b'{"code":"too-big","message":"A request has at most 2 MB."}'


class Pool(ASGIHandler):
    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="django")

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            body = await self.read_at_most(receive)
        except RequestAborted:
            return
        if body is None:
            await _send(send, 413, [(b"content-type", b"application/json")], TOO_BIG)
            return
        await _send(send, *await asyncio.get_running_loop().run_in_executor(self.threads, self.answer, scope, body))

    async def read_at_most(self, receive: Receive) -> IO[bytes] | None:
        """The body, or None if it is larger than allowed; then the rest of it is not read."""
        body = BytesIO()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RequestAborted
            body.write(message.get("body", b""))
            if body.tell() > LARGEST_BODY:
                return None
            if not message.get("more_body", False):
                body.seek(0)
                return body

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
            body.close()


def _headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    return headers + [(b"Set-Cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
