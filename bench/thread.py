"""A room of 10,000 items, on a browser that holds it and on ones that do not.

thread_fresh_s: a fresh browser, from the press of Unlock to the newest words, the whole log checked; thread_fresh_mb: all that this
fetched, as it came over the wire. thread_open_ms: a browser that holds the room, from the beginning of a reload to the newest words drawn,
median of ROUNDS (argument, 7). thread_longest_block_ms: the longest that the page's main thread did not answer while a fresh browser
checked.
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

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
# When the newest words were drawn, and how long the page was ever away: a timer that comes late tells of whatever kept it waiting.
WATCH = f"""
window.__drawn = 0; window.__away = 0; window.__away_from = 0;
const look = () => {{
  if (!window.__drawn && document.querySelector('.thread')?.textContent.includes({LAST!r}))
    requestAnimationFrame(() => setTimeout(() => {{ window.__drawn ||= performance.now(); }}));
  requestAnimationFrame(look);
}};
requestAnimationFrame(look);
let before = performance.now();
const tick = () => {{
  const now = performance.now();
  if (now - before > window.__away) {{ window.__away = now - before; window.__away_from = before; }}
  before = now;
  setTimeout(tick);
}};
tick();
"""


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


def open_fresh(person: Person) -> tuple[float, float, float]:
    """Seconds, megabytes and the longest block of a browser that holds nothing."""
    page = person.page
    page.goto("/app/unlock")
    acts.field(page, "Your sign-in name").fill(LOGIN)
    page.get_by_label("Your passphrase").fill(PASSPHRASE)
    wire = Wire(page)
    page.evaluate(
        "addEventListener('click', () => { window.__asked = performance.now(); window.__away = 0; }, { capture: true, once: true })"
    )
    acts.press(page, "Unlock")
    expect(acts.button(page, "Lock")).to_be_visible()
    acts.open_room(person, "Client 0")
    shown = drawn(page)
    pressed, away = page.evaluate("[window.__asked, window.__away]")
    return (shown - pressed) / 1000, wire.bytes / 1e6, away


def open_again(page: Page, sid: bytes) -> float:
    page.goto("about:blank")
    page.goto(f"/app/people/{to_base64url(sid)}")
    return drawn(page)


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
            seconds, megabytes, block = open_fresh(person)
            took = [open_again(person.page, sid) for _ in range(ROUNDS)]
            person.close()
        finally:
            browser.close()
            server.stop()
    figures.say("thread_open_ms", statistics.median(took), unit="ms", at_most=300)
    figures.say("thread_fresh_s", seconds, unit="s", at_most=4)
    figures.say("thread_fresh_mb", megabytes, unit="MB", at_most=4)
    figures.say("thread_longest_block_ms", block, unit="ms", at_most=50)
    figures.close()


if __name__ == "__main__":
    main()
