"""Links that do not open, wrong words, a wrong clock, things sent twice or too big, strangers, floods, a dying server: nothing is lost."""

import re
import secrets
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Route, expect

from attune.headless import invitations, kinds, writing
from attune.headless.client import Client
from attune.headless.connection import Declined
from attune.headless.unlocking import to_base64url
from attune.protocol.frames import Drawer
from journeys import acts
from journeys.person import SERVER_AWAY, Person
from journeys.server import Server
from journeys.until import until
from journeys.writers import therapist_again

AN_HOUR_AHEAD = """
(() => {
  const Real = Date, ahead = 3_600_000;
  window.Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Real.now() + ahead); }
    static now() { return Real.now() + ahead; }
  };
})();
"""

LONGEST = "() => Math.max(...[...document.querySelectorAll('.said__words, textarea')].map(one => (one.value ?? one.innerText).length))"


@dataclass
class Day:
    server: Server
    therapist: Person
    client: Person
    used_link: str
    new: Callable[[], Person]  # somebody whose browser is empty


@pytest.fixture(scope="module")
def day(fresh: Callable[..., Server], person: Callable[..., Person], therapists_browser: Browser, clients_browser: Browser) -> Day:
    server = fresh(ATTUNE_TURN="off")
    therapist, client = person(therapists_browser, url=server.url), person(clients_browser, url=server.url)
    acts.set_up(therapist, server.set_up_link())
    used_link = acts.invite(therapist)
    acts.make_sheet(therapist, now=acts.NAMES.passphrase)
    acts.step_in(client, used_link)
    acts.open_talk(therapist)
    acts.open_talk(client)
    for one in (therapist, client):
        one.expects(SERVER_AWAY)

    def new() -> Person:
        somebody = person(clients_browser, url=server.url)
        somebody.expects(SERVER_AWAY)  # she may stay while the server is killed for others
        return somebody

    return Day(server, therapist, client, used_link, new)


def expired_link(server: Server) -> str:
    """An invitation of hers whose time has passed by the time it is given out."""
    therapist = therapist_again(server)
    expires = writing.now_ms() + 1500
    invitation = invitations.make_invitation(therapist.identity, policy=(), expires=expires, note=kinds.Note("Noor").content())
    invite = invitations.Invite(invitation.secret, (), (), expires, invitations.OPEN, None)
    therapist.write(therapist.own_room, "invite", invite.content(), drawer=Drawer.OWN)
    therapist.server.send("POST", "/api/invitations", {"iid": invitation.iid, "record": invitation.record, "expires": expires})
    until(lambda: writing.now_ms() > expires, what="the invitation is past its date")
    return f"{server.url}/i#{invitation.fragment}"


def revoked_link(day: Day) -> str:
    link = acts.invite(day.therapist, names=acts.Names(client="Sacha"))
    page = day.therapist.page
    page.goto("/app/invite")
    page.get_by_role("listitem").filter(has_text="Sacha").get_by_role("button", name="Take back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    expect(page.get_by_text("taken back").first).to_be_visible()
    return link


LINKS: dict[str, tuple[Callable[[Day], str], str, str]] = {
    "torn": (lambda day: day.used_link[:-9], "This link is not whole", "Nothing was used."),
    "foreign": (
        lambda day: f"{day.server.url}/i#{to_base64url(secrets.token_bytes(32))}",
        "This link opens nothing here",
        "Nothing was used.",
    ),
    "used": (lambda day: day.used_link, "This link has been used already", "If that was you, your room is on that device"),
    "expired": (lambda day: expired_link(day.server), "This link is past its date", "Nothing was written with it."),
    "taken back": (revoked_link, "This link was taken back", "Nothing was written with it"),
}


@pytest.mark.parametrize("kind", LINKS)
def test_a_link_that_does_not_open_says_why_and_what_to_do(day: Day, kind: str) -> None:
    make, title, more = LINKS[kind]
    somebody = day.new()
    somebody.expects("status of 404")
    somebody.page.goto(make(day))
    expect(somebody.page.get_by_role("heading", name=title)).to_be_visible()
    expect(somebody.page.get_by_text(more).first).to_be_visible()
    expect(somebody.page.get_by_role("button", name="Step in")).to_be_hidden()


def test_looking_at_a_link_does_not_use_it_up(day: Day) -> None:
    link = acts.invite(day.therapist, names=acts.Names(client="Jo"))
    for address in (link, link.replace("/i#", "/app/i#")):
        urllib.request.urlopen(address).read()
    day.new().page.goto(link)
    somebody = day.new()
    somebody.page.goto(link)
    expect(acts.button(somebody.page, "Step in")).to_be_visible()


def test_anothers_link_stays_unused_in_a_browser_that_holds_a_person(day: Day) -> None:
    link = acts.invite(day.therapist, names=acts.Names(client="Kim"))
    page = day.client.page
    page.goto(link)
    expect(page.get_by_role("heading", name="This browser already holds a room")).to_be_visible()
    page.goto("/app/talk")
    somebody = day.new()
    somebody.page.goto(link)
    expect(acts.button(somebody.page, "Step in")).to_be_visible()


def test_wrong_words_do_not_open_and_the_right_ones_do(day: Day) -> None:
    page = day.therapist.page
    day.therapist.expects("status of (400|401)")
    page.goto("/app/")
    acts.press(page, "Lock")
    page.get_by_label("Your passphrase").fill("quiet harbour lantern moss window twelve")
    acts.press(page, "Unlock")
    expect(page.get_by_text("These words do not open it. Nothing is lost.")).to_be_visible()
    acts.unlock(day.therapist)


def test_a_clock_an_hour_ahead_is_said_and_words_still_arrive(day: Day) -> None:
    hasty = day.new()
    hasty.context.add_init_script(AN_HOUR_AHEAD)
    acts.step_in(hasty, acts.invite(day.therapist, names=acts.Names(client="Toni")))
    expect(hasty.page.get_by_text("clock is off by")).to_be_visible()
    acts.open_talk(hasty)
    acts.write(hasty, "From the next hour.")
    day.therapist.page.goto("/app/")
    acts.open_room(day.therapist, "Toni")
    acts.expect_said(day.therapist, "From the next hour.")


def test_what_is_sent_twice_is_said_once(day: Day) -> None:
    lost: list[str] = []

    def lose_the_answer(route: Route) -> None:
        lost.append(route.request.url)
        route.fetch()
        route.abort()

    day.client.expects("ERR_FAILED")
    day.client.page.route(re.compile("/entries$"), lose_the_answer, times=1)
    to_talk(day)
    acts.write(day.client, "Once, please.")
    until(
        lambda: day.client.page.evaluate("document.querySelectorAll('.said--waiting').length") == 0,
        what="nothing waits any more",
        seconds=40,
    )
    assert lost, "no answer was lost"
    for one in (day.therapist, day.client):
        acts.expect_said(one, "Once, please.", seconds=40)


def to_talk(day: Day) -> None:
    """Both stand in the talk they share."""
    acts.open_talk(day.therapist)
    day.client.page.goto("/app/talk")
    expect(acts.composer(day.client.page)).to_be_visible()


def test_words_that_are_too_many_are_kept_and_it_is_said(day: Day) -> None:
    to_talk(day)
    page = day.client.page
    acts.composer(page).fill("long " * 15_000)
    acts.press(page, "Send")
    expect(page.get_by_text("longer than one message can be").first).to_be_visible()
    page.reload()
    expect(acts.composer(page)).to_be_visible()
    until(lambda: page.evaluate(LONGEST) > 70_000, what="the words are still here after a reload")


def test_a_malformed_frame_is_refused_with_its_reason(day: Day) -> None:
    therapist = therapist_again(day.server)
    sid = next(sid for sid in therapist.room_of if sid != therapist.own_room.sid)
    for frame, code in ((b"", "malformed"), (secrets.token_bytes(500), "malformed"), (b"\x84\x02\x40\x40\x40", "newer")):
        with pytest.raises(Declined) as refused:
            therapist.server.send("POST", f"/api/spaces/{to_base64url(sid)}/entries", {"frame": frame})
        assert (refused.value.status, refused.value.code) == (422, code)


def test_a_stranger_who_guesses_learns_nothing(day: Day) -> None:
    therapist = therapist_again(day.server)
    stranger = Client(day.server.url)
    stranger.join(therapist.invite("Stranger"), name="Stranger")
    own = stranger.own_room.sid
    theirs = next(sid for sid in therapist.room_of if sid not in (therapist.own_room.sid, own))
    answers = [refusal_of(stranger, f"/api/spaces/{to_base64url(sid)}/entries?after=0") for sid in (theirs, secrets.token_bytes(32))]
    answers += [refusal_of(stranger, f"/api/appointments/{to_base64url(secrets.token_bytes(16))}/relay")]
    assert {(one.status, one.code) for one in answers} == {(404, answers[0].code)}


def refusal_of(client: Client, path: str) -> Declined:
    with pytest.raises(Declined) as refused:
        client.server.get(path)
    return refused.value


def test_a_server_killed_while_somebody_types_costs_no_word(day: Day) -> None:
    to_talk(day)
    page = day.client.page
    acts.composer(page).fill("Half a sen")
    day.server.kill()
    acts.composer(page).fill("Half a sentence")
    day.server.start()
    page.reload()
    expect(acts.composer(page)).to_have_value("Half a sentence")
    acts.composer(page).fill("")


def test_a_server_killed_while_somebody_sends_gets_it_once_afterwards(day: Day) -> None:
    to_talk(day)
    day.server.kill()
    acts.write(day.client, "Into the dark.")
    expect(day.client.page.locator(".said--waiting").filter(has_text="Into the dark.")).to_be_visible()
    day.server.start()
    for one in (day.client, day.therapist):
        acts.expect_said(one, "Into the dark.", seconds=60)
    expect(day.client.page.locator(".said--waiting").filter(has_text="Into the dark.")).to_have_count(0, timeout=60_000)


def test_a_flood_is_held_back_and_the_page_says_until_when(day: Day) -> None:
    somebody = day.new()
    somebody.expects("status of (400|401|429)")
    page = somebody.page
    page.goto("/app/unlock")
    acts.field(page, "Your sign-in name").fill(acts.NAMES.login)
    said = page.get_by_text(re.compile("try again at"))
    for _ in range(30):
        page.get_by_label("Your passphrase").fill(f"{secrets.token_hex(12)} is not it")
        acts.press(page, "Unlock")
        expect(page.get_by_role("alert").filter(visible=True)).to_be_visible()
        expect(acts.button(page, "Unlock")).to_be_enabled()
        if said.count():
            break
    expect(said).to_be_visible()
