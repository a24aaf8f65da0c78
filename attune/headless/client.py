"""A client without a screen: one person, signed in and unlocked, with the rooms that she has checked."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx

from attune.headless import invitations, kinds, own, unlocking, writing
from attune.headless.connection import Connection, Declined, Json, frames_of
from attune.headless.identity import Identity
from attune.headless.rooms import Item, Room
from attune.headless.signals import Heard, Page
from attune.headless.unlocking import from_base64url, to_base64url
from attune.protocol.epochs import Policy
from attune.protocol.frames import Drawer
from attune.protocol.records import PASSPHRASE, ROOM_LINK, read_key_record
from attune.protocol.refusals import Refused

POLICY: Policy = ((0, 0), (1, 0), (2, 0))  # as long as care lasts
MOST_TRIES = 5  # of one append against entries that overtake it


class Client:
    """`room_of[sid]` are the rooms that were listed, `own_room` is one's own space, `alarms` is what a person should be told.

    `clock` gives Unix ms; whoever makes up a history sets another.
    """

    def __init__(self, base: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self.server = Connection(base, transport=transport)
        self.origin: str = self.server.get("/api/me")["origin"]
        self.clock: Callable[[], int] = writing.now_ms
        self.writer = secrets.token_bytes(8)
        self.room_of: dict[bytes, Room] = {}
        self.pages: dict[bytes, Page] = {}
        self.alarms: list[str] = []
        self.identity: Identity
        self.own_room: Room

    # Coming in

    def set_up(
        self, link: str, *, name: str, login: str, passphrase: str, welcome: str = "", language: str = "en", time_zone: str = "UTC"
    ) -> None:
        """Becomes the first therapist of an installation by its set-up link, http://…/set-up#TOKEN."""
        method, record = self._begin(unlocking.stretch(passphrase, login), PASSPHRASE, login)
        self._keep_in_own("unlock", kinds.write_unlock(method["mid"], record))
        self._keep_in_own("profile", kinds.write_profile(kinds.Note(name, welcome)))
        body = {
            "token": link.partition("#")[2],
            "name": name,
            "language": language,
            "time_zone": time_zone,
            "card": self._card(),
            "own": self._own(),
            "method": method,
        }
        self.server.send("POST", "/api/set-up", body)

    def log_in(self, login: str, passphrase: str) -> None:
        """Signs in and unlocks with the passphrase; lists and checks everything. Raises Declined, or Refused for what is not genuine."""
        self._log_in(unlocking.stretch(passphrase, login), login)

    def log_in_by_room_link(self, fragment: str) -> None:
        """The same by a room link, /r#fragment."""
        secret, _ = unlocking.read_room_link(fragment)
        self._log_in(secret, unlocking.room_link_login(secret))

    def sign_in_by_key(self) -> None:
        """A new session for who has no way to unlock but this device."""
        nonce = from_base64url(self.server.get("/api/sign-in")["nonce"])
        signature = self.identity.sign("sign-in", self.origin, nonce, self.identity.pid)
        self.server.send("POST", "/api/sign-in", {"pid": self.identity.pid, "signature": signature})

    def open_door(self, link: str) -> invitations.Terms:
        """What an invitation link, …/i#fragment, offers. Raises Refused, or Declined for an unknown one."""
        fragment = link.partition("#")[2]
        secret, _ = invitations.read_fragment(fragment)
        door = self.server.get(f"/api/invitations/{to_base64url(invitations.iid_of(secret))}/door")
        if door["record"] is None:
            raise Declined(410, door["state"], "this invitation is not open")
        return invitations.open_invitation(fragment, from_base64url(door["record"]), now=self.clock())

    def join(self, link: str, *, name: str, form: int = 0, language: str = "en", time_zone: str = "UTC") -> bytes:
        """Accepts an invitation: founds the room, comes in, says one's name. Returns the sid of the room."""
        terms = self.open_door(link)
        secret, _ = invitations.read_fragment(link.partition("#")[2])
        self._become(Identity.make())
        founding = invitations.accept(self.identity, secret, terms, writer=self.writer, now=self.clock())
        body = {
            "card": self._card(),
            "own": self._own(),
            "shared": {"sid": founding.sid, "frame": founding.frame},
            "language": language,
            "time_zone": time_zone,
        }
        self.server.send("POST", f"/api/invitations/{to_base64url(invitations.iid_of(secret))}/join", body)
        room = self._hold(founding.sid)
        room.take(founding.frame)
        note = kinds.read_note(terms.note)
        self.write(self.own_room, "contact", kinds.Contact(terms.keeper.pid, note.name, sid=room.sid).content(), drawer=Drawer.OWN)
        self.write(self.own_room, "profile", kinds.write_profile(kinds.Note(name, form=form)), drawer=Drawer.OWN)
        self.write(room, "name", kinds.write_name(name, form), drawer=Drawer.CARE)
        return room.sid

    def knock(self, link: str, *, language: str = "en", time_zone: str = "UTC") -> bytes:
        """Comes to a session by its link, …/s#fragment, with new keys. Returns the sid of the space of two, which is no room."""
        secret = from_base64url(link.partition("#")[2])
        card = self.server.send("POST", "/api/knocks/door", {"link": secret})["card"]
        keeper = invitations.read_card(from_base64url(card["sign_pk"]), from_base64url(card["recv_pk"]))
        self._become(Identity.make())
        founding = invitations.knock(self.identity, keeper, writer=self.writer, now=self.clock())
        body = {
            "link": secret,
            "card": self._card(),
            "own": self._own(),
            "shared": {"sid": founding.sid, "frames": [founding.frame]},
            "language": language,
            "time_zone": time_zone,
        }
        self.server.send("POST", "/api/knocks", body)
        self._hold(founding.sid).take(founding.frame)
        return founding.sid

    def say_here(self, sid: bytes) -> None:
        """Stands at the door of the session that leads to this space, for the next 25 seconds. Raises Declined once it is over."""
        session = next((one for one in self.server.get("/api/appointments") if one["space"] == to_base64url(sid)), None)
        if session is None:
            raise Declined(404, "unknown", "no session leads there any more")
        self.server.send("PUT", f"/api/appointments/{session['id']}/here")

    def keep_by_room_link(self, *, keeper: bytes) -> str:
        """Adds a room link as a way in: first the item, which holds the whole record, then the record. Returns the fragment."""
        secret = secrets.token_bytes(16)
        login = unlocking.room_link_login(secret)
        record = unlocking.write_record(secret, kind=ROOM_LINK, identity=self.identity, own_sid=self.own_room.sid)
        mid = read_key_record(record).mid
        self.write(self.own_room, "unlock", kinds.write_unlock(mid, record), drawer=Drawer.OWN)
        method = self._method(secret, record, login)
        self.server.send("PUT", f"/api/records/{to_base64url(mid)}", {key: method[key] for key in method if key != "mid"})
        self._witness_own()
        return unlocking.write_room_link(secret, keeper=keeper)

    # Inviting

    def invite(self, name: str, *, days: int = 14, policy: Policy = POLICY) -> str:
        """An invitation for somebody whom one will see under this name. Returns the link."""
        profile = self.own_room.items("profile")[-1]
        expires = self.clock() + days * 86_400_000
        note = kinds.read_profile(profile.content).content()
        invitation = invitations.make_invitation(self.identity, policy=policy, expires=expires, note=note)
        invite = invitations.Invite(invitation.secret, (), policy, expires, invitations.OPEN, None)
        self.write(self.own_room, "invitee", kinds.write_invitee(invitation.iid, name), drawer=Drawer.OWN)
        self.write(self.own_room, "invite", invite.content(), drawer=Drawer.OWN)
        body = {"iid": invitation.iid, "record": invitation.record, "expires": expires}
        self.server.send("POST", "/api/invitations", body)
        return f"{self.server.base}/i#{invitation.fragment}"

    def accept_founding(self, sid: bytes) -> bytes:
        """Judges a room that somebody founded from one's invitation, and accepts it by a welcome. Returns the newcomer's pid."""
        room = self.room_of[sid]
        invites = invitations.newest_invites(self.own_room)
        pid = invitations.judge_founding(room, invites, now=self.clock())
        proof = room.log.epochs[0].body.proof
        iid = proof[0] if proof else b""
        invite = invites[iid]
        used = invitations.Invite(invite.secret, invite.others, invite.policy, invite.expires, invitations.USED, sid)
        name = dict(kinds.read_invitee(item.content) for item in self.own_room.items("invitee")).get(iid, "")
        self.write(self.own_room, "invite", used.content(), drawer=Drawer.OWN)
        self.write(self.own_room, "contact", kinds.Contact(pid, name, sid=sid).content(), drawer=Drawer.OWN)
        profile = kinds.read_profile(self.own_room.items("profile")[-1].content)
        self.write(room, "welcome", kinds.write_text(profile.welcome), drawer=Drawer.TALK)
        return pid

    # Rooms

    def refresh(self) -> list[bytes]:
        """Lists what is new in all rooms, from the last checked place of each; returns the sids that were new."""
        new = []
        for row in self.server.get("/api/spaces"):
            sid = from_base64url(row["sid"])
            if sid not in self.room_of:
                self._hold(sid)
                new.append(sid)
            self.catch_up(self.room_of[sid])
        return new

    def catch_up(self, room: Room) -> None:
        """Checks what the server has after our last place. Raises Refused; a gap is said only after a second listing."""
        for last in (False, True):
            listing = self.server.get(f"/api/spaces/{to_base64url(room.sid)}/entries", after=room.log.count)
            try:
                room.take_listing(frames_of(listing), count=listing["count"], held=listing["held"])
            except Refused as error:
                if error.code != "gap" or last:
                    raise
            else:
                return

    def messages(self, sid: bytes) -> list[Item]:
        return self.room_of[sid].items("message")

    def say(self, sid: bytes, text: str) -> int:
        """Writes a message; returns its place."""
        return self.write(self.room_of[sid], "message", kinds.write_text(text), drawer=Drawer.TALK)

    def write(self, room: Room, kind: str, content: bytes, *, drawer: Drawer) -> int:
        """Seals an item and appends it; what overtakes it is listed, and it is sealed again with the same iid."""
        iid = secrets.token_bytes(16)
        for _ in range(MOST_TRIES):
            self._drop_who_left(room)
            place = room.log.place_of(room.place[1].pid, iid)
            if place is not None:
                return place[0]
            frame = writing.write_item(room, kind, content, drawer=drawer, iid=iid, now=self.clock())
            if self._append(room, frame):
                return room.log.count
        raise Refused("order", "others write faster than this client can follow")

    def see(self, sid: bytes) -> None:
        """Marks the room as read up to here."""
        self.write(self.own_room, "seen", kinds.write_seen(sid, self.room_of[sid].log.count), drawer=Drawer.OWN)

    def erase(self, sid: bytes, *ranges: tuple[int, int]) -> None:
        room = self.room_of[sid]
        self._append_or_raise(room, writing.write_erasure(room, room.with_edits(ranges), now=self.clock()))

    def leave(self, sid: bytes) -> None:
        room = self.room_of[sid]
        self._append_or_raise(room, writing.write_leave(room, now=self.clock()))

    def note(self, pid: bytes, text: str) -> int:
        """Writes into the notes about a contact, which the first one founds: a space that nobody else is in."""
        contact = next(found for found in reversed(self.contacts()) if found.pid == pid)
        if contact.notes is None:
            contact = replace(contact, notes=self._found_notes())
            self.write(self.own_room, "contact", contact.content(), drawer=Drawer.OWN)
        return self.write(self.room_of[contact.notes or b""], "note", kinds.write_text(text), drawer=Drawer.OWN)

    def contacts(self) -> list[kinds.Contact]:
        """In the order in which they were written; of one pid the newest counts."""
        return [kinds.read_contact(item.content) for item in self.own_room.items("contact")]

    def notes_about(self, sid: bytes) -> list[str]:
        """What was noted about the person of a room, in every space that a contact ever named for it."""
        spaces = dict.fromkeys(contact.notes for contact in self.contacts() if contact.sid == sid and contact.notes)
        return [kinds.read_text(item.content) for space in spaces for item in self.room_of[space].items("note")]

    # The socket

    def signal(self, sid: bytes, kind: str, content: bytes, *, stream: bytes | None = None) -> None:
        self._relay(sid, self.page(sid).send(kind, content, stream=stream))

    def page(self, sid: bytes) -> Page:
        return self.pages.setdefault(sid, Page(self.room_of[sid]))

    def stay_connected(self) -> Iterator[Json | Heard]:
        """Each push as it comes, after its entry was taken, or its signal opened and acknowledged (given as Heard)."""
        for push in self.server.pushes():
            if push["what"] == "entry":
                self._take_pushed(push)
            elif push["what"] == "spaces":
                self.refresh()
            elif push["what"] == "signals":
                yield from self._hear(push)
                continue
            yield push

    def close(self) -> None:
        self.server.close()

    def _found_notes(self) -> bytes:
        founding = writing.found_own(self.identity, writer=self.writer, now=self.clock())
        self._hold(founding.sid).take(founding.frame)
        self.server.send("POST", "/api/spaces", {"sid": founding.sid, "frame": founding.frame})
        return founding.sid

    def _begin(self, secret: bytes, kind: int, login: str) -> tuple[dict[str, Json], bytes]:
        self._become(Identity.make())
        record = unlocking.write_record(secret, kind=kind, identity=self.identity, own_sid=self.own_room.sid)
        return self._method(secret, record, login), record

    def _become(self, identity: Identity) -> None:
        """A new person, with her own space founded, on this side only."""
        founding = writing.found_own(identity, writer=self.writer, now=self.clock())
        self.identity = identity
        self.own_room = self._hold(founding.sid)
        self.own_room.take(founding.frame)

    def _method(self, secret: bytes, record: bytes, login: str) -> dict[str, Json]:
        read = read_key_record(record)
        login_secret = unlocking.login_secret(secret, origin=self.origin, login=login)
        return {"mid": read.mid, "kind": read.kind, "login": login, "login_secret": login_secret, "record": record}

    def _log_in(self, secret: bytes, login: str) -> None:
        password = unlocking.login_secret(secret, origin=self.origin, login=login)
        self.server.send("POST", "/_allauth/browser/v1/auth/login", {"username": login, "password": password})
        person = self.server.get("/api/me")["person"]
        served = self.server.get("/api/records")
        record = next(row["record"] for row in served if row["login"] == login)
        opened = unlocking.open_record(secret, from_base64url(record))
        if to_base64url(opened.identity.pid) != person["pid"] or to_base64url(opened.own_sid) != person["own_space"]:
            raise Refused("altered", "signed in as somebody else than this way in opens")
        self.identity = opened.identity
        self.own_room = self._hold(opened.own_sid)
        self.refresh()
        self._check_ways_in([from_base64url(row["record"]) for row in served])

    def _check_ways_in(self, served: list[bytes]) -> None:
        ways = own.compare_records(self.own_room, served)
        self.alarms += [f"a way in that you did not make: {to_base64url(mid)}" for mid in ways.foreign]
        self.alarms += [f"a way in was lost: {to_base64url(mid)}" for mid in ways.lost]
        for mid in ways.removed:
            self.server.send("DELETE", f"/api/records/{to_base64url(mid)}")
        for room in self.room_of.values():
            own.check_own_at(self.identity, room, self.own_room)

    def _hold(self, sid: bytes) -> Room:
        self.room_of[sid] = Room(sid, [self.identity], writer=self.writer)
        return self.room_of[sid]

    def _card(self) -> dict[str, bytes]:
        return {"sign_pk": self.identity.sign_pk, "recv_pk": self.identity.recv_pk}

    def _own(self) -> dict[str, Json]:
        return {"sid": self.own_room.sid, "frames": [entry.frame.data for entry in self.own_room.log.entries]}

    def _keep_in_own(self, kind: str, content: bytes) -> None:
        self.own_room.take(writing.write_item(self.own_room, kind, content, drawer=Drawer.OWN, now=self.clock()))

    def _witness_own(self) -> None:
        for room in [room for room in self.room_of.values() if room is not self.own_room]:
            self.write(room, "own-at", own.write_own_at(self.identity, room, self.own_room), drawer=Drawer.OWN)

    def _drop_who_left(self, room: Room) -> None:
        """Whoever writes next after a leave first makes an epoch without the leaver."""
        if room.log.left:
            stay = [member for member in room.epoch.members if member.pid not in room.log.left]
            self._append(room, writing.write_epoch(room, stay, now=self.clock()))

    def _append(self, room: Room, frame: bytes) -> bool:
        """Whether the entry stands; if something overtook it, that is listed, and it is to be made again."""
        try:
            self._append_or_raise(room, frame)
        except Declined as error:
            if error.code not in ("old-epoch", "order"):
                raise
            self.catch_up(room)
            return False
        return True

    def _append_or_raise(self, room: Room, frame: bytes) -> None:
        answer = self.server.send("POST", f"/api/spaces/{to_base64url(room.sid)}/entries", {"frame": frame})
        if answer["seq"] == room.log.count + 1:
            room.take(frame)
        else:
            self.catch_up(room)

    def _take_pushed(self, push: Json) -> None:
        room = self.room_of.get(from_base64url(push["space"]))
        if room is None:
            self.refresh()
        elif push["seq"] == room.log.count + 1 and push["frame"] is not None:
            room.take(from_base64url(push["frame"]))
        elif push["seq"] > room.log.count:
            self.catch_up(room)

    def _hear(self, push: Json) -> Iterator[Heard]:
        sid = from_base64url(push["space"])
        for frame in push["frames"]:
            try:
                heard, ack = self.page(sid).hear(from_base64url(frame))
            except Refused as error:
                if error.code == "old-epoch":
                    continue
                raise
            if ack is not None:
                self._relay(sid, ack)
            if heard is not None:
                yield heard

    def _relay(self, sid: bytes, frame: bytes) -> None:
        self.server.send("POST", f"/api/spaces/{to_base64url(sid)}/signals", {"frames": [frame]})
