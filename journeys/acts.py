"""What people do, through the page and by the names that stay put: set up, invite, step in, write, plan a session, enter, let in."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Locator, Page, expect

from journeys.person import Person
from journeys.until import until

ZONE = "Europe/Paris"  # of every person's browser unless a journey says otherwise


@dataclass(frozen=True)
class Names:
    """What is typed when people come in: the therapist's public name and login, and the client as each of the two writes her."""

    therapist: str = "Noor"
    login: str = "noor"
    passphrase: str = "quiet harbour lantern moss window eleven"
    client: str = "Alma"
    client_says: str = "Alma"


NAMES = Names()
STILL_LOOKS = 6
LET_IN = re.compile("^Let .+ in$")


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Presses a button or link by its accessible name, whole unless it is a pattern."""
    button(page, name).click()


def button(page: Page, name: str | re.Pattern[str]) -> Locator:
    exact = isinstance(name, str)
    both = page.get_by_role("button", name=name, exact=exact).or_(page.get_by_role("link", name=name, exact=exact))
    return both.filter(visible=True).first


def place(page: Page, name: str) -> Locator:
    """A place of the house; what is new there is part of its link's name."""
    return page.get_by_role("link", name=re.compile(f"^{name}\\b")).filter(visible=True).first


def field(page: Page, name: str | re.Pattern[str]) -> Locator:
    """Whatever can be typed into, by its label."""
    return page.get_by_role("textbox", name=name, exact=isinstance(name, str)).filter(visible=True).first


def set_up(person: Person, link: str, *, names: Names = NAMES) -> None:
    """Becomes a therapist by a one-time link, with words of her own, and is at home."""
    page = person.page
    page.goto(link)
    press(page, "Use my own")
    field(page, "Your name").fill(names.therapist)
    field(page, "Your sign-in name").fill(names.login)
    page.get_by_label("Your passphrase").fill(names.passphrase)
    press(page, "Set up")
    expect(button(page, "Lock")).to_be_visible()


def unlock(person: Person, *, names: Names = NAMES) -> None:
    """On a browser that knows her; at the page where she is."""
    person.page.get_by_label("Your passphrase").fill(names.passphrase)
    press(person.page, "Unlock")
    expect(button(person.page, "Lock")).to_be_visible()


def invite(therapist: Person, *, names: Names = NAMES) -> str:
    """Makes an invitation and copies its link."""
    page = therapist.page
    page.goto("/app/invite")
    field(page, "Name, as you will see it").fill(names.client)
    press(page, "Invite")
    press(page, "Copy link")
    return str(page.evaluate("navigator.clipboard.readText()"))


def groups_of(page: Page) -> list[str]:
    code = page.get_by_role("list", name="Code in seven groups of four").get_by_role("listitem")
    expect(code).to_have_count(7)
    return [text[1:].strip() for text in code.all_inner_texts()]


def read_back(page: Page, groups: list[str]) -> None:
    """Types the two groups that are asked for, as a hand does."""
    for number, group in enumerate(groups, start=1):
        box = field(page, re.compile(f"^Group .?{number}.?$"))  # the figure stands in an isolate
        if box.count():
            box.fill(f" {group.lower()} ")
    press(page, "Make it a way in")
    expect(page.get_by_role("heading", name="The sheet opens your key")).to_be_visible()


def make_sheet(who: Person, *, now: str = "") -> str:
    """Prints a sheet and proves it; its code. `now` is what opens her room so far."""
    page = who.page
    page.goto("/app/sheet")
    if now:
        page.get_by_label("What opens now").fill(now)
        press(page, "Go on")
    groups = groups_of(page)
    read_back(page, groups)
    return "-".join(groups)


def step_in(client: Person, link: str, *, names: Names = NAMES) -> None:
    """Opens the link, gives a name, presses Step in, and is at home."""
    page = client.page
    page.goto(link)
    field(page, re.compile("call you")).fill(names.client_says)
    press(page, "Step in")
    expect(place(page, "Talk")).to_be_visible()


def open_talk(person: Person) -> None:
    """The client's own place, or for the therapist the room of the one client."""
    page = person.page
    expect(place(page, "You")).to_be_visible()
    if place(page, "People").count():
        open_room(person, NAMES.client)
    else:
        place(page, "Talk").click()
    expect(composer(page)).to_be_visible()


def open_room(therapist: Person, name: str) -> None:
    """A client's page, by the name under which the therapist keeps her."""
    place(therapist.page, "People").click()
    wait_until_still(therapist.page.get_by_role("main").get_by_role("listitem"))
    therapist.page.get_by_role("main").get_by_role("link", name=re.compile(re.escape(name))).filter(visible=True).first.click()
    expect(composer(therapist.page)).to_be_visible()


def wait_until_still(rows: Locator) -> None:
    """A list whose rooms are still being opened sorts itself anew, and would move under the hand."""
    seen: list[list[str]] = []

    def is_still() -> bool:
        seen.append(rows.all_inner_texts())
        return len(seen) >= STILL_LOOKS and all(look == seen[-1] for look in seen[-STILL_LOOKS:])

    until(is_still, what="the list is still")


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^Write to ")).filter(visible=True).first


def write(person: Person, words: str) -> None:
    """Writes and sends where a talk is open; does not wait for the server."""
    composer(person.page).fill(words)
    press(person.page, "Send")
    expect(said(person.page, words)).to_have_count(1)


def said(page: Page, words: str) -> Locator:
    """A message that is shown, as opposed to words still in the composer, or read out to those who listen."""
    return page.locator(".said").get_by_text(words).filter(visible=True)


def expect_said(person: Person, words: str, *, seconds: float = 15) -> None:
    expect(said(person.page, words)).to_have_count(1, timeout=seconds * 1000)


def plan_session(therapist: Person, *, room: str = "", starts_in: timedelta = timedelta(minutes=3), zone: str = ZONE) -> None:
    """Plans a session in a room, by its sid, else with the first client of the list."""
    starts = datetime.now(ZoneInfo(zone)) + starts_in
    page = therapist.page
    page.goto(f"/app/sessions/new?room={room}")
    page.get_by_label("Day").fill(starts.strftime("%Y-%m-%d"))
    page.get_by_label("Time").fill(starts.strftime("%H:%M"))
    press(page, "New session")
    expect(page.get_by_role("button", name="New session")).to_be_hidden()


def enter(client: Person) -> None:
    """From home into the waiting room."""
    client.page.goto("/app/")
    press(client.page, "Enter")
    expect(client.page.get_by_role("heading", name=re.compile("will let you in"))).to_be_visible()


def come_to_the_door(therapist: Person) -> None:
    """By the sessions of the one client to the door of the session, where she is seen waiting; nobody is let in yet."""
    open_room(therapist, NAMES.client)
    press(therapist.page, "Sessions")
    therapist.page.get_by_role("region", name="Coming").get_by_role("link").first.click()
    expect(button(therapist.page, LET_IN)).to_be_visible()


def let_in(therapist: Person) -> None:
    """Presses "Let … in", at home or at the door, and is in the session."""
    press(therapist.page, LET_IN)
    expect(button(therapist.page, "Mute")).to_be_visible()


def end_for_both(therapist: Person) -> None:
    """Ends the session she is in, and is out of it."""
    page = therapist.page
    press(page, "End for both")
    sure = page.get_by_role("dialog").get_by_role("button", name="End for both")
    mute = page.get_by_role("button", name="Mute")
    expect(sure.or_(page.get_by_role("heading", level=1)).first).to_be_visible()
    if sure.count():
        sure.click()
    expect(mute).to_be_hidden()
