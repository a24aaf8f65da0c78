"""Each opens what the other sealed, live: this client and the browser's engine (client/crosscheck/speak.ts) in one room."""

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attune.headless import invitations, unlocking
from attune.headless.hello import Hello
from attune.headless.identity import Identity
from attune.headless.invitations import Invite, accept, judge_founding, make_invitation, open_invitation, read_fragment
from attune.headless.own import check_own_at
from attune.headless.rooms import Room
from attune.headless.signals import open_signal, seal_signal
from attune.headless.tests.cast import NOW, C, T, Table, X, Y, fields_of, forge, two
from attune.headless.unlocking import from_base64url, to_base64url
from attune.headless.writing import found_own, now_ms, write_assent, write_epoch, write_erasure, write_item, write_leave
from attune.protocol.encoding import decode, encode
from attune.protocol.epochs import Role
from attune.protocol.frames import Drawer, read_frame
from attune.protocol.refusals import Refused

CLIENT = Path(__file__).parents[3] / "client"
NODE = Path(sys.executable).with_name("node")
ORIGIN = "https://a.example"
DAY = 86_400_000
PASSPHRASE = "ocean able  candy drift embrace ﬁve"


class Browser:
    """The browser's engine in a process of its own; `browser.call(...)` is one call of it."""

    def __init__(self) -> None:
        command = [str(NODE), "crosscheck/speak.ts"]
        self.process = subprocess.Popen(command, cwd=CLIENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.setOrigin(ORIGIN)

    def __getattr__(self, call: str) -> Any:
        return lambda *args: self._ask(call, args)

    def _ask(self, call: str, args: tuple[Any, ...]) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"call": call, "args": args}, default=_plain) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline(), object_hook=_revive)
        if "code" in answer:
            raise Refused(answer["code"])
        return answer["value"]

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=10)


def _plain(value: bytes) -> dict[str, str]:
    return {"$": to_base64url(value)}


def _revive(value: dict[str, Any]) -> Any:
    return from_base64url(value["$"]) if value.keys() == {"$"} else value


@pytest.fixture
def browser() -> Iterator[Browser]:
    browser = Browser()
    yield browser
    browser.end()


class Shared:
    """One room in which both have a place, and the frames that a server would hold."""

    def __init__(self, browser: Browser, room: Room) -> None:
        self.browser, self.room, self.sid = browser, room, to_base64url(room.sid)
        self.frames: list[bytes] = []

    def post(self, frame: bytes) -> list[dict[str, Any]]:
        """Both take it; gives what the browser then sees."""
        self.frames.append(frame)
        count = len(self.frames)
        self.room.take_listing([frame], count=count)
        taken = self.browser.take(self.sid, {"after": count - 1, "count": count, "frames": [frame], "held": []})
        assert taken["space"]["alarm"] is None
        views: list[dict[str, Any]] = taken["entries"]
        return views

    def browser_says(self, content: bytes, *, kind: str = "message", drawer: int = 0) -> None:
        item = {"drawer": drawer, "kind": kind, "version": 1, "content": content}
        self.post(self.browser.sealItem(self.sid, item)["frame"])

    def last_here(self) -> bytes:
        item = self.room.open(self.room.log.count)
        assert item is not None
        return item.content


def invited_by_browser(browser: Browser) -> Shared:
    """The browser's therapist, and this client, who came by her link."""
    browser.create()
    link = browser.makeInvitation({"others": [], "policy": [[0, 30]], "expires": now_ms() + DAY, "note": "مرحبا"})
    me = Identity.make()
    terms = open_invitation(link["fragment"], link["record"], now=now_ms())
    assert terms.note.decode() == "مرحبا"
    founding = accept(me, read_fragment(link["fragment"])[0], terms, writer=secrets.token_bytes(8))
    shared = Shared(browser, Room(founding.sid, [me]))
    shared.post(founding.frame)
    return shared


def test_a_room_from_the_browsers_link(browser: Browser):
    browser.create()
    own = browser.foundOwn()
    browser.take(own["sid"], {"after": 0, "count": 1, "frames": [own["frame"]], "held": []})
    link = browser.makeInvitation({"others": [], "policy": [], "expires": now_ms() + DAY, "note": ""})
    noted = browser.sealItem(own["sid"], {"drawer": 2, "kind": "invite", "version": 1, "content": link["item"]})
    browser.take(own["sid"], {"after": 1, "count": 2, "frames": [noted["frame"]], "held": []})
    me = Identity.make()
    secret = read_fragment(link["fragment"])[0]
    founding = accept(me, secret, open_invitation(link["fragment"], link["record"], now=now_ms()), writer=bytes(8))
    shared = Shared(browser, Room(founding.sid, [me]))
    shared.post(founding.frame)
    assert browser.judge(shared.sid)["verdict"] == "invited"
    invites = {invitations.iid_of(secret): invitations.read_invite(link["item"])}
    assert invites[from_base64url(link["iid"])].state == invitations.OPEN


def test_each_reads_the_other(browser: Browser):
    shared = invited_by_browser(browser)
    (view,) = shared.post(write_item(shared.room, "message", encode(["سلام from here"]), drawer=Drawer.TALK))
    assert (view["item"]["state"], view["item"]["content"]) == ("open", encode(["سلام from here"]))
    shared.browser_says(encode(["from the browser"]))
    assert shared.last_here() == encode(["from the browser"])
    shared.post(write_erasure(shared.room, [(2, 2)]))
    assert browser.views(shared.sid, 2, 2)[0]["item"]["state"] == "gone-erased"


def test_epochs_assents_and_past_both_ways(browser: Browser):
    shared = invited_by_browser(browser)
    shared.browser_says(encode(["before"]))
    colleague = Identity.make()
    newcomer = colleague.member(Role.KEEPER)
    place, signature = write_assent(shared.room, newcomer, past=True)
    pid = to_base64url(shared.room.epoch.members[place].pid)
    card = {"sign_pk": colleague.sign_pk, "recv_pk": colleague.recv_pk}
    change = {"do": "add", "card": card, "role": 0, "past": True, "assents": [{"pid": pid, "sig": signature}]}
    shared.post(browser.sealEpoch(shared.sid, change)["frame"])
    theirs = Room(shared.room.sid, [colleague])
    theirs.take_listing(shared.frames, count=len(shared.frames))
    before = theirs.open(2)
    assert before is not None
    assert before.content == encode(["before"])

    other = Identity.make()
    row = other.member(Role.MEMBER)
    to = {"pid": to_base64url(other.pid), "role": 1, "was": None, "past": True}
    given = browser.assent(shared.sid, to)
    assents = [write_assent(shared.room, row, past=True), (1, given["sig"])]
    members = [*theirs.epoch.members, row]
    shared.post(write_epoch(theirs, members, past_for=[other.pid], assents=assents))
    fresh = Browser()
    fresh.openRoot(other.root, None)
    taken = fresh.take(shared.sid, {"after": 0, "count": len(shared.frames), "frames": shared.frames, "held": []})
    fresh.end()
    assert (taken["space"]["alarm"], taken["space"]["epoch"]["past"], taken["entries"][1]["item"]["state"]) == (None, "fits", "open")


def test_the_browser_founds_from_a_link_of_ours(browser: Browser):
    keeper = Identity.make()
    link = make_invitation(keeper, policy=(), expires=now_ms() + DAY, note=b"welcome")
    me = browser.create()
    opened = browser.peek(link.fragment, link.record)
    assert (opened["keeper"], opened["note"]) == (to_base64url(keeper.pid), "welcome")
    founded = browser.foundFrom(link.fragment, link.record)
    room = Room(from_base64url(founded["shared"]["sid"]), [keeper])
    room.take_listing([founded["shared"]["frame"]], count=1)
    invites = {link.iid: Invite(link.secret, (), (), now_ms() + DAY, invitations.OPEN, None)}
    assert judge_founding(room, invites, now=now_ms()) == from_base64url(me["pid"])


def test_records_open_on_both_sides(browser: Browser):
    me = Identity.make()
    own = found_own(me, writer=bytes(8))
    secret = unlocking.stretch(PASSPHRASE, "mary")
    record = unlocking.write_record(secret, kind=1, identity=me, own_sid=own.sid)
    way = {"kind": 1, "login": "mary", "secret": PASSPHRASE}
    assert browser.signInSecret(way)["loginSecret"] == unlocking.login_secret(secret, origin=ORIGIN, login="mary")
    assert browser.openRecord(record, way)["ownSid"] == to_base64url(own.sid)

    code = browser.drawCode()
    assert unlocking.read_code(code["text"]) == code["bytes"]
    method = browser.makeMethod({"kind": 2, "login": "mary", "secret": code["text"]})
    assert unlocking.open_record(code["bytes"], method["record"]).identity.pid == me.pid
    assert method["loginSecret"] == unlocking.login_secret(code["bytes"], origin=ORIGIN, login="mary")


def test_signals_and_the_name_of_a_call(browser: Browser):
    shared = invited_by_browser(browser)
    room = shared.room
    stream = secrets.token_bytes(16)
    heard = browser.hear(shared.sid, seal_signal(room, "typing", encode([]), stream=stream, n=1))
    assert [signal["kind"] for signal in heard["signals"]] == ["typing"]

    hello = Hello(room.sid, room.place[1].pid, room.writer)
    said, calls, n = [hello.announce()], [], 1
    while said:
        n += 1
        heard = browser.hear(shared.sid, seal_signal(room, "hi", said.pop(0), stream=stream, n=n))
        calls += heard["calls"]
        for frame in heard["send"]:
            signal = open_signal(room, frame)
            if signal.kind == "hi":
                said += hello.hear(signal.author, signal.writer, signal.content)
    (call,) = calls
    them = browser.me()
    agreed = hello.call_with(from_base64url(them["pid"]), from_base64url(them["writer"]))
    assert agreed == from_base64url(call["call"])


def test_the_witness_of_the_own_space(browser: Browser):
    shared = invited_by_browser(browser)
    root = browser.rootForDevice()
    own = browser.foundOwn()
    browser.take(own["sid"], {"after": 0, "count": 1, "frames": [own["frame"]], "held": []})
    shared.browser_says(browser.ownAt(shared.sid), kind="own-at")
    me = Identity(root)
    here = Room(from_base64url(own["sid"]), [me])
    here.take_listing([own["frame"]], count=1)
    theirs = Room(shared.room.sid, [me])
    theirs.take_listing(shared.frames, count=len(shared.frames))
    check_own_at(me, theirs, here)


def test_one_form_of_bytes(browser: Browser):
    values: list[Any] = [0, 23, 24, 65_536, 2**53 - 1, None, "", "سلام 🙂", b"", bytes(300), [[[]]]]
    encoded = browser.encode(*values)
    assert encoded == encode(values)
    assert list(decode(encoded)) == browser.decode(encoded)


def test_the_same_verdict_on_what_is_wrong(browser: Browser):
    """Every kind of bad frame, and many with one bit turned: both refuse, and for the same reason."""
    table = two()
    table.post(write_item(table.of(C), "message", b"", drawer=Drawer.TALK, blobs=(bytes(16),), now=NOW))
    table.post(write_item(table.of(T), "message", b"", drawer=Drawer.CARE, now=NOW))
    browser.openRoot(T.root, None)
    listed = {"after": 0, "count": len(table.frames), "frames": table.frames, "held": []}
    sid = to_base64url(table.sid)
    assert browser.take(sid, listed)["space"]["alarm"] is None
    verdicts = set()
    for bad in _bad_frames(table):
        listing = {"after": len(table.frames), "count": len(table.frames) + 1, "frames": [bad], "held": []}
        alarm = browser.take(sid, listing)["space"]["alarm"]
        with pytest.raises(Refused) as refused:
            Room(table.sid, [T]).take_listing([*table.frames, bad], count=len(table.frames) + 1)
        assert (alarm["code"], alarm["seq"]) == (refused.value.code, len(table.frames) + 1)
        verdicts.add(alarm["code"])
    assert verdicts >= {"malformed", "newer", "old-epoch", "not-a-member", "bad-signature", "replay", "order", "fork", "rights", "too-big"}


def test_the_same_verdict_on_an_epoch_that_a_leave_crosses(browser: Browser):
    table = Table((C, Role.MEMBER), (T, Role.KEEPER), (X, Role.MEMBER))
    rows = table.of(T).epoch.members
    crossing = write_epoch(table.of(T), rows, now=NOW)
    replacing = write_epoch(table.of(T), [*rows[:2], Y.member(Role.MEMBER, was=X.pid)], now=NOW)
    table.post(write_leave(table.of(X), now=NOW))
    knowing = write_epoch(table.of(T), rows, now=NOW)
    browser.openRoot(T.root, None)
    sid, count = to_base64url(table.sid), len(table.frames)
    browser.take(sid, {"after": 0, "count": count, "frames": table.frames, "held": []})
    for bad, code in ((crossing, "old-epoch"), (replacing, "old-epoch"), (knowing, "rights")):
        alarm = browser.take(sid, {"after": count, "count": count + 1, "frames": [bad], "held": []})["space"]["alarm"]
        assert alarm == {"code": code, "seq": count + 1}
        with pytest.raises(Refused, match=code):
            table.post(bad)


def _bad_frames(table: Table) -> Iterator[bytes]:
    item = write_item(table.of(C), "message", b"", drawer=Drawer.TALK, now=NOW)
    epoch = write_epoch(table.of(T), table.of(T).epoch.members, now=NOW)
    erasure = write_erasure(table.of(C), [(2, 2)], now=NOW)
    yield forge(C, item, ctl=bytes(32))
    yield forge(C, item, who=7)
    yield forge(C, item, who=1)
    yield forge(C, item, blobs=(bytes(16),))
    yield forge(C, item, blobs=(b"1" * 16, b"1" * 16))
    yield forge(C, item, prev=None)
    yield forge(C, item, seen_seq=0, seen_run=table.sid)
    yield forge(C, item, seen_seq=99)
    yield forge(C, item, seen_run=bytes(32))
    yield forge(C, item, body=bytes(70_000))
    yield forge(C, erasure, ranges=((3, 3),))
    yield forge(C, erasure, ranges=((2, 9),))
    yield forge(C, erasure, ranges=((2, 2), (2, 3)))
    yield forge(C, erasure, body=b"x")
    yield table.frames[1]
    yield write_leave(table.of(T), now=NOW)
    yield forge(T, epoch, body=read_frame(table.frames[0]).whole_body())
    yield write_epoch(table.of(C), table.of(C).epoch.members, now=NOW)
    yield write_epoch(table.of(T), table.of(T).epoch.members[:1], now=NOW)
    yield write_epoch(table.of(T), [*table.of(T).epoch.members, X.member(Role.MEMBER)], now=NOW)
    yield encode([2, *fields_of(item)[1:]])
    for frame in (item, epoch, erasure):
        for at in range(0, len(frame), max(1, len(frame) // 40)):
            yield frame[:at] + bytes([frame[at] ^ 4]) + frame[at + 1 :]
