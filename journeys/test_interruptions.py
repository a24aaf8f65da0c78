"""What befalls a session: a page closes, is loaded anew, a line is dead for a while, a camera is pulled out, an end came too soon."""

import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from journeys import acts, media
from journeys.person import SERVER_AWAY, Person
from journeys.server import Server
from journeys.until import until

pytestmark = pytest.mark.calls

PULLED_OUT = """() => {
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = wish => wish.video ? Promise.reject(new DOMException('', 'NotFoundError')) : real(wish);
  navigator.mediaDevices.enumerateDevices = () => Promise.resolve([]);
  const camera = __peers.all.flatMap(peer => peer.getSenders()).find(sender => sender.track?.kind === 'video').track;
  camera.stop();
  camera.dispatchEvent(new Event('ended'));
}"""


@dataclass
class Room:
    server: Server
    therapist: Person
    client: Person

    def expect_call(self) -> None:
        media.expect_session((self.client.page, media.THERAPIST), (self.therapist.page, media.CLIENT))


@pytest.fixture(scope="module")
def room(fresh: Callable[..., Server], person: Callable[..., Person], therapists_browser: Browser, clients_browser: Browser) -> Room:
    server = fresh()
    therapist, client = (person(one, url=server.url, relay_only=True) for one in (therapists_browser, clients_browser))
    for one in (therapist, client):
        one.expects(SERVER_AWAY)
    acts.set_up(therapist, server.set_up_link())
    acts.step_in(client, acts.invite(therapist))
    acts.plan_session(therapist)
    acts.enter(client)
    therapist.page.goto("/app/")
    acts.let_in(therapist)
    return Room(server, therapist, client)


def face(page: Page, name: str) -> object:
    """How much of the other's picture shows: 0 when it is hidden."""
    return page.get_by_label(name, exact=True).evaluate("one => Number(getComputedStyle(one.parentElement).opacity)")


def test_a_page_that_closes_is_said_at_once_and_may_come_back(room: Room) -> None:
    room.expect_call()
    address = room.client.page.url
    room.client.page.close()
    expect(room.therapist.page.get_by_text("page is closed just now").first).to_be_visible(timeout=5_000)
    assert face(room.therapist.page, "Alma") == 0
    room.client.page = room.client.new_page()
    room.client.page.goto(address)
    room.expect_call()
    assert face(room.therapist.page, "Alma") == 1


def test_a_second_tab_says_where_the_session_is_and_may_take_it_over(room: Room) -> None:
    first = room.client.page
    second = room.client.new_page()
    second.goto(first.url)
    expect(second.get_by_role("heading", name="This session is open in another tab")).to_be_visible()
    room.expect_call()
    acts.press(second, "Bring it here")
    room.client.page = second
    room.expect_call()
    expect(first.get_by_role("heading", name="This session is open in another tab")).to_be_visible()
    first.close()


def test_the_therapist_loads_her_page_anew(room: Room) -> None:
    room.therapist.page.reload()
    room.expect_call()


def test_a_line_that_is_dead_for_ten_seconds_comes_back(room: Room) -> None:
    relay = next(pid for pid in room.server.processes() if Path(f"/proc/{pid}/comm").read_text().startswith("turnserver"))
    os.kill(relay, signal.SIGSTOP)
    try:
        for one, name in ((room.therapist, "Alma"), (room.client, "Noor")):
            expect(one.page.get_by_text(re.compile(f"Nothing arrives from .{name}. just now"))).to_be_visible()
            assert face(one.page, name) == 0
        expect(room.client.page.get_by_text(re.compile("dropped 1. seconds ago"))).to_be_visible()
    finally:
        os.kill(relay, signal.SIGCONT)
    room.expect_call()


def test_a_camera_that_is_pulled_out_is_said_and_the_voice_goes_on(room: Room) -> None:
    room.client.page.evaluate(PULLED_OUT)
    expect(room.client.page.get_by_text("No camera was found")).to_be_visible()
    expect(room.therapist.page.get_by_text("Sound only")).to_be_visible()
    media.expect_sound(room.therapist.page, of=media.CLIENT)
    room.client.page.reload()
    room.expect_call()


def test_an_end_that_came_too_soon_is_taken_back(room: Room) -> None:
    acts.end_for_both(room.therapist)
    expect(room.client.page.get_by_role("heading", name="The session is over")).to_be_visible()
    acts.press(room.therapist.page, "Open it again")
    expect(room.client.page.get_by_role("heading", name="The door is open again")).to_be_visible()
    acts.press(room.client.page, "Enter")
    acts.press(room.therapist.page, "Enter")
    acts.let_in(room.therapist)
    room.expect_call()
    until(lambda: room.therapist.page.evaluate("__peers.routes()")[-1:] == ["relay"], what="the session runs by relay")
    acts.end_for_both(room.therapist)
