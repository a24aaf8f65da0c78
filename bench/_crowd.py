"""Everybody else, in a process of their own: clients of another therapist with several open lines each, and messages at an even pace.

`python -m bench._crowd ADDRESS SET_UP_LINK`; says "ready" when all are there, and ends when its input does.
"""

import itertools
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from attune.headless.client import Client
from bench.server import Post, seal_ahead

CLIENTS, LINES = 50, 4  # 200 clients who come by links from one address would be a flood of strangers to the server
WRITERS, A_SECOND = 20, 20
AHEAD = 60  # frames that each writer has ready; in time for a minute


def comers(address: str, link: str) -> list[tuple[Client, bytes]]:
    therapist = Client(address)
    therapist.set_up(link, name="Maya", login="maya", passphrase="other words that nobody else would type")
    links = [therapist.invite(f"Client {number}") for number in range(CLIENTS)]
    came = []
    for number, one in enumerate(links):
        client = Client(address)
        came.append((client, client.join(one, name=f"Client {number}")))
    return came


def listen(client: Client, there: threading.Semaphore) -> None:
    pushes = client.server.pushes()
    there.release()
    for _ in pushes:
        pass


def write(posts: list[tuple[Post, list[bytes]]], over: threading.Event) -> None:
    """One message every 1/A_SECOND, from one after the other; late ones are not made up for."""
    turns = itertools.cycle(posts)
    due = time.monotonic()
    while not over.is_set():
        post, frames = next(turns)
        if not frames:
            return
        post.append(frames.pop(0))
        due = max(due + 1 / A_SECOND, time.monotonic() - 1)
        over.wait(max(0.0, due - time.monotonic()))


def main() -> None:
    address, link = sys.argv[1:]
    came = comers(address, link)
    there = threading.Semaphore(0)
    for client, _ in came * LINES:
        threading.Thread(target=listen, args=(client, there), daemon=True).start()
    for _ in came * LINES:
        there.acquire()
    port = urlsplit(address).port or 80
    with ThreadPoolExecutor(4) as pool:
        ahead = list(pool.map(lambda one: seal_ahead(*one, count=AHEAD), came[:WRITERS]))
    posts = [(Post(client, sid, port=port), frames) for (client, sid), frames in zip(came, ahead, strict=False)]
    over = threading.Event()
    writer = threading.Thread(target=write, args=(posts, over), daemon=True)
    writer.start()
    print("ready", flush=True)
    sys.stdin.read()
    if not writer.is_alive():
        sys.exit("the crowd fell silent before it was told to")
    over.set()


if __name__ == "__main__":
    main()
