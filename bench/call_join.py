"""How long until the other's picture is there. Each figure is a median of ROUNDS (argument, 9), taken in turns in one run.

admit_to_first_frame_ms: from the press of "Let … in" at the door to the first frame painted at the client, warm through the relay;
…_therapist_ms: the same press to the first frame painted at the therapist; …_from_today_ms: both, when she presses on Today, where her
camera opens as the mouse comes to the button, half a second before the press.
join_to_first_frame_ratio: the same press without a relay, so that the call starts cold, against a bare pair over the same
kind of signalling (POST in, push out). Cameras deliver 30 frames a second.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from bench._bare_pair import serving
from bench._figures import Figures
from journeys import acts, media
from journeys.browser import launch, use_our_node
from journeys.person import sit_down
from journeys.server import Server, free_port
from journeys.until import until

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 9
QUIET, PATIENCE = 2.5, 300  # load of the machine that is waited for, and for how long (s)
REACH = 500  # ms between the mouse on the button and the press
RELAY_PORTS = "30000-30799"  # a page that goes without a word keeps its ports for ten minutes
PRESSED = "(name) => __pressed.findLast(([, label]) => new RegExp(name).test(label))[0]"
# As with the bare pair: nothing is waited for but the press. (On Today her camera is not open before her hand comes to the button.)
READY = """__peers.all.some(one => one.signalingState === 'stable' && one.remoteDescription)
    && [...document.querySelectorAll('video')].some(one => one.readyState >= 2)"""
Both = tuple[float, float]  # ms to the first frame at who is let in, and at who lets in
Pair = tuple[Browser, Browser]


class Two:
    """A house with one therapist and one client, who hold one session after the other."""

    def __init__(self, browsers: Pair, *, folder: Path, relay: bool) -> None:
        self.server = Server(folder, settings={"ATTUNE_TURN": "on" if relay else "off", "ATTUNE_RELAY_PORTS": RELAY_PORTS}).start()
        self.therapist, self.client = (sit_down(browser, url=self.server.url) for browser in browsers)
        self.relay = relay
        acts.set_up(self.therapist, self.server.set_up_link())
        acts.step_in(self.client, acts.invite(self.therapist))

    def admit(self, *, on_today: bool = False) -> Both:
        """One session: milliseconds from "Let … in" to the first frames."""
        acts.plan_session(self.therapist)
        acts.enter(self.client)
        self.come(on_today=on_today)
        expect(self.client.page.get_by_text("screen shows that you are here")).to_be_visible()
        if self.relay:
            until(lambda: self.client.page.evaluate("__peers.routes()") == ["relay"], what="the two are warm")
        for one in [self.client] if on_today else [self.client, self.therapist]:
            wait_until_ready(one.page)
        if on_today:
            acts.button(self.therapist.page, acts.LET_IN).hover()
            threading.Event().wait(REACH / 1000)
        acts.press(self.therapist.page, acts.LET_IN)
        painted = first_frame(self.client.page), first_frame(self.therapist.page)
        pressed = self.therapist.page.evaluate(PRESSED, acts.LET_IN.pattern)
        acts.end_for_both(self.therapist)
        return painted[0] - pressed, painted[1] - pressed

    def come(self, *, on_today: bool) -> None:
        if on_today:
            self.therapist.page.goto("/app/")
        else:
            acts.come_to_the_door(self.therapist)
        expect(acts.button(self.therapist.page, acts.LET_IN)).to_be_visible()

    def close(self) -> None:
        self.therapist.close()
        self.client.close()
        self.server.stop()


def wait_until_ready(page: Page) -> None:
    until(lambda: page.evaluate(READY), what="a camera is open and the two have agreed")


def first_frame(page: Page) -> float:
    """Unix ms of the first remote frame that this page painted."""
    return float(until(lambda: page.evaluate("__painted[0] ?? 0"), what="a frame of the other side is painted", every=0.1))


def join_bare(browsers: Pair, url: str) -> Both:
    """Milliseconds from the press to the first frames of a bare pair."""
    one, other = (sit_down(browser, url=url) for browser in browsers)
    for person, name in ((other, "b"), (one, "a")):
        person.page.goto(f"{url}/#{name}")
        person.page.locator("html[data-ready]").wait_for()
    acts.press(one.page, "Join")
    painted = first_frame(other.page), first_frame(one.page)
    pressed = one.page.evaluate(PRESSED, "Join")
    one.close()
    other.close()
    return painted[0] - pressed, painted[1] - pressed


@contextmanager
def browsers() -> Iterator[tuple[Pair, Path]]:
    use_our_node()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        place = Path(folder)
        pair = open_browser(playwright, media.THERAPIST, place / "a"), open_browser(playwright, media.CLIENT, place / "b")
        yield pair, place
        for browser in pair:
            browser.close()


def open_browser(playwright: Playwright, cast: media.Cast, folder: Path) -> Browser:
    folder.mkdir(parents=True)
    film = media.write_camera(cast, path=folder / "smooth.y4m", frames_a_second=30)
    return launch(playwright, cast=cast, folder=folder, more=(f"--use-file-for-fake-video-capture={film}",))


def warm(pair: Pair, place: Path) -> tuple[list[Both], list[Both]]:
    two = Two(pair, folder=place / "relay", relay=True)
    door, today = [], []
    for _ in range(ROUNDS):
        door.append(two.admit())
        today.append(two.admit(on_today=True))
    two.close()
    return door, today


def cold_and_bare(pair: Pair, place: Path) -> tuple[list[Both], list[Both]]:
    two = Two(pair, folder=place / "direct", relay=False)
    cold, bare = [], []
    with serving(free_port()) as url:
        for _ in range(ROUNDS):
            cold.append(two.admit())
            bare.append(join_bare(pair, url))
    two.close()
    return cold, bare


def medians(took: list[Both]) -> Both:
    return statistics.median(client for client, _ in took), statistics.median(therapist for _, therapist in took)


def wait_for_a_quiet_machine() -> None:
    """Waits until the load is low, for a few minutes at most; what it was is printed with the figures."""
    deadline = time.monotonic() + PATIENCE
    while os.getloadavg()[0] >= QUIET and time.monotonic() < deadline:
        threading.Event().wait(5)


def main() -> None:
    figures = Figures()
    wait_for_a_quiet_machine()
    figures.say("load_before", os.getloadavg()[0], unit="processes")
    with browsers() as (pair, place):
        door, today = (medians(took) for took in warm(pair, place))
        cold, bare = (medians(took) for took in cold_and_bare(pair, place))
    figures.say("admit_to_first_frame_ms", door[0], unit="ms", at_most=300)
    figures.say("admit_to_first_frame_therapist_ms", door[1], unit="ms")
    figures.say("admit_to_first_frame_from_today_ms", today[0], unit="ms")
    figures.say("admit_to_first_frame_from_today_therapist_ms", today[1], unit="ms")
    figures.say("join_to_first_frame_ms", cold[0], unit="ms")
    figures.say("bare_join_to_first_frame_ms", bare[0], unit="ms")
    figures.say("join_to_first_frame_ratio", cold[0] / bare[0], unit="ratio", at_most=1.3)
    figures.say("join_to_first_frame_therapist_ratio", cold[1] / bare[1], unit="ratio")
    figures.say("load_after", os.getloadavg()[0], unit="processes")
    figures.close()


if __name__ == "__main__":
    main()
