"""How to stand on each screen of client/src/screens.json: who has to be there, and the address or the act that leads to it."""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Literal

from playwright.sync_api import Browser, Page, expect

from journeys import acts, scenes
from journeys.person import Person, sit_down
from journeys.scenes import Knocking
from journeys.server import ROOT, Server
from journeys.writers import come_long_ago, come_with_other_keys, therapist_again

Who = Literal["nobody", "client", "therapist", "locked"]


def listed() -> dict[str, dict[str, str]]:
    """The screens by name, as the client lists them."""
    screens = json.loads((ROOT / "client" / "src" / "screens.json").read_text())
    return {screen["name"]: screen for screen in screens}


@dataclass
class World:
    """One server with a therapist, her client and a session about to begin; one more that nobody has set up."""

    server: Server
    empty: Server
    browsers: tuple[Browser, Browser]
    therapist: Person
    client: Person
    locked: Person
    used_link: str
    open_link: str
    set_up_link: str
    empty_link: str
    sid: str
    session: str
    changed: str
    knock_link: str
    knocking: Knocking
    nobodies: list[Person] = field(default_factory=list)

    def nobody(self, server: Server) -> Person:
        """Somebody whose browser holds no key; the same one for every visit to that server."""
        for one in self.nobodies:
            if one.url == server.url:
                return one
        self.nobodies.append(sit_down(self.browsers[1], url=server.url))
        return self.nobodies[-1]

    def everybody(self) -> list[Person]:
        return [self.therapist, self.client, self.locked, self.knocking.knocker, *self.nobodies]


def build_world(fresh: Callable[..., Server], browsers: tuple[Browser, Browser]) -> World:
    server, empty = fresh(), fresh(ATTUNE_TURN="off")
    therapist, client, locked = (sit_down(browser, url=server.url) for browser in (browsers[0], browsers[1], browsers[0]))
    set_up_link = server.set_up_link()
    acts.set_up(therapist, set_up_link)
    used_link = acts.invite(therapist)
    acts.step_in(client, used_link)
    exchange(therapist, client)
    acts.make_sheet(therapist, now=acts.NAMES.passphrase)
    open_link = acts.invite(therapist, names=acts.Names(client="Robin"))
    acts.plan_session(therapist)
    lock_out(locked)
    appointment = therapist.page.evaluate("async () => (await (await fetch('/api/appointments')).json()).at(-1)")
    changed = come_with_other_keys(server, acts.invite(therapist, names=acts.Names(client="Rana")), name="Rana")
    ids = {
        "sid": appointment["space"],
        "session": appointment["id"],
        "changed": changed,
        "knock_link": f"{server.url}/s#{appointment['link']}",
    }
    inviter, number = therapist_again(server), itertools.count()
    knocking = Knocking(
        therapist,
        sit_down(browsers[1], url=server.url),
        link=ids["knock_link"],
        session=ids["session"],
        whose=lambda: come_long_ago(inviter, name=f"Salma {next(number)}"),
    )
    links = used_link, open_link, set_up_link, empty.set_up_link()
    return World(server, empty, browsers, therapist, client, locked, *links, **ids, knocking=knocking)


def exchange(therapist: Person, client: Person) -> None:
    """A few words of both, so that screens have something to show."""
    acts.open_talk(client)
    acts.write(client, "You noticed the pause before I answered. It happened again at lunch.")
    acts.open_talk(therapist)
    acts.write(therapist, "There is no hurry in it. Take the part that is light enough to lift.")
    acts.expect_said(client, "There is no hurry in it.")


def lock_out(person: Person) -> None:
    """The therapist's second browser: signed in once, then locked for good."""
    person.page.goto("/app/unlock")
    acts.field(person.page, "Your sign-in name").fill(acts.NAMES.login)
    acts.unlock(person)
    acts.press(person.page, "Lock")
    expect(acts.button(person.page, "Unlock")).to_be_visible()


@dataclass(frozen=True)
class Visit:
    who: Who
    address: str  # with places for what the world knows: {sid}, {session}, the links
    empty: bool = False  # on the server that nobody has set up
    before: Callable[[Page], AbstractContextManager[None]] = lambda _: nullcontext()  # what is so while the page is loaded
    then: Callable[[Page], AbstractContextManager[None]] = lambda _: nullcontext()  # what is done on it, and undone


VISITS: dict[str, Visit] = {
    "welcome": Visit("nobody", "/app/"),
    "set-up": Visit("nobody", "{empty_link}", empty=True),
    "set-up-used": Visit("nobody", "{set_up_link}"),
    "set-up-away": Visit("nobody", "{empty_link}", empty=True, before=lambda page: scenes.away(page, "**/api/me")),
    "set-up-throttled": Visit("nobody", "{empty_link}", empty=True, then=scenes.set_up_held_up),
    "unlock": Visit("nobody", "/app/unlock"),
    "unlock-by-sheet": Visit("nobody", "/app/unlock/sheet"),
    "locked": Visit("locked", "/app/"),
    "arrival": Visit("nobody", "{open_link}"),
    "arrival-closed": Visit("nobody", "{used_link}"),
    "knock": Visit("nobody", "{knock_link}"),
    "knock-over": Visit("nobody", "/app/s#torn"),
    "knock-away": Visit("nobody", "{knock_link}", before=lambda page: scenes.away(page, "**/api/knocks/door")),
    "knock-throttled": Visit("nobody", "{knock_link}", before=lambda page: scenes.throttled(page, "**/api/knocks/door")),
    "knock-told": Visit("nobody", "/app/s"),
    "room-link": Visit("nobody", "/app/r#torn"),
    "home": Visit("client", "/app/"),
    "talk": Visit("client", "/app/talk"),
    "checking": Visit("client", "/app/talk", before=scenes.in_a_check, then=scenes.so_far),
    "unsend": Visit("client", "/app/talk", then=scenes.unsending_asked),
    "unsent": Visit("client", "/app/talk", then=scenes.unsent),
    "you": Visit("client", "/app/you"),
    "compare": Visit("client", "/app/compare/{sid}"),
    "keep": Visit("client", "/app/keep"),
    "add-passphrase": Visit("client", "/app/passphrase"),
    "sheet": Visit("client", "/app/sheet"),
    "waiting-room": Visit("client", "/app/session/{session}"),
    "session-gone": Visit("client", "/app/session/none"),
    "today": Visit("therapist", "/app/"),
    "people": Visit("therapist", "/app/people"),
    "person": Visit("therapist", "/app/people/{sid}"),
    "changed-key": Visit("therapist", "/app/people/{changed}"),
    "compare-changed": Visit("therapist", "/app/compare/{changed}"),
    "sessions": Visit("therapist", "/app/people/{sid}/sessions", then=scenes.read_out),
    "notes": Visit("therapist", "/app/people/{sid}/notes"),
    "invite": Visit("therapist", "/app/invite"),
    "invite-several": Visit("therapist", "/app/invite/several"),
    "new-session": Visit("therapist", "/app/sessions/new?room={sid}"),
    "session": Visit("therapist", "/app/session/{session}"),
    "you-therapist": Visit("therapist", "/app/you"),
    "sheet-therapist": Visit("therapist", "/app/sheet"),
    "change-passphrase": Visit("therapist", "/app/passphrase"),
    "lost": Visit("nobody", "/app/nowhere"),
}
SCREENS = [*VISITS, *scenes.KNOCK]
IN_CALL = ("session", "give-back", "give-back-pick", "give-back-read", "give-back-matched")


@contextmanager
def standing_on(world: World, screen: str, *, language: str, scheme: Literal["light", "dark"]) -> Iterator[Page]:
    """The page that shows this screen, in this language and light; the session's screen is the call, with the client in it."""
    with walking(world, screen, language=language) if screen in scenes.KNOCK else visiting(world, screen, language=language) as page:
        page.emulate_media(color_scheme=scheme)
        settle(page, language=language, call=screen in IN_CALL)
        yield page


@contextmanager
def walking(world: World, screen: str, *, language: str) -> Iterator[Page]:
    """A screen of a knock: reached from the one before, where that was the last visit."""
    walk = world.knocking
    if screen == scenes.KNOCK[0] or not walk.reached:
        walk.reached = 0
        for person in (walk.therapist, walk.knocker):
            speak(person.page, language)
    yield walk.to(screen)


@contextmanager
def visiting(world: World, screen: str, *, language: str) -> Iterator[Page]:
    visit = VISITS[screen]
    world.knocking.reached = 0
    person = world.nobody(world.empty if visit.empty else world.server) if visit.who == "nobody" else getattr(world, visit.who)
    speak(person.page, language)
    with in_call(world) if screen == "session" else nullcontext(), visit.before(person.page):
        if screen != "session":
            person.page.goto(visit.address.format_map(vars(world)))
        settle(person.page, language=language)
        with visit.then(person.page):
            yield person.page


def speak(page: Page, language: str) -> None:
    """From another page, in a tab that has followed no link: an address that differs in its fragment only would not load anew."""
    page.goto("/healthz")
    page.evaluate("language => { localStorage.setItem('attune.language', language); sessionStorage.clear() }", language)


@contextmanager
def in_call(world: World) -> Iterator[None]:
    """Both are in the session; afterwards the client's page leaves it."""
    world.client.page.goto(f"/app/session/{world.session}")
    world.therapist.page.goto(f"/app/session/{world.session}?let-in")
    yield
    world.client.page.goto("about:blank")
    world.therapist.page.goto("about:blank")


def settle(page: Page, *, language: str, call: bool = False) -> None:
    """Until its heading stands in the right language and nothing is being opened any more."""
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("heading", level=1).first).to_be_attached()
    expect(page.locator(".still, [aria-busy=true]")).to_have_count(0)
    if call:
        expect(page.locator(".controls")).to_be_visible(timeout=30_000)
