"""How long until the other's picture is there.

admit_to_first_frame_ms: from the press of "Let … in" to the first frame at the client, warm through the relay.
join_to_first_frame_ratio: the same press without a relay, so that the call starts cold, against a bare pair over the same
kind of signalling (POST in, push out), in turns in the same run. Medians.
"""

import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench._bare_pair import serving
from bench._figures import Figures
from journeys import acts, media
from journeys.browser import launch, use_our_node
from journeys.person import sit_down
from journeys.server import Server, free_port
from journeys.until import until

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 7
PRESSED = "(name) => __pressed.findLast(([, label]) => new RegExp(name).test(label))[0]"


class Two:
    """A house with one therapist and one client, who hold one session after the other."""

    def __init__(self, browsers: tuple[Browser, Browser], *, folder: Path, relay: bool) -> None:
        self.server = Server(folder, settings={"ATTUNE_TURN": "on" if relay else "off"}).start()
        self.therapist, self.client = (sit_down(browser, url=self.server.url) for browser in browsers)
        self.relay = relay
        acts.set_up(self.therapist, self.server.set_up_link())
        acts.step_in(self.client, acts.invite(self.therapist))

    def admit(self) -> float:
        """One session: milliseconds from "Let … in" to the client's first frame."""
        acts.plan_session(self.therapist)
        acts.enter(self.client)
        acts.come_to_the_door(self.therapist)
        expect(self.client.page.get_by_text("screen shows that you are here")).to_be_visible()
        if self.relay:
            until(lambda: self.client.page.evaluate("__peers.routes()") == ["relay"], what="the two are warm")
        acts.press(self.therapist.page, acts.LET_IN)
        painted = first_frame(self.client.page)
        took = painted - self.therapist.page.evaluate(PRESSED, acts.LET_IN.pattern)
        acts.end_for_both(self.therapist)
        return took

    def close(self) -> None:
        self.therapist.close()
        self.client.close()
        self.server.stop()


def first_frame(page: Page) -> float:
    """Unix ms of the first remote frame that this page painted."""
    return float(until(lambda: page.evaluate("__painted[0] ?? 0"), what="a frame of the other side is painted", every=0.1))


def join_bare(browsers: tuple[Browser, Browser], url: str) -> float:
    """Milliseconds from the press to the first frame on the other side of a bare pair."""
    one, other = (sit_down(browser, url=url) for browser in browsers)
    for person, name in ((other, "b"), (one, "a")):
        person.page.goto(f"{url}/#{name}")
        person.page.locator("html[data-ready]").wait_for()
    acts.press(one.page, "Join")
    took = first_frame(other.page) - one.page.evaluate(PRESSED, "Join")
    one.close()
    other.close()
    return took


@contextmanager
def browsers() -> Iterator[tuple[tuple[Browser, Browser], Path]]:
    use_our_node()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        pair = launch(playwright, cast=media.THERAPIST, folder=place / "a"), launch(playwright, cast=media.CLIENT, folder=place / "b")
        yield pair, place
        for browser in pair:
            browser.close()


def warm(pair: tuple[Browser, Browser], place: Path) -> list[float]:
    two = Two(pair, folder=place / "relay", relay=True)
    took = [two.admit() for _ in range(ROUNDS)]
    two.close()
    return took


def cold_and_bare(pair: tuple[Browser, Browser], place: Path) -> tuple[list[float], list[float]]:
    two = Two(pair, folder=place / "direct", relay=False)
    cold, bare = [], []
    with serving(free_port()) as url:
        for _ in range(ROUNDS):
            cold.append(two.admit())
            bare.append(join_bare(pair, url))
    two.close()
    return cold, bare


def main() -> None:
    figures = Figures()
    with browsers() as (pair, place):
        figures.say("admit_to_first_frame_ms", statistics.median(warm(pair, place)), unit="ms", at_most=300)
        cold, bare = (statistics.median(took) for took in cold_and_bare(pair, place))
    figures.say("join_to_first_frame_ms", cold, unit="ms")
    figures.say("bare_join_to_first_frame_ms", bare, unit="ms")
    figures.say("join_to_first_frame_ratio", cold / bare, unit="ratio", at_most=1.3)
    figures.close()


if __name__ == "__main__":
    main()
