"""The least a call can be: two pages, one RTCPeerConnection each, signals in by POST and out by WebSocket push, nothing sealed or stored.

Well made: camera and candidates are ready before the press, offer and candidates travel in one message, the answer waits for none.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn

PAGE = b"""<!doctype html><title>Bare pair</title><button>Join</button><video id="theirs" autoplay playsinline></video>
<script type="module">
const me = location.hash.slice(1), other = me === 'a' ? 'b' : 'a';
const peer = new RTCPeerConnection({ iceServers: [] });
const post = message => fetch(`/signal?to=${other}`, { method: 'POST', body: JSON.stringify(message) });
const socket = new WebSocket(`ws://${location.host}/live?me=${me}`);
const gathered = () => new Promise(done => {
  if (peer.iceGatheringState === 'complete') done();
  peer.addEventListener('icegatheringstatechange', () => peer.iceGatheringState === 'complete' && done());
});
peer.ontrack = event => { document.querySelector('#theirs').srcObject = event.streams[0]; };
const mine = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360 } });
for (const track of mine.getTracks()) peer.addTrack(track, mine);
socket.onmessage = async ({ data }) => {
  const message = JSON.parse(data);
  if (message.candidate) return peer.addIceCandidate(message);
  await peer.setRemoteDescription(message);
  if (message.type !== 'offer') return;
  peer.onicecandidate = ({ candidate }) => candidate && post(candidate);
  await peer.setLocalDescription();
  await post(peer.localDescription);
};
if (me === 'a') {
  await peer.setLocalDescription();
  await gathered();
  document.querySelector('button').onclick = () => post(peer.localDescription);
}
if (socket.readyState !== 1) await new Promise(done => { socket.onopen = done; });
document.documentElement.dataset.ready = '1';
</script>"""


class Relay:
    """The ASGI application: hands what is posted for a name to the socket of that name."""

    def __init__(self) -> None:
        self.boxes: dict[str, asyncio.Queue[str]] = {}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        name = scope.get("query_string", b"").decode().partition("=")[2]
        if scope["type"] == "websocket":
            await self.push(name, send)
        elif scope["type"] == "http" and scope["method"] == "POST":
            self.boxes.setdefault(name, asyncio.Queue()).put_nowait(await _body(receive))
            await _answer(send, 202, b"")
        elif scope["type"] == "http":
            await _answer(send, 200, PAGE)

    async def push(self, name: str, send: Any) -> None:
        box = self.boxes[name] = asyncio.Queue()
        await send({"type": "websocket.accept"})
        while True:
            await send({"type": "websocket.send", "text": await box.get()})


async def _body(receive: Any) -> str:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts).decode()


async def _answer(send: Any, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": body})


@contextlib.contextmanager
def serving(port: int) -> Iterator[str]:
    """Serves the pair on localhost in a thread of its own; gives the address."""
    house = uvicorn.Server(
        uvicorn.Config(Relay(), host="localhost", port=port, ws="websockets-sansio", log_level="critical", lifespan="off")
    )
    thread = threading.Thread(target=house.run, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{port}"
    finally:
        house.should_exit = house.force_exit = True
        thread.join(timeout=10)
