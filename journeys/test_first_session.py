"""Two people who were strangers an hour ago hold a session: from the one-time link to the end, once direct and once by the relay alone."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from journeys import acts, media
from journeys.person import SERVER_AWAY, Person
from journeys.server import Server
from journeys.until import until

pytestmark = pytest.mark.calls


@dataclass
class Pair:
    server: Server
    therapist: Person
    client: Person
    relay_only: bool

    def both(self) -> tuple[Person, Person]:
        return self.therapist, self.client


@pytest.fixture(scope="module", params=["direct", "relay"])
def pair(
    request: pytest.FixtureRequest,
    fresh: Callable[..., Server],
    person: Callable[..., Person],
    therapists_browser: Browser,
    clients_browser: Browser,
) -> Iterator[Pair]:
    relay_only = request.param == "relay"
    server = fresh()
    therapist = person(therapists_browser, url=server.url, relay_only=relay_only)
    client = person(clients_browser, url=server.url, relay_only=relay_only)
    yield Pair(server, therapist, client, relay_only)
    for one in (therapist, client):
        one.page.goto("about:blank")
    server.stop()


def test_a_therapist_sets_up_and_invites_a_client_without_account(pair: Pair) -> None:
    acts.set_up(pair.therapist, pair.server.set_up_link())
    link = acts.invite(pair.therapist)
    acts.step_in(pair.client, link)
    acts.open_talk(pair.therapist)
    acts.open_talk(pair.client)


def test_they_write_to_each_other(pair: Pair) -> None:
    acts.write(pair.client, "It rained all night.")
    acts.expect_said(pair.therapist, "It rained all night.")
    acts.write(pair.therapist, "Take your time.")
    acts.expect_said(pair.client, "Take your time.")


def test_words_written_offline_go_out_once_by_themselves(pair: Pair) -> None:
    for one in pair.both():
        one.expects(SERVER_AWAY)
    pair.client.context.set_offline(True)
    acts.write(pair.client, "Written in a tunnel.")
    acts.write(pair.therapist, "Written meanwhile.")
    expect(pair.client.page.get_by_text("waiting for the network").first).to_be_visible()
    expect(acts.said(pair.client.page, "Written meanwhile.")).to_have_count(0)
    pair.client.context.set_offline(False)
    acts.expect_said(pair.client, "Written meanwhile.", seconds=40)
    acts.expect_said(pair.therapist, "Written in a tunnel.", seconds=40)
    for one in pair.both():
        expect(acts.said(one.page, "Written in a tunnel.")).to_have_count(1)


def test_she_waits_and_nothing_of_either_leaves_before_she_is_let_in(pair: Pair) -> None:
    acts.plan_session(pair.therapist)
    acts.enter(pair.client)
    acts.come_to_the_door(pair.therapist)
    until(lambda: pair.client.page.evaluate("__peers.routes()") == ["relay"], what="the two are warm through the relay")
    for one in pair.both():
        assert one.page.evaluate("__peers.sum('outbound-rtp', 'bytesSent')") == 0
        assert one.page.evaluate("__peers.sum('inbound-rtp', 'bytesReceived')") == 0
    assert addresses_shown(pair.client.page) == []
    assert addresses_shown(pair.therapist.page) == []


def addresses_shown(page: Page) -> list[str]:
    """Candidate lines of the other side that say where she is: any that is no relay's, and the related address of one that is."""
    heard = page.evaluate("__peers.heard")
    lines = [*heard["candidates"], *(line for sdp in heard["descriptions"] for line in sdp.splitlines() if line.startswith("a=candidate"))]
    assert lines, "no candidate of the other side came at all"
    return [line for line in lines if "typ relay" not in line or re.search(r"raddr (?!0\.0\.0\.0|::)\S", line)]


def test_let_in_both_see_and_hear_each_other(pair: Pair) -> None:
    acts.let_in(pair.therapist)
    expect_call(pair)
    route = "relay" if pair.relay_only else "direct"
    for one in pair.both():
        until(lambda page=one.page: page.evaluate("__peers.routes()")[-1:] == [route], what=f"the session runs {route}")
        expect(one.page.get_by_text("Encrypted end to end").first).to_be_visible()


def expect_call(pair: Pair) -> None:
    media.expect_session((pair.client.page, media.THERAPIST), (pair.therapist.page, media.CLIENT))


def test_mute_silences_within_half_a_second(pair: Pair) -> None:
    for speaker, listener, cast in ((pair.therapist, pair.client, media.THERAPIST), (pair.client, pair.therapist, media.CLIENT)):
        media.expect_sound(listener.page, of=cast)
        acts.press(speaker.page, "Mute")
        pressed = speaker.page.evaluate("__pressed.at(-1)[0]")
        until(lambda page=listener.page, at=pressed: media.still_listening(page, after=at + 1500), what="the other side went on listening")
        assert media.silent_since(listener.page) - pressed <= 500
        acts.press(speaker.page, re.compile("^(Unmute|Mute)$"))
        media.expect_sound(listener.page, of=cast)


def test_a_reload_leads_back_into_the_call(pair: Pair) -> None:
    pair.client.page.reload()
    expect_call(pair)
    expect(pair.therapist.page.get_by_role("button", name=acts.LET_IN)).to_be_hidden()


def test_the_call_outlives_a_restart_of_the_server(pair: Pair) -> None:
    for one in pair.both():
        one.expects(SERVER_AWAY)
    if pair.relay_only:
        pair.server.stop()  # its relay goes with it: the call has to find a new way
    else:
        pair.server.kill()
    pair.server.start()
    expect_call(pair)
    acts.press(pair.client.page, "Beside")
    acts.write(pair.client, "Still here.")
    acts.press(pair.therapist.page, "Beside")
    acts.expect_said(pair.therapist, "Still here.", seconds=40)
    acts.press(pair.client.page, "Close")
    expect(acts.button(pair.client.page, "Beside")).to_be_focused()


def test_end_for_both_ends_it_for_both(pair: Pair) -> None:
    acts.end_for_both(pair.therapist)
    for one in pair.both():
        expect(one.page.get_by_role("button", name="Mute")).to_be_hidden()
        until(lambda page=one.page: page.evaluate("__peers.routes()") == [], what="no connection is left")
        until(
            lambda page=one.page: not page.evaluate("[...document.querySelectorAll('video')].some(one => one.srcObject?.active)"),
            what="the camera is off",
        )
