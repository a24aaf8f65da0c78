"""A therapist with a room for each lie, of which her browser has seen the first words; and what the server is made to say of them."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import expect

from attune.headless import writing
from attune.headless.client import Client
from attune.headless.identity import Identity
from attune.headless.unlocking import to_base64url
from journeys import acts, lies
from journeys.between import Between
from journeys.disk import Disk
from journeys.person import Person
from journeys.server import Server
from journeys.until import until
from journeys.writers import therapist_again

BEFORE, AFTER = ("one", "two"), ("three", "four", "five", "six")
WORDS = BEFORE + AFTER
SEEN = "Seen"  # a room in which the therapist's browser has seen all of it
HOLDS = """async () => {
  const answer = asked => new Promise(resolve => { asked.onsuccess = () => resolve(asked.result) });
  const base = await answer(indexedDB.open('attune'));
  const count = await answer(base.transaction('frames').objectStore('frames').count());
  base.close();
  return count;
}"""


@dataclass(frozen=True)
class Lie:
    """What is done to the room of that name, the sentence that is read there, and the last words that are shown."""

    does: lies.Lie
    says: str
    last: str
    renews: bool = False  # the therapist made a new key between the words
    stops: bool = True


ALL = {
    "Altered": Lie(lies.altered, "alarm_altered", "three"),
    "Dropped": Lie(lies.dropped, "alarm_missing", "three"),
    "Swapped": Lie(lies.swapped, "alarm_missing", "three"),
    "Doubled": Lie(lies.doubled, "alarm_copy", "four"),
    "Copied": Lie(lies.copied, "alarm_misplaced", "four"),
    "Rekeyed": Lie(lies.rekeyed, "alarm_altered", "four"),
    "Added": Lie(lies.added, "alarm_altered", "four"),
    "Rewrapped": Lie(lies.rewrapped, "alarm_altered", "two", renews=True),
    "Reepoched": Lie(lies.reepoched, "alarm_misplaced", "four", renews=True),
    "Befriended": Lie(lies.befriended, "alarm_rights", "six"),
    "Emptied": Lie(lies.emptied, "fault_removed", "six", stops=False),
}
FULL = os.environ.get("JOURNEY") == "full"
SHORT = ("Altered", "Dropped", "Copied", "Added", "Emptied")
LIES = ALL if FULL else {name: ALL[name] for name in SHORT}
STOPS = [name for name, lie in LIES.items() if lie.stops]


@dataclass
class House:
    server: Server
    disk: Disk
    therapist: Person
    alma: Person
    to_therapist: Between
    to_alma: Between
    headless: Client
    fresh: Callable[[], Person]  # one more browser of hers, which holds nothing yet
    rooms: dict[str, tuple[Client, bytes]] = field(default_factory=dict)
    true: dict[bytes, list[bytes]] = field(default_factory=dict)
    early: Path = Path()  # the whole state, from before the later words

    def restart_with(self, change: Callable[[], None]) -> None:
        self.server.stop()
        change()
        self.server.start()


def build_house(server: Server, people: tuple[Person, Person], *, fresh: Callable[[], Person], early: Path) -> House:
    """More was said in all rooms but one while the therapist's browser was locked; Alma's browser has written all of hers."""
    therapist, alma = people
    between = Between(therapist), Between(alma)
    acts.set_up(therapist, server.set_up_link())
    acts.make_sheet(therapist, now=acts.NAMES.passphrase)
    acts.step_in(alma, acts.invite(therapist))
    acts.open_talk(alma)
    here = House(server, Disk(server.data), therapist, alma, *between, therapist_again(server), fresh)
    for name in (*LIES, SEEN):
        here.rooms[name] = come(here, name)
        speak(here, name, WORDS if name == SEEN else BEFORE)
    alma_writes(here, BEFORE)
    for sid in (sid_of_alma(here), here.rooms["Altered"][1]):
        acts.plan_session(therapist, room=to_base64url(sid))
    lock(here)
    here.early = here.disk.keep(early)
    for name, lie in LIES.items():
        if lie.renews:
            renew(here, name)
        speak(here, name, AFTER)
    alma_writes(here, AFTER)
    here.headless.refresh()
    here.true = {sid: here.disk.frames(sid) for sid in here.headless.room_of}
    return here


def come(house: House, name: str) -> tuple[Client, bytes]:
    client = Client(house.server.url)
    sid = client.join(house.headless.invite(name), name=name)
    house.headless.refresh()
    house.headless.accept_founding(sid)
    client.catch_up(client.room_of[sid])
    return client, sid


def speak(house: House, name: str, words: tuple[str, ...]) -> None:
    client, sid = house.rooms[name]
    client.catch_up(client.room_of[sid])
    for word in words:
        client.say(sid, f"{name} {word}")


def alma_writes(house: House, words: tuple[str, ...]) -> None:
    for word in words:
        acts.write(house.alma, f"Alma {word}")
    expect(house.alma.page.locator(".said--waiting")).to_have_count(0)


def renew(house: House, name: str) -> None:
    room = house.headless.room_of[house.rooms[name][1]]
    house.headless.catch_up(room)
    frame = writing.write_epoch(room, room.epoch.members)
    house.headless.server.send("POST", f"/api/spaces/{to_base64url(room.sid)}/entries", {"frame": frame})
    house.headless.catch_up(room)


def lock(house: House) -> None:
    """Once her browser holds all that was said: how far it has seen is written down, for her other browsers."""
    page = house.therapist.page
    page.goto("/app/people")
    house.headless.refresh()
    said = sum(len(house.disk.frames(sid)) for _, sid in house.rooms.values())
    until(lambda: page.evaluate(HOLDS) > said, what="her browser holds all rooms")
    acts.press(page, "Lock")
    expect(acts.button(page, "Unlock")).to_be_visible()


def sid_of_alma(house: House) -> bytes:
    known = {sid for _, sid in house.rooms.values()} | {house.headless.own_room.sid}
    return next(sid for sid in house.headless.room_of if sid not in known)


def tell_lies(house: House) -> None:
    server = Identity.make()
    for name, lie in LIES.items():
        friend, sid = house.rooms[name]
        elsewhere = house.disk.frames(house.rooms[SEEN][1])
        ground = lies.Ground(house.disk.frames(sid), house.headless.room_of[sid], server, elsewhere, friend)
        house.disk.rewrite(sid, lie.does(ground))
    for sid in (house.rooms[SEEN][1], sid_of_alma(house)):
        house.disk.rewrite(sid, house.disk.frames(sid)[:-2])


def stop_lying(house: House) -> None:
    """The frames as they were; what was written meanwhile where nothing had stopped stays."""
    for name, (_, sid) in house.rooms.items():
        known = house.true[sid]
        house.disk.rewrite(sid, known + ([] if name in (*STOPS, SEEN) else house.disk.frames(sid)[len(known) :]))
    house.disk.rewrite(sid_of_alma(house), house.true[sid_of_alma(house)])
