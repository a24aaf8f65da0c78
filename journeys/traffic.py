"""What a browser sent and received, kept to be searched."""

import contextlib
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Error, Request, Response, WebSocket


@dataclass
class Traffic:
    """Everything that goes over the wire from now on, both ways, as bytes. Every answer is fetched once more for that, which is slow."""

    context: BrowserContext
    sent: list[tuple[str, bytes]] = field(default_factory=list)  # what it was, its bytes
    received: list[tuple[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("request", self.note_request)
        self.context.on("requestfinished", self.note_answer)
        self.context.on("page", lambda page: page.on("websocket", self.note_socket))
        for page in self.context.pages:
            page.on("websocket", self.note_socket)

    def note_request(self, request: Request) -> None:
        lines = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        self.sent.append(
            (f"request {request.method} {request.url}", f"{request.url}\n{lines}\n\n".encode() + (request.post_data_buffer or b""))
        )

    def note_answer(self, request: Request) -> None:
        with contextlib.suppress(Error):  # a page that went away takes what was answered along
            response = request.response()
            if response is not None:
                head = "\n".join(f"{name}: {value}" for name, value in response.headers.items()).encode()
                self.received.append((f"answer {response.status} {response.url}", head + b"\n\n" + _body(response)))

    def note_socket(self, socket: WebSocket) -> None:
        self.sent.append((f"socket {socket.url}", socket.url.encode()))
        socket.on("framesent", lambda payload: self.sent.append(("frame sent", _bytes(payload))))
        socket.on("framereceived", lambda payload: self.received.append(("frame received", _bytes(payload))))


def _body(response: Response) -> bytes:
    with contextlib.suppress(Error):  # redirects have none
        return response.body()
    return b""


def _bytes(payload: str | bytes) -> bytes:
    return payload.encode() if isinstance(payload, str) else payload
