"""She lost her key, and is in her session within a minute by the appointment's link: three presses on the opened page, nothing typed."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Page, expect

from journeys import acts, media
from journeys.person import Person, sit_down
from journeys.server import Server
from journeys.until import until

WITHIN = 60  # seconds from the opened page to the call
PRESSES = """
addEventListener('click', event => event.isTrusted && sessionStorage.setItem('presses', Number(sessionStorage.getItem('presses')) + 1), true);
addEventListener('keydown', event => event.isTrusted && sessionStorage.setItem('typed', Number(sessionStorage.getItem('typed')) + 1), true);
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
    acts.set_up(therapist, server.set_up_link())
    acts.step_in(client, acts.invite(therapist))
    acts.open_talk(client)
    acts.write(client, "What I said before I lost my phone.")
    acts.open_talk(therapist)
    acts.expect_said(therapist, "What I said before I lost my phone.")
    acts.plan_session(therapist)
    client.close()  # her profile goes with it, and her key
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


def test_from_the_link_to_the_call(story: Story) -> None:
    story.therapist.page.goto("/app/")
    page = story.knocker.page
    page.goto(story.link)
    expect(page.get_by_role("heading", name=re.compile(f"A session with .?{acts.NAMES.therapist}"))).to_be_visible()
    began = time.monotonic()
    acts.press(page, "Knock")
    expect(page.get_by_role("heading", name=re.compile(r"\(not checked\).? will let you in"))).to_be_visible()
    expect(story.therapist.page.get_by_role("heading", name=re.compile("Somebody who says to be .+ is at the door"))).to_be_visible()
    acts.let_in(story.therapist)
    media.expect_session(page, of=media.THERAPIST)
    seconds = time.monotonic() - began
    media.expect_session(story.therapist.page, of=media.CLIENT)
    presses = int(page.evaluate("sessionStorage.getItem('presses')") or 0)
    print(f"knock: {presses} press(es), {seconds:.1f} s to the call")
    assert seconds < WITHIN
    assert presses <= 3
    assert page.evaluate("sessionStorage.getItem('typed')") is None


def test_not_checked_stands_on_both_screens(story: Story) -> None:
    for page, name in ((story.knocker.page, acts.NAMES.therapist), (story.therapist.page, acts.NAMES.client)):
        expect(page.get_by_text(re.compile(f"{name}.? \\(not checked\\)")).first).to_be_visible()
        expect(page.get_by_text("Whose device that is was not checked").first).to_be_visible()
        expect(page.get_by_text("Only your two devices hear this")).to_have_count(0)


def test_nothing_of_the_room_is_there(story: Story) -> None:
    listed = story.knocker.page.evaluate("async () => (await (await fetch('/api/spaces')).json()).length")
    assert listed == 2  # her own, and the one of this call
    assert len(story.knocker.page.evaluate("async () => (await (await fetch('/api/appointments')).json())[0].knocks")) == 0


def test_a_reload_leads_back_into_the_call(story: Story) -> None:
    story.knocker.page.reload()
    media.expect_session(story.knocker.page, of=media.THERAPIST)
