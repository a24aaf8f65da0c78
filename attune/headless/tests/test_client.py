"""A therapist and a client without screens, against the real server in this process (its push socket is seen in the journeys)."""

from dataclasses import replace

import httpx
import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections

from attune.headless import kinds
from attune.headless.client import Client
from attune.headless.connection import Declined
from attune.headless.rooms import Room
from attune.headless.unlocking import from_base64url, to_base64url, write_record
from attune.headless.writing import write_epoch
from attune.people import set_up_link
from attune.protocol.encoding import encode
from attune.protocol.records import read_key_record
from attune.protocol.refusals import Refused

PASSPHRASE = "copper lantern tidy moth river eleven"


def client() -> Client:
    return Client(settings.ORIGIN, transport=httpx.WSGITransport(app=get_wsgi_application()))


@pytest.fixture(autouse=True)
def _one_connection(db):
    """The test's transaction outlives each request, as with Django's own test client."""
    moments = (request_started, request_finished)
    for moment in moments:
        moment.disconnect(close_old_connections)
    yield
    for moment in moments:
        moment.connect(close_old_connections)


@pytest.fixture
def therapist(tmp_path, settings):
    settings.SET_UP_TOKEN = tmp_path / "set-up-token"
    person = client()
    link = set_up_link.address(set_up_link.make())
    person.set_up(link, name="Dr. Ada", login="ada", passphrase=PASSPHRASE, welcome="You are expected.")
    return person


@pytest.fixture
def invited(therapist):
    """The client in a room that both have checked and the therapist has accepted."""
    person = client()
    sid = person.join(therapist.invite("Mary"), name="Mary")
    therapist.refresh()
    therapist.accept_founding(sid)
    person.refresh()
    return person


def room_of(person: Client) -> bytes:
    (sid,) = person.room_of.keys() - {person.own_room.sid}
    return sid


def texts(person: Client) -> list[str]:
    return [kinds.read_text(item.content) for item in person.messages(room_of(person))]


def test_it_works(therapist, invited):
    sid = room_of(invited)
    therapist.say(sid, "Good morning")
    invited.refresh()
    invited.say(sid, "صباح الخير")
    therapist.refresh()
    assert texts(therapist) == texts(invited) == ["Good morning", "صباح الخير"]
    (welcome,) = invited.room_of[sid].items("welcome")
    assert kinds.read_text(welcome.content) == "You are expected."
    contacts = [kinds.read_contact(item.content) for item in therapist.own_room.items("contact")]
    assert contacts == [kinds.Contact(invited.identity.pid, "Mary", sid=sid)]


def test_a_passphrase_opens_everything_on_another_device(therapist, invited):
    therapist.say(room_of(invited), "kept")
    other = client()
    other.log_in("ada", f"  {PASSPHRASE.replace(' ', '  ')} ")
    assert other.identity.pid == therapist.identity.pid
    assert texts(other) == ["kept"]
    assert other.alarms == []
    with pytest.raises(Declined):
        client().log_in("ada", "another passphrase altogether")


def test_a_room_is_kept_by_a_link(therapist, invited):
    therapist.say(room_of(invited), "kept")
    fragment = invited.keep_by_room_link(keeper=therapist.identity.pid)
    other = client()
    other.log_in_by_room_link(fragment)
    assert other.identity.pid == invited.identity.pid
    assert texts(other) == ["kept"]
    assert other.alarms == []


def test_signing_in_by_key_ends_with_the_first_way_in(therapist, invited):
    again = client()
    again.identity = invited.identity
    again.sign_in_by_key()
    assert again.server.get("/api/me")["person"]["pid"] == to_base64url(invited.identity.pid)
    invited.keep_by_room_link(keeper=therapist.identity.pid)
    with pytest.raises(Declined, match="409 has-record"):
        again.sign_in_by_key()


def test_what_overtakes_a_message_is_listed_and_it_is_sealed_again(therapist, invited):
    sid = room_of(invited)
    room = therapist.room_of[sid]
    frame = write_epoch(room, room.epoch.members)
    therapist.server.send("POST", f"/api/spaces/{to_base64url(sid)}/entries", {"frame": frame})
    invited.say(sid, "crossing")
    assert invited.room_of[sid].epoch.n == 2
    therapist.refresh()
    assert texts(therapist) == ["crossing"]


def test_what_is_erased_is_gone_for_a_new_device(therapist, invited):
    seq = invited.say(room_of(invited), "taken back")
    invited.erase(room_of(invited), (seq, seq))
    other = client()
    other.log_in("ada", PASSPHRASE)
    assert texts(other) == []
    assert other.room_of[room_of(invited)].log.run == invited.room_of[room_of(invited)].log.run


def test_whoever_writes_after_a_leave_first_makes_a_new_key(therapist, invited):
    sid = room_of(invited)
    invited.leave(sid)
    therapist.refresh()
    therapist.say(sid, "for the record")
    assert [member.pid for member in therapist.room_of[sid].epoch.members] == [therapist.identity.pid]
    with pytest.raises(Declined):
        invited.say(sid, "no longer")


def test_an_invitation_is_used_once(therapist):
    link = therapist.invite("Mary")
    client().join(link, name="Mary")
    with pytest.raises(Declined, match="410 used"):
        client().join(link, name="Eve")
    with pytest.raises(Refused, match="torn"):
        client().join(link[:-1], name="Eve")


def test_who_comes_by_a_sessions_link_stands_at_its_door_until_it_is_over(therapist, invited):
    when = {"starts_at": therapist.clock(), "minutes": 50, "way": "video", "label": "Session"}
    planned = therapist.server.send("POST", "/api/appointments", {"id": bytes(16), "space": room_of(invited), **when})
    knocker = client()
    sid = knocker.knock(f"{settings.ORIGIN}/s#{planned['link']}")
    knocker.say_here(sid)
    (session,) = therapist.server.get("/api/appointments")
    waits = [(row["pid"], row["space"]) for row in session["waiting"]]
    assert waits == [(to_base64url(knocker.identity.pid), to_base64url(sid))]
    assert therapist.refresh() == [sid]
    therapist.server.send("POST", f"/api/appointments/{planned['id']}/ended")
    with pytest.raises(Declined, match="409 ended"):
        knocker.say_here(sid)


def test_a_signal_is_relayed_only_as_the_server_sees_the_log(therapist, invited):
    sid = room_of(invited)
    invited.signal(sid, "typing", encode([]))
    room = invited.room_of[sid]
    room.log.entries[-1] = replace(room.log.entries[-1], run=bytes(32))
    with pytest.raises(Declined, match="fork"):
        invited.signal(sid, "typing", encode([]))


def test_a_way_in_that_one_did_not_make_is_said(therapist):
    record = write_record(bytes(32), kind=3, identity=therapist.identity, own_sid=therapist.own_room.sid)
    foreign = {"kind": 3, "login": "ab" * 16, "login_secret": to_base64url(bytes(32)), "record": record}
    mid = read_key_record(record).mid
    therapist.server.send("PUT", f"/api/records/{to_base64url(mid)}", foreign)
    other = client()
    other.log_in("ada", PASSPHRASE)
    assert other.alarms == [f"a way in that you did not make: {to_base64url(mid)}"]


def test_a_listing_that_lies_is_refused(therapist, invited):
    sid = room_of(invited)
    invited.say(sid, "one")
    invited.say(sid, "two")
    listing = therapist.server.get(f"/api/spaces/{to_base64url(sid)}/entries", after=0)
    frames = [from_base64url(frame) for frame in listing["frames"]]
    for lie, code in ((frames[:2] + frames[3:], "order"), (frames[:-1], "gap"), ([frames[1]], "gap")):
        with pytest.raises(Refused, match=code):
            Room(sid, [therapist.identity]).take_listing(lie, count=len(frames))
