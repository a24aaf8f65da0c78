"""A server that lies: its database is edited while it is stopped, and pushes are kept, changed and said again on their way to the page."""

import json
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from attune.headless import invitations, writing
from attune.headless.client import Client
from attune.headless.identity import Identity
from attune.headless.unlocking import to_base64url
from attune.protocol.encoding import decode, encode
from attune.protocol.epochs import Role
from journeys import acts, media
from journeys.between import as_it_is, twist
from journeys.disk import Disk
from journeys.lied_to import FULL, LIES, SEEN, STOPS, WORDS, House, build_house, stop_lying, tell_lies
from journeys.person import SERVER_AWAY, Person
from journeys.server import ROOT, Server
from journeys.until import until
from journeys.writers import therapist_again

TALK, HOUSE = (json.loads((ROOT / f"client/src/i18n/messages/en/{area}.json").read_text()) for area in ("talk", "house"))


@pytest.fixture(scope="module")
def house(
    fresh: Callable[..., Server],
    person: Callable[..., Person],
    therapists_browser: Browser,
    clients_browser: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> House:
    server = fresh(ATTUNE_TURN="off")

    def come(browser: Browser) -> Person:
        one = person(browser, url=server.url)
        one.expects(SERVER_AWAY)
        one.expects("status of 401")
        return one

    both = come(therapists_browser), come(clients_browser)
    return build_house(server, both, fresh=lambda: come(therapists_browser), early=tmp_path_factory.mktemp("state") / "early")


def expect_words(page: Page, name: str, *, last: str) -> None:
    """What was said up to `last` is readable, each once, and nothing after it is there."""
    for word in WORDS[: WORDS.index(last) + 1]:
        expect(acts.said(page, f"{name} {word}")).to_have_count(1)
    for word in WORDS[WORDS.index(last) + 1 :]:
        expect(acts.said(page, f"{name} {word}")).to_have_count(0)


def sentence(key: str, name: str) -> str:
    return str(TALK[key]).replace("{name}", f"\u2068{name}\u2069")


def read_alarm(where: Page | Locator, key: str, name: str) -> None:
    expect(where.get_by_text(sentence(key, name)).filter(visible=True).first).to_be_visible()


def expect_no_alarm(page: Page) -> None:
    expect(page.locator(".thread .banner")).to_have_count(0)


def log_in(one: Person) -> None:
    one.page.goto("/app/unlock")
    acts.field(one.page, "Your sign-in name").fill(acts.NAMES.login)
    acts.unlock(one)


def is_held(page: Page, words: str) -> None:
    """It stands in the thread, outlined, and says that it waits here."""
    waits = page.locator(".said--waiting").filter(has_text=words)
    expect(waits.get_by_text("waits on this device")).to_be_visible()


def test_each_lie_is_said_in_its_place_and_nothing_is_written_there(house: House) -> None:
    house.restart_with(lambda: tell_lies(house))
    listed = {name: house.disk.frames(house.rooms[name][1]) for name in (*STOPS, SEEN)}
    page = house.therapist.page
    page.goto("/app/people")
    acts.unlock(house.therapist)
    for name in (*STOPS, SEEN):
        acts.open_room(house.therapist, name)
        read_alarm(page, LIES[name].says if name in LIES else "alarm_rollback", name)
        expect_words(page, name, last=LIES[name].last if name in LIES else "six")
        acts.write(house.therapist, f"Held in {name}")
        is_held(page, f"Held in {name}")
    assert {name: house.disk.frames(house.rooms[name][1]) for name in listed} == listed, "something was written"


def test_a_text_that_was_taken_away_is_said_in_its_place_and_the_room_goes_on(house: House) -> None:
    acts.open_room(house.therapist, "Emptied")
    page = house.therapist.page
    read_alarm(page.locator(".said--gone"), "fault_removed", "Emptied")
    expect(acts.said(page, "Emptied four")).to_have_count(0)
    for word in ("one", "two", "three", "five", "six"):
        expect(acts.said(page, f"Emptied {word}")).to_have_count(1)
    expect_no_alarm(page)
    acts.write(house.therapist, "Held in Emptied")
    expect(page.locator(".said--waiting")).to_have_count(0)


def test_no_session_begins_in_a_room_that_is_stopped(house: House) -> None:
    page = house.therapist.page
    session = page.evaluate("async () => (await (await fetch('/api/appointments')).json()).at(-1).id")
    page.goto(f"/app/session/{session}")
    expect(page.get_by_role("heading", name="This room has to be whole before a session begins")).to_be_visible()
    expect(acts.button(page, acts.LET_IN)).to_have_count(0)


def test_whoever_wrote_the_words_that_were_cut_off_reads_it(house: House) -> None:
    page = house.alma.page
    page.goto("/app/talk")
    read_alarm(page, "alarm_rollback", "Noor")
    expect_words(page, "Alma", last="six")
    acts.write(house.alma, "Held by Alma")
    is_held(page, "Held by Alma")


def test_a_browser_that_is_new_reads_the_same_and_what_it_cannot_know(house: House) -> None:
    new = house.fresh()
    log_in(new)
    for name, lie in LIES.items():
        acts.open_room(new, name)
        read_alarm(new.page, lie.says, name)
        if lie.stops:
            expect_words(new.page, name, last=lie.last)
    acts.open_room(new, SEEN)
    read_alarm(new.page, "alarm_rollback", SEEN)
    acts.open_room(new, "Alma")
    expect_words(new.page, "Alma", last="four")
    expect_no_alarm(new.page)
    expect(new.page.get_by_text(sentence("truth_new_here", "Alma"))).to_be_visible()
    new.context.close()


def test_once_the_server_tells_the_truth_nothing_is_lost_and_what_was_held_goes_out(house: House) -> None:
    house.restart_with(lambda: stop_lying(house))
    page = house.therapist.page
    page.goto("/app/people")
    for name in (*LIES, SEEN):
        acts.open_room(house.therapist, name)
        expect_words(page, name, last="six")
        acts.expect_said(house.therapist, f"Held in {name}")
        expect(page.locator(".said--waiting")).to_have_count(0)
        expect_no_alarm(page)
    house.alma.page.goto("/app/talk")
    expect(acts.composer(house.alma.page)).to_be_visible()
    expect(house.alma.page.locator(".said--waiting")).to_have_count(0)
    acts.open_room(house.therapist, "Alma")
    acts.expect_said(house.therapist, "Held by Alma")


def test_an_old_state_is_seen_by_who_has_been_there_and_named_unknowable_by_who_has_not(house: House, tmp_path: Path) -> None:
    late = tmp_path / "late"

    def turn_back() -> None:  # what is kept is all that was ever answered for: pages may write until the server stops
        house.disk.keep(late)
        house.disk.put_back(house.early)

    house.restart_with(turn_back)
    page = house.therapist.page
    page.goto("/app/people")
    acts.unlock(house.therapist)  # the server has lost its half of what stays open over a reload
    expect(page.get_by_text(HOUSE["alarm_own_older"])).to_be_visible()
    acts.open_room(house.therapist, "Alma")
    read_alarm(page, "alarm_rollback", "Alma")
    expect_words(page, "Alma", last="six")
    acts.write(house.therapist, "Held once more")
    is_held(page, "Held once more")
    new = house.fresh()
    log_in(new)
    acts.open_room(new, "Alma")
    expect_words(new.page, "Alma", last="two")
    expect(new.page.get_by_text(sentence("truth_new_here", "Alma"))).to_be_visible()
    new.context.close()
    house.restart_with(lambda: house.disk.put_back(late))
    page.goto("/app/people")
    acts.unlock(house.therapist)
    acts.open_room(house.therapist, "Alma")
    acts.expect_said(house.therapist, "Held once more", seconds=30)
    expect(page.locator(".said--waiting")).to_have_count(0)
    expect(page.get_by_text(HOUSE["alarm_own_older"])).to_have_count(0)


def test_words_that_are_kept_back_are_told_of_by_the_other_page(house: House) -> None:
    page = house.therapist.page
    page.goto("/app/people")
    acts.open_room(house.therapist, "Alma")
    known = page.evaluate("async () => (await (await fetch('/api/spaces')).json())")
    counts = {space["sid"]: space["count"] for space in known}
    sid = page.url.rsplit("/", 1)[-1]

    def cut(route: Route) -> None:
        answer = route.fetch()
        listing = answer.json()
        if isinstance(listing, dict):
            beyond = max(0, listing["count"] - counts[sid])
            listing = {**listing, "count": counts[sid], "frames": listing["frames"][: len(listing["frames"]) - beyond]}
        else:
            listing = [{**space, "count": min(space["count"], counts.get(space["sid"], 0))} for space in listing]
        route.fulfill(response=answer, json=listing)

    page.route(re.compile(rf"/api/spaces(/{sid}/entries.*)?$"), cut)
    house.to_therapist.change = lambda push: None if push["what"] == "entry" and push["space"] == sid else push
    house.alma.page.goto("/app/talk")
    acts.write(house.alma, "Kept back.")
    expect(house.alma.page.locator(".said--waiting")).to_have_count(0)
    acts.enter(house.alma)
    read_alarm(page, "alarm_missing", "Alma")
    acts.write(house.therapist, "Held until then.")
    is_held(page, "Held until then.")
    page.unroute_all(behavior="ignoreErrors")
    house.to_therapist.change = as_it_is
    page.reload()
    acts.expect_said(house.therapist, "Kept back.")
    expect_no_alarm(page)
    house.alma.page.goto("/app/talk")
    acts.expect_said(house.alma, "Held until then.")


def meet(house: House) -> None:
    acts.enter(house.alma)
    house.therapist.page.goto("/app/")
    acts.let_in(house.therapist)
    expect_call(house)


def expect_call(house: House) -> None:
    for one in (house.alma, house.therapist):
        expect(one.page.get_by_text("Only your two devices hear this")).to_be_visible()
    if FULL:
        media.expect_session((house.alma.page, media.THERAPIST), (house.therapist.page, media.CLIENT))


def test_signals_whose_bytes_were_changed_open_no_door_and_nothing_is_claimed(house: House) -> None:
    house.to_therapist.change = twist
    acts.enter(house.alma)
    page = house.therapist.page
    page.goto("/app/")
    acts.press(page, acts.LET_IN)
    expect(page.get_by_text("The door opens as soon as")).to_be_visible()
    heard = len(house.to_therapist.signals())
    until(lambda: page.title() and len(house.to_therapist.signals()) > heard + 3, what="changed signals keep coming")
    expect(page.get_by_role("button", name="Mute")).to_have_count(0)
    expect(page.get_by_text("Only your two devices hear this")).to_have_count(0)
    expect(house.alma.page.get_by_role("heading", name=re.compile("will let you in"))).to_be_visible()
    house.to_therapist.change = as_it_is
    expect(acts.button(page, "Mute")).to_be_visible()
    expect_call(house)


def test_what_was_said_in_an_earlier_call_and_in_this_one_changes_nothing_when_said_again(house: House) -> None:
    acts.end_for_both(house.therapist)
    expect(house.alma.page.get_by_role("heading", name="The session is over")).to_be_visible()
    earlier = house.to_therapist.signals(), house.to_alma.signals()
    acts.press(house.therapist.page, "Open it again")
    house.alma.page.reload()
    meet(house)
    for between, said in zip((house.to_therapist, house.to_alma), earlier, strict=True):
        between.say_again(said)
        between.say_again(between.signals()[len(said) :])
    for one in (house.therapist, house.alma):
        acts.press(one.page, "Beside")
        expect_no_alarm(one.page)
    acts.write(house.alma, "Still here.")
    acts.expect_said(house.therapist, "Still here.")
    expect_call(house)
    acts.end_for_both(house.therapist)


# From here on what was signed says another device than the one at the other end: so it is where a relay ends the encryption itself.
SWAPPED = """
const set = RTCPeerConnection.prototype.setRemoteDescription;
const other = sdp => sdp.replace(/(a=fingerprint:\\S+ )(..)/, (_, name, first) => name + (first === 'AA' ? 'BB' : 'AA'));
RTCPeerConnection.prototype.setRemoteDescription = function (description) {
  return set.call(this, { type: description.type, sdp: other(description.sdp) });
};
"""
# The alert of a handshake that failed is one datagram, which may get lost: she has to learn of it by what the other page says.
UNTOLD = """
const { get } = Object.getOwnPropertyDescriptor(RTCDtlsTransport.prototype, 'state');
const untold = state => state === 'failed' ? 'connecting' : state;
Object.defineProperty(RTCDtlsTransport.prototype, 'state', { get() { return untold(get.call(this)); } });
"""
SWAPPED_WITHIN = 30_000  # ms from letting in, on a busy machine


def test_a_fingerprint_that_was_swapped_ends_the_call_before_anything_is_seen_or_heard(house: House) -> None:
    acts.press(house.therapist.page, "Open it again")
    house.alma.page.add_init_script(SWAPPED)
    house.therapist.page.add_init_script(UNTOLD)
    acts.enter(house.alma)
    house.therapist.page.goto("/app/")
    acts.press(house.therapist.page, acts.LET_IN)
    for one in (house.alma, house.therapist):
        expect(one.page.get_by_role("heading", name="This is not the person you expect")).to_be_visible(timeout=SWAPPED_WITHIN)
        expect(one.page.get_by_role("alert")).to_contain_text("so the call was ended at once")
        expect(one.page.get_by_role("button", name="Mute")).to_have_count(0)
        assert one.page.evaluate("__painted") == []
        assert one.page.evaluate("[...__peers.tracks('audio'), ...__peers.tracks('video')].length") == 0


def test_an_invitation_that_the_server_answers_in_the_therapists_place_is_not_opened(
    house: House, person: Callable[..., Person], clients_browser: Browser
) -> None:
    link = acts.invite(house.therapist, names=acts.Names(client="Robin"))
    robin = person(clients_browser, url=house.server.url)
    secret, _ = invitations.read_fragment(link.partition("#")[2])
    own = invitations.make_invitation(Identity.make(), policy=(), expires=writing.now_ms() + 3_600_000, note=b'{"name":"Noor"}')
    named = encode([1, invitations.iid_of(secret), decode(own.record)[2]])

    def answer(route: Route) -> None:
        served = route.fetch()
        route.fulfill(response=served, json={**served.json(), "record": to_base64url(named)})

    robin.page.route(re.compile("/door$"), answer)
    robin.page.goto(link)
    expect(robin.page.get_by_role("heading", name="This invitation was altered on the way")).to_be_visible()
    expect(acts.button(robin.page, "Step in")).to_have_count(0)


def test_a_room_that_the_server_founds_by_an_invitation_it_only_keeps_is_not_taken(house: House) -> None:
    link = acts.invite(house.therapist, names=acts.Names(client="Kim"))
    iid = invitations.iid_of(invitations.read_fragment(link.partition("#")[2])[0])
    sid = join_as_server(house.server, iid)
    page = house.therapist.page
    page.goto("/app/people")
    expect(page.get_by_text("A room came in without the proof that only the link gives. Nothing is written there")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Kim")).to_have_count(0)
    assert len(Disk(house.server.data).frames(sid)) == 1, "something was written into the server's room"


def join_as_server(server: Server, iid: bytes) -> bytes:
    """With keys of its own, and everything that it knows of the invitation; only the secret of the link is not there."""
    noor = therapist_again(server).identity.member(Role.KEEPER)
    stranger = Client(server.url)
    stranger._become(Identity.make())
    members = [stranger.identity.member(Role.MEMBER), noor]
    proof = (iid, secrets.token_bytes(32))
    shared = writing.found(stranger.identity, members=members, salt=secrets.token_bytes(16), proof=proof, writer=stranger.writer)
    body = {"card": stranger._card(), "own": stranger._own(), "shared": {"sid": shared.sid, "frame": shared.frame}}
    stranger.server.send("POST", f"/api/invitations/{to_base64url(iid)}/join", {**body, "language": "en", "time_zone": "UTC"})
    return shared.sid
