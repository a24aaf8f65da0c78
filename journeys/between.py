"""A server that tampers on the way: everything that /live pushes to one page is kept, and may be changed, held back and said again."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import WebSocketRoute

from attune.headless.unlocking import from_base64url, to_base64url
from journeys.person import Person

Push = dict[str, Any]
Change = Callable[[Push], Push | None]


def as_it_is(push: Push) -> Push | None:
    return push


class Between:
    """`change` sees each push before the page does and gives what the page hears in its place, or None."""

    def __init__(self, person: Person) -> None:
        self.change: Change = as_it_is
        self.kept: list[Push] = []
        self._to_page: WebSocketRoute | None = None
        person.page.route_web_socket(re.compile("/live$"), self._join)

    def signals(self) -> list[Push]:
        return [push for push in self.kept if push["what"] == "signals"]

    def say_again(self, pushes: list[Push]) -> None:
        assert self._to_page, "the page has no line yet"
        for push in pushes:
            self._to_page.send(json.dumps(push))

    def _join(self, to_page: WebSocketRoute) -> None:
        self._to_page = to_page
        to_page.connect_to_server().on_message(lambda message: self._pass(to_page, json.loads(message)))

    def _pass(self, to_page: WebSocketRoute, push: Push) -> None:
        self.kept.append(push)
        changed = self.change(push)
        if changed is not None:
            to_page.send(json.dumps(changed))


def twist(push: Push) -> Push | None:
    """Other bytes in the sealed middle of each signal, where a description has its fingerprint."""
    if push["what"] != "signals":
        return push
    return {**push, "frames": [to_base64url(_flip(from_base64url(frame))) for frame in push["frames"]]}


def _flip(frame: bytes) -> bytes:
    middle = len(frame) // 2
    return frame[:middle] + bytes([frame[middle] ^ 1]) + frame[middle + 1 :]
