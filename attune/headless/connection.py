"""The server over HTTP and its push socket: one session, as a browser would hold it."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from attune.headless.unlocking import from_base64url, to_base64url

Json = Any  # what json.loads gives; each reader below takes out what the contract says


class Declined(Exception):
    """The server answered with a refusal: its HTTP status and its code, such as 409 "old-epoch"."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code = status, code


class Connection:
    """`base` is the address of the installation, such as http://localhost:8000. Bytes travel as base64url, times as Unix ms."""

    def __init__(self, base: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self.base = base.rstrip("/")
        self.http = httpx.Client(base_url=self.base, transport=transport, headers={"Origin": self.base}, timeout=60)

    def get(self, path: str, **query: str | int) -> Json:
        return self._read(self.http.get(path, params=query))

    def send(self, method: str, path: str, body: Json = None) -> Json:
        """An unsafe request, with what shows the server that our own page made it. Raises Declined."""
        token = self.http.cookies.get("csrftoken") or ""
        return self._read(self.http.request(method, path, json=to_json(body), headers={"X-CSRFToken": token}))

    def pushes(self) -> Iterator[Json]:
        """What the server says on /live, message by message, until the socket is closed by either side."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        address = self.base.replace("http", "ws", 1) + "/live"
        with connect(address, additional_headers={"Cookie": cookies, "Origin": self.base}, max_size=2**20) as socket:
            try:
                for message in socket:
                    yield json.loads(message)
            except ConnectionClosed:
                return

    def close(self) -> None:
        self.http.close()

    def _read(self, response: httpx.Response) -> Json:
        if response.is_success:
            return response.json() if response.content else None
        refusal = response.json() if "json" in response.headers.get("content-type", "") else {}
        raise Declined(response.status_code, str(refusal.get("code", "")), str(refusal.get("message", response.reason_phrase)))


def to_json(value: Json) -> Json:
    """Bytes inside turned into base64url."""
    if isinstance(value, bytes):
        return to_base64url(value)
    if isinstance(value, dict):
        return {key: to_json(part) for key, part in value.items()}
    return [to_json(part) for part in value] if isinstance(value, list | tuple) else value


def frames_of(listing: Json) -> list[bytes]:
    return [from_base64url(frame) for frame in listing["frames"]]
