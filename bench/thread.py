"""A room of 10,000 items, on a browser that holds it and on ones that do not.

thread_fresh_s: a fresh browser, from the press of Unlock to the newest words drawn, the whole log checked, over the list of people; of that
thread_fresh_unlock_s until the page is open, which is the passphrase. thread_fresh_mb: all that this fetched, as it came over the wire.
thread_longest_block_ms: the longest that the page's main thread did not answer from that press to the newest words.
thread_open_ms: a browser that holds the room, from the press on it in a page that was loaded and unlocked just now, to the newest words
drawn, median of ROUNDS (argument, 7). thread_reload_ms: the same from the beginning of a reload of the room's own page.
"""

import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from attune.headless.client import Client
from attune.headless.unlocking import to_base64url
from bench._figures import Figures
from bench.server import Post, seal_ahead
from journeys import acts, media
from journeys.browser import launch, use_our_node
from journeys.person import Person, sit_down
from journeys.server import Server
from journeys.until import until
from journeys.writers import LOGIN, PASSPHRASE, found_rooms, therapist_of

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
LENGTH = 10_000
LAST = "the newest words of a long talk"
# Every press; when the room's page was open, when the newest words were drawn; and how long the page was ever away since the first press: a
# timer that comes late tells of whatever kept it waiting.
WATCH = f"""
window.__pressed_at = []; window.__drawn = 0; window.__away = 0; window.__opened = 0;
addEventListener('click', () => {{ if (!__pressed_at.length) __away = 0; __pressed_at.push(performance.now()); }}, {{ capture: true }});
const look = () => {{
  if (!__opened && document.querySelector('nav a')) __opened = performance.now();
  if (!__drawn && document.querySelector('.thread .said:last-of-type')?.textContent.includes({LAST!r}))
    requestAnimationFrame(() => setTimeout(() => {{ __drawn ||= performance.now(); }}));
  requestAnimationFrame(look);
}};
requestAnimationFrame(look);
let before = performance.now();
const tick = () => {{
  const now = performance.now();
  __away = Math.max(__away, now - before);
  before = now;
  setTimeout(tick);
}};
tick();
"""


@dataclass(frozen=True)
class Fresh:
    """What a browser that held nothing took: seconds to the page that is open, to the newest words; MB; ms of the longest block."""

    unlock: float
    drawn: float
    megabytes: float
    block: float


def fill(client: Client, sid: bytes, *, port: int, length: int) -> None:
    """Messages until the room has so many items, ready-made, one after the other; the last can be told from the others."""
    post = Post(client, sid, port=port)
    missing = length - client.room_of[sid].log.count - 1
    for frame in seal_ahead(client, sid, count=missing):
        post.append(frame)
    client.catch_up(client.room_of[sid])
    client.say(sid, LAST)


def watched(browser: Browser, server: Server) -> Person:
    person = sit_down(browser, url=server.url)
    person.context.add_init_script(WATCH)
    return person


def drawn(page: Page) -> float:
    """Milliseconds since the page began when the newest words were there."""
    return float(until(lambda: page.evaluate("window.__drawn"), what="the newest words are drawn", seconds=120, every=0.1))


class Wire:
    """Bytes that a page fetched, heads and bodies, as they came."""

    def __init__(self, page: Page) -> None:
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._note)

    def _note(self, event: dict[str, float]) -> None:
        self.bytes += int(event["encodedDataLength"])


def open_fresh(person: Person) -> Fresh:
    page = person.page
    page.goto("/app/unlock")
    acts.field(page, "Your sign-in name").fill(LOGIN)
    page.get_by_label("Your passphrase").fill(PASSPHRASE)
    wire = Wire(page)
    acts.press(page, "Unlock")
    acts.place(page, "People").click()
    press_room(page)
    shown = drawn(page)
    pressed, opened, block = page.evaluate("[__pressed_at[0], __opened, __away]")
    return Fresh((opened - pressed) / 1000, (shown - pressed) / 1000, wire.bytes / 1e6, block)


def press_room(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Client 0").click(timeout=120_000)


def open_again(page: Page) -> float:
    """Milliseconds from the press that opens the room, in a page that was loaded and unlocked just now and does nothing else."""
    load(page, "/app/people")
    page.get_by_role("main").get_by_role("link", name="Client 0").wait_for()
    page.wait_for_load_state("networkidle")
    press_room(page)
    shown = drawn(page)
    return shown - float(page.evaluate("__pressed_at[0]"))


def reload_room(page: Page, sid: bytes) -> float:
    """Milliseconds from the beginning of a load of the room's own page."""
    load(page, f"/app/people/{to_base64url(sid)}")
    return drawn(page)


def load(page: Page, address: str) -> None:
    page.goto("about:blank")
    page.goto(address)


def main() -> None:
    figures = Figures()
    use_our_node()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "server", settings={"ATTUNE_TURN": "off"}).start()
        browser = launch(playwright, cast=media.THERAPIST, folder=Path(folder) / "browser")
        try:
            [(client, sid)] = found_rooms(server, therapist_of(server), count=1)
            fill(client, sid, port=server.port, length=LENGTH)
            figures.say("load_before", os.getloadavg()[0], unit="processes")
            person = watched(browser, server)
            fresh = open_fresh(person)
            opened = [open_again(person.page) for _ in range(ROUNDS)]
            reloaded = [reload_room(person.page, sid) for _ in range(ROUNDS)]
            person.close()
        finally:
            browser.close()
            server.stop()
    figures.say("load_after", os.getloadavg()[0], unit="processes")
    figures.say("thread_open_ms", statistics.median(opened), unit="ms", at_most=300)
    figures.say("thread_reload_ms", statistics.median(reloaded), unit="ms")
    figures.say("thread_fresh_unlock_s", fresh.unlock, unit="s")
    figures.say("thread_fresh_s", fresh.drawn, unit="s", at_most=4)
    figures.say("thread_fresh_mb", fresh.megabytes, unit="MB", at_most=4)
    figures.say("thread_longest_block_ms", fresh.block, unit="ms", at_most=50)
    figures.close()


if __name__ == "__main__":
    main()
