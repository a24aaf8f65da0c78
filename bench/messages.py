"""How long until the other reads it: from the press of Send in one browser to the words drawn in the other, every check on.

send_to_shown_p50_ms, send_to_shown_p99_ms: over ROUNDS messages (argument, 100), each way in turns, while members of other rooms hold
200 connections and 20 messages a second are written there, by a process of its own.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from bench._figures import Figures
from journeys import acts, media
from journeys.browser import launch, use_our_node
from journeys.person import Person, sit_down
from journeys.server import ROOT, Server
from journeys.until import until

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 100
PAUSE = (0.1, 0.4)  # s between one message and the next
# Unix ms of the newest press of Send, and of the first frame in which each of the newest words stood.
WATCH = """
window.__stood = {};
addEventListener('click', event => {
  if (event.target.closest('.composer button')) window.__sent = performance.timeOrigin + performance.now();
}, { capture: true });
const look = () => {
  const words = [...document.querySelectorAll('.said__words')].at(-1)?.lastChild?.textContent;
  if (words && !window.__stood[words]) window.__stood[words] = performance.timeOrigin + performance.now();
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


@contextmanager
def crowd(server: Server) -> Iterator[None]:
    """The others, until the end of the block. Raises CalledProcessError if they gave up earlier."""
    command = [sys.executable, "-m", "bench._crowd", server.url, server.set_up_link()]
    others = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if not others.stdout or others.stdout.readline() != "ready\n":
            raise RuntimeError("the others did not come")
        yield
        others.communicate(timeout=30)
        if others.returncode:
            raise subprocess.CalledProcessError(others.returncode, command)
    finally:
        others.kill()


def send(writer: Person, reader: Person, words: str) -> float:
    """Milliseconds from the press to the other's screen."""
    acts.composer(writer.page).fill(words)
    acts.press(writer.page, "Send")
    shown = until(lambda: reader.page.evaluate("words => __stood[words] ?? 0", words), what=f"{words!r} is shown", every=0.02)
    return float(shown) - float(writer.page.evaluate("__sent"))


def talk(two: tuple[Person, Person]) -> list[float]:
    pause = threading.Event()
    took = []
    for number in range(-4, ROUNDS):
        writer, reader = two if number % 2 else two[::-1]
        milliseconds = send(writer, reader, f"message number {number}")
        if number >= 0:
            took.append(milliseconds)
        pause.wait(random.uniform(*PAUSE))
    return took


def main() -> None:
    figures = Figures()
    use_our_node()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        server = Server(place / "server", settings={"ATTUNE_TURN": "off"}).start()
        browsers = launch(playwright, cast=media.THERAPIST, folder=place / "a"), launch(playwright, cast=media.CLIENT, folder=place / "b")
        try:
            therapist, client = (sit_down(browser, url=server.url) for browser in browsers)
            for one in (therapist, client):
                one.context.add_init_script(WATCH)
            acts.set_up(therapist, server.set_up_link())
            acts.step_in(client, acts.invite(therapist))
            for one in (therapist, client):
                acts.open_talk(one)
            with crowd(server):
                figures.say("load_before", os.getloadavg()[0], unit="processes")
                took = sorted(talk((therapist, client)))
        finally:
            for browser in browsers:
                browser.close()
            server.stop()
    figures.say("send_to_shown_p50_ms", statistics.median(took), unit="ms")
    figures.say("send_to_shown_p99_ms", took[min(len(took) - 1, int(len(took) * 0.99))], unit="ms", at_most=150)
    figures.close()


if __name__ == "__main__":
    main()
