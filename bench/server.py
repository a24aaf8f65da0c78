"""What the server takes: appends of sealed frames with every check on, from eight people at once; on a long log; and its memory at rest.

append_per_s, append_p99_ms: eight rooms, one writer each, without pause. append_at_10k_ratio: median append to a log of 10,000 entries
against one of 100, in turns. idle_rss_mb: the server process, started, nobody there.
"""

import http.client
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

from attune.headless import kinds, writing
from attune.headless.client import Client
from attune.headless.unlocking import to_base64url
from attune.protocol.frames import Drawer
from bench._figures import Figures
from journeys.server import Server
from journeys.writers import found_rooms, therapist_of

PEOPLE = 8
APPENDS = 150  # of each
LONG, SHORT = 10_000, 100
TURNS = 150
TEXT = "x" * 700  # with its head and its padding a frame of about 1.4 kB


class Post:
    """One kept connection that appends ready-made frames, with nothing of its own to be measured along."""

    def __init__(self, client: Client, sid: bytes, *, port: int) -> None:
        cookies = client.server.http.cookies
        self.connection = http.client.HTTPConnection("localhost", port, timeout=60)
        self.path = f"/api/spaces/{to_base64url(sid)}/entries"
        self.headers = {
            "Content-Type": "application/json",
            "Origin": client.server.base,
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": cookies.get("csrftoken", ""),
        }

    def append(self, frame: bytes) -> float:
        """Milliseconds until the server acknowledged. Raises RuntimeError for a refusal."""
        begun = time.perf_counter()
        self.connection.request("POST", self.path, json.dumps({"frame": to_base64url(frame)}), self.headers)
        answer = self.connection.getresponse()
        said = answer.read()
        took = (time.perf_counter() - begun) * 1000
        if answer.status != 201:
            raise RuntimeError(f"an append was answered {answer.status}: {said[:200]!r}")
        return took


def seal_ahead(client: Client, sid: bytes, *, count: int) -> list[bytes]:
    """Frames that follow each other in a room where nobody else writes; taken into the client's own log as if they stood."""
    room = client.room_of[sid]
    frames = []
    for _ in range(count):
        frames.append(writing.write_item(room, "message", kinds.write_text(TEXT), drawer=Drawer.TALK))
        room.take(frames[-1])
    return frames


def measure_rate(server: Server, rooms: list[tuple[Client, bytes]], *, figures: Figures) -> None:
    posts = [Post(client, sid, port=server.port) for client, sid in rooms]
    ahead = [seal_ahead(client, sid, count=APPENDS) for client, sid in rooms]
    took: list[list[float]] = [[] for _ in rooms]
    gate = threading.Barrier(len(rooms) + 1)

    def work(post: Post, frames: list[bytes], times: list[float]) -> None:
        gate.wait()
        times += [post.append(frame) for frame in frames]

    threads = [threading.Thread(target=work, args=each) for each in zip(posts, ahead, took, strict=True)]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    every = sorted(one for times in took for one in times)
    if len(every) != PEOPLE * APPENDS:
        raise RuntimeError(f"{PEOPLE * APPENDS - len(every)} appends did not come through")
    figures.say("append_per_s", len(every) / seconds, unit="appends/s")
    figures.say("append_p99_ms", every[int(len(every) * 0.99)], unit="ms")


def measure_length(server: Server, rooms: list[tuple[Client, bytes]], *, figures: Figures) -> None:
    """Fills one log, then appends to the long and the short one in turns."""
    ready = []
    for (client, sid), length in zip(rooms, (LONG, SHORT), strict=True):
        post = Post(client, sid, port=server.port)
        frames = seal_ahead(client, sid, count=length - client.room_of[sid].log.count + TURNS)
        for frame in frames[:-TURNS]:
            post.append(frame)
        ready.append((post, frames[-TURNS:]))
    (long, long_frames), (short, short_frames) = ready
    pairs = [(long.append(one), short.append(other)) for one, other in zip(long_frames, short_frames, strict=True)]
    on_long, on_short = (statistics.median(times) for times in zip(*pairs, strict=True))
    figures.say("append_at_100_ms", on_short, unit="ms")
    figures.say("append_at_10k_ratio", on_long / on_short, unit="ratio", at_most=1.2)


def resident_mb(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def main() -> None:
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), settings={"ATTUNE_TURN": "off"}).start()
        try:
            figures.say("idle_rss_mb", resident_mb(server.processes()[0]), unit="MiB")
            rooms = found_rooms(server, therapist_of(server), count=PEOPLE + 2)
            measure_rate(server, rooms[:PEOPLE], figures=figures)
            measure_length(server, rooms[PEOPLE:], figures=figures)
        finally:
            server.stop()
    figures.close()


if __name__ == "__main__":
    main()
