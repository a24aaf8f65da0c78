"""Headless people who write: rooms full of them, and a writer who does not give up when the server dies under her hands."""

import secrets
import threading
from dataclasses import dataclass, field, replace

import httpx

from attune.headless import kinds, writing
from attune.headless.client import Client
from attune.headless.connection import Declined
from attune.headless.identity import Identity
from attune.headless.rooms import Room
from attune.headless.unlocking import from_base64url, to_base64url
from attune.protocol.frames import Drawer
from journeys.server import Server

DAY = 86_400_000
LOGIN, PASSPHRASE = "noor", "quiet harbour lantern moss window eleven"


def therapist_of(server: Server) -> Client:
    """Sets the server up."""
    therapist = Client(server.url)
    therapist.set_up(server.set_up_link(), name="Noor", login=LOGIN, passphrase=PASSPHRASE)
    return therapist


def therapist_again(server: Server) -> Client:
    """The same therapist in one more browser."""
    therapist = Client(server.url)
    therapist.log_in(LOGIN, PASSPHRASE)
    return therapist


def found_rooms(server: Server, therapist: Client, *, count: int) -> list[tuple[Client, bytes]]:
    """So many clients, each with her room, accepted by the therapist."""
    came = []
    for number in range(count):
        client = Client(server.url)
        sid = client.join(therapist.invite(f"Client {number}"), name=f"Client {number}")
        therapist.refresh()
        therapist.accept_founding(sid)
        client.catch_up(client.room_of[sid])
        came.append((client, sid))
    return came


def change_keys(client: Client, sid: bytes) -> Identity:
    """She, or whoever has her old key, brings new keys into the room."""
    client.refresh()
    room, fresh, was = client.room_of[sid], Identity.make(), client.identity.pid
    new = replace(room.epoch.members[room.place[0]], sign_pk=fresh.sign_pk, recv_pk=fresh.recv_pk, was=was)
    frame = writing.write_epoch(room, [new if row.pid == was else row for row in room.epoch.members])
    client.server.send("POST", f"/api/spaces/{to_base64url(sid)}/entries", {"frame": frame})
    return fresh


def come_with_other_keys(server: Server, link: str, *, name: str) -> str:
    """Steps in by the link, then has new keys. Returns the sid of the room as addresses have it."""
    client = Client(server.url)
    sid = client.join(link, name=name)
    change_keys(client, sid)
    client.close()
    return to_base64url(sid)


def come_long_ago(therapist: Client, *, name: str) -> str:
    """Somebody who stepped in two days ago and has been silent since. Returns her name."""
    client = Client(therapist.server.base)
    client.clock = lambda: writing.now_ms() - 2 * DAY
    client.join(therapist.invite(name), name=name)
    client.close()
    return name


@dataclass(frozen=True)
class Acknowledged:
    """What the server said it has: it may never be lost, moved or doubled from then on."""

    sid: bytes
    iid: bytes
    seq: int
    id: bytes


@dataclass
class Writer:
    """Writes one message after the other into one room until told to stop; sends the same bytes again when no answer came."""

    client: Client
    sid: bytes
    stop: threading.Event
    acknowledged: list[Acknowledged] = field(default_factory=list)
    retries: int = 0
    trouble: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.write(f"words {len(self.acknowledged)}")
        except BaseException as error:
            self.trouble = error
            raise

    def write(self, text: str) -> None:
        room = self.client.room_of[self.sid]
        iid = secrets.token_bytes(16)
        frame = self._seal(room, text, iid=iid)
        while True:
            try:
                answer = self.client.server.send("POST", f"/api/spaces/{to_base64url(self.sid)}/entries", {"frame": frame})
                break
            except (httpx.TransportError, Declined) as refusal:
                if isinstance(refusal, Declined) and refusal.code in ("order", "old-epoch"):
                    self._catch_up(room)
                    frame = self._seal(room, text, iid=iid)
                elif isinstance(refusal, Declined) and refusal.status != 429 and refusal.status < 500:
                    raise
                else:
                    self.retries += 1
                    threading.Event().wait(0.05)
        self.acknowledged.append(Acknowledged(self.sid, iid, answer["seq"], from_base64url(answer["id"])))
        if answer["seq"] == room.log.count + 1:
            room.take(frame)
        else:
            self._catch_up(room)

    def _seal(self, room: Room, text: str, *, iid: bytes) -> bytes:
        return writing.write_item(room, "message", kinds.write_text(text), drawer=Drawer.TALK, iid=iid)

    def _catch_up(self, room: Room) -> None:
        while True:
            try:
                return self.client.catch_up(room)
            except httpx.TransportError:
                threading.Event().wait(0.05)
