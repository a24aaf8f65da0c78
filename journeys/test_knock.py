"""She lost her key, and is in her session within a minute by the appointment's link: three presses on the opened page, nothing typed.

Then her room is given back, from now on, once the words that both read have matched; what was said before only after comparing another way.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from journeys import acts, media
from journeys.clock import write_in_the_past
from journeys.person import Person, sit_down
from journeys.server import Server

pytestmark = pytest.mark.calls

WITHIN = 60  # seconds from the opened page to the call
BEFORE = "What I said before I lost my phone."
SIGNED_OUT = "status of 401"  # what a browser says where a session ended: each knock begins another
# A signal that was on its way when the knock was closed: whoever knocked is no member any more.
CLOSED = r"status of 404 \(Not Found\) \S+/signals$"
PRESSES = """
const count = (name) => sessionStorage.setItem(name, Number(sessionStorage.getItem(name)) + 1);
addEventListener('click', event => event.isTrusted && count('presses'), true);
addEventListener('keydown', event => event.isTrusted && count('typed'), true);
"""


@dataclass
class Story:
    server: Server
    therapist: Person
    knocker: Person
    link: str


@pytest.fixture(scope="module")
def story(server: Server, therapists_browser: Browser, clients_browser: Browser) -> Iterator[Story]:
    therapist, client = (sit_down(browser, url=server.url) for browser in (therapists_browser, clients_browser))
    write_in_the_past(client.context)
    acts.set_up(therapist, server.set_up_link())
    acts.step_in(client, acts.invite(therapist))
    acts.open_talk(client)
    acts.write(client, BEFORE)
    acts.open_talk(therapist)
    acts.expect_said(therapist, BEFORE)
    client.close()  # her profile goes with it, and her key
    therapist.page.reload()  # a page that has not heard the old key
    expect(acts.composer(therapist.page)).to_be_visible()
    acts.plan_session(therapist)
    knocker = sit_down(clients_browser, url=server.url)
    knocker.context.add_init_script(PRESSES)
    yield Story(server, therapist, knocker, session_link(therapist))
    therapist.close()
    knocker.close()


def session_link(therapist: Person) -> str:
    """Copied by the therapist from the person's sessions."""
    acts.open_room(therapist, acts.NAMES.client)
    acts.press(therapist.page, "Sessions")
    acts.press(therapist.page, "Copy this session’s link")
    return str(therapist.page.evaluate("navigator.clipboard.readText()"))


def come_in(story: Story, who: Person | None = None) -> tuple[float, int]:
    """From the link to the call: seconds and presses."""
    story.therapist.page.goto("/app/")
    page = (who or story.knocker).page
    page.goto(story.link)
    expect(page.get_by_role("heading", name=re.compile(f"A session with .?{acts.NAMES.therapist}"))).to_be_visible()
    began = time.monotonic()
    acts.press(page, "Knock")
    expect(page.get_by_role("heading", name=re.compile(r"\(not checked\).? will let you in"))).to_be_visible()
    expect(story.therapist.page.get_by_role("heading", name=re.compile("Somebody who says to be .+ is at the door"))).to_be_visible()
    acts.let_in(story.therapist)
    media.expect_session((page, media.THERAPIST))
    return time.monotonic() - began, int(page.evaluate("sessionStorage.getItem('presses')") or 0)


def ask_for_words(story: Story) -> None:
    """The therapist picks the person herself: nobody is chosen for her."""
    keeper = story.therapist.page
    acts.press(keeper, "Give the room back")
    panel = beside(keeper, "Give the room back")
    assert panel.get_by_role("radio", checked=True).count() == 0
    panel.get_by_role("radio", name=re.compile(acts.NAMES.client)).check()
    acts.press(keeper, "Read words to each other")


@pytest.fixture(scope="module")
def between(story: Story, clients_browser: Browser) -> Iterator[Person]:
    """Somebody else who has the link."""
    somebody = sit_down(clients_browser, url=story.server.url)
    somebody.expects(SIGNED_OUT)
    somebody.expects(CLOSED)
    yield somebody
    somebody.close()


def test_whoever_stands_between_two_ends_with_differing_words(story: Story, between: Person) -> None:
    """One who knocks with keys of his own, and relays a voice that reads the words of another call: hers, with him."""
    come_in(story, between)
    ask_for_words(story)
    assert row_read_by(between.page) in rows(story.therapist.page)
    pick(story.therapist.page, "the words that she reads in her call with him")
    expect_differing(story.therapist.page, between.page)
    assert spaces_of(between) == 2


def test_who_knocked_hears_other_words_and_nothing_opens(story: Story, between: Person) -> None:
    """Her own pick protects her, whatever the other side has picked: both screens say it, and in that call there is no second try."""
    come_in(story, between)
    ask_for_words(story)
    expect(beside(between.page, "Give the room back").locator(".aloud")).to_be_visible()
    acts.press(between.page, "I have read them aloud")
    pick(between.page, "None of these")
    expect_differing(story.therapist.page, between.page)
    assert spaces_of(between) == 2


def expect_differing(*pages: Page) -> None:
    for page in pages:
        expect(page.get_by_role("heading", name="You see different words")).to_be_visible()
        expect(page.get_by_role("alert").filter(has_text="Nothing was opened, and the call was ended.")).to_be_visible()
        expect(page.get_by_role("button", name="Mute")).to_be_hidden()


def spaces_of(person: Person) -> int:
    """How many spaces the server lists for somebody: her own, and that of the call, until she is given more."""
    return int(person.page.evaluate("async () => (await (await fetch('/api/spaces')).json()).length"))


def test_from_the_link_to_the_call(story: Story) -> None:
    seconds, presses = come_in(story)
    print(f"knock: {presses} press(es), {seconds:.1f} s to the call")
    media.expect_session((story.therapist.page, media.CLIENT))
    assert seconds < WITHIN
    assert presses <= 3
    assert story.knocker.page.evaluate("sessionStorage.getItem('typed')") is None


def test_not_checked_stands_on_both_screens(story: Story) -> None:
    for page, name in ((story.knocker.page, acts.NAMES.therapist), (story.therapist.page, acts.NAMES.client)):
        expect(page.get_by_text(re.compile(f"{name}.? \\(not checked\\)")).first).to_be_visible()
        expect(page.get_by_text("Whose device that is was not checked").first).to_be_visible()
        expect(page.get_by_text("Only your two devices hear this")).to_have_count(0)


def test_nothing_of_the_room_is_there(story: Story) -> None:
    assert spaces_of(story.knocker) == 2
    appointments = story.knocker.page.evaluate("async () => (await (await fetch('/api/appointments')).json())")
    assert [(one["link"], one["knocks"], one["label"]) for one in appointments] == [(None, [], "")]


def test_a_reload_leads_back_into_the_call(story: Story) -> None:
    story.knocker.page.reload()
    media.expect_session((story.knocker.page, media.THERAPIST))


def beside(page: Page, name: str) -> Locator:
    return page.get_by_role("complementary", name=name)


def test_the_words_match_and_the_room_is_hers_from_now_on(story: Story) -> None:
    keeper, knocker = story.therapist.page, story.knocker.page
    ask_for_words(story)
    heard = row_read_by(knocker)
    expect(beside(keeper, "Give the room back").locator(".aloud")).to_have_count(0)  # her own row stays hidden while she listens
    pick(keeper, heard)
    expect(beside(keeper, "Give the room back").get_by_text(re.compile(f"{acts.NAMES.client}.? has the room back"))).to_be_visible()
    heard = row_read_by(keeper)
    acts.press(knocker, "I have read them aloud")
    expect(beside(knocker, "Give the room back").locator(".aloud")).to_have_count(0)
    pick(knocker, heard)
    expect(knocker.get_by_text("You have your room back, from now on.")).to_be_visible()
    media.expect_session((knocker, media.THERAPIST))


def row_read_by(page: Page) -> str:
    """What somebody reads aloud: the words, without the digits under them."""
    return beside(page, "Give the room back").locator(".aloud [lang=en]").inner_text()


def rows(page: Page) -> list[str]:
    listed = beside(page, "Give the room back").get_by_role("listitem").locator("[lang=en]")
    expect(listed).to_have_count(4)
    return listed.all_inner_texts()


def pick(page: Page, heard: str) -> None:
    """Exactly one of four is what was heard, or none is."""
    at = rows(page).index(heard) if heard in rows(page) else None
    buttons = beside(page, "Give the room back").get_by_role("listitem").get_by_role("button")
    (buttons.last if at is None else buttons.nth(at)).click()


def test_what_was_said_before_is_shut_and_what_is_said_now_is_read(story: Story) -> None:
    acts.end_for_both(story.therapist)
    knocker = story.knocker
    knocker.page.goto("/app/talk")
    expect(acts.composer(knocker.page)).to_be_visible()
    expect(acts.said(knocker.page, BEFORE)).to_have_count(0)
    acts.write(knocker, "From now on.")
    story.therapist.page.goto("/app/")
    acts.open_room(story.therapist, acts.NAMES.client)
    acts.expect_said(story.therapist, "From now on.")
    expect(story.therapist.page.get_by_text("What was said before stays shut to that key")).to_be_visible()
    expect(story.therapist.page.get_by_role("button", name="Give what was said before")).to_have_count(0)


def test_compared_in_the_call_alone_the_past_stays_shut(story: Story) -> None:
    """Whoever relayed the call would have matched too, and may say on her own side what she likes: only the therapist's word opens it."""
    knocker = story.knocker.page
    acts.place(knocker, "You").click()
    acts.press(knocker, "Compare")
    acts.press(knocker, "They match")
    keeper = story.therapist.page
    keeper.reload()
    expect(keeper.get_by_text("a picture in a call can be passed on by somebody in between")).to_be_visible()
    expect(acts.button(keeper, "Give what was said before")).to_be_hidden()
    acts.place(knocker, "Talk").click()
    expect(acts.said(knocker, "From now on.")).to_have_count(1)
    expect(acts.said(knocker, BEFORE)).to_have_count(0)


def test_compared_by_another_way_the_past_is_given_once(story: Story) -> None:
    keeper, knocker = story.therapist.page, story.knocker.page
    acts.press(keeper, "Compare")
    acts.press(keeper, "They match")
    acts.open_room(story.therapist, acts.NAMES.client)
    acts.press(keeper, "Give what was said before")
    acts.expect_said(story.knocker, BEFORE)
    expect(acts.button(keeper, "Give what was said before")).to_be_hidden()
    knocker.reload()
    acts.expect_said(story.knocker, BEFORE)
    acts.expect_said(story.knocker, "From now on.")
    expect(knocker.get_by_role("alert")).to_have_count(0)
