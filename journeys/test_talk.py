"""Words taken back: by keyboard, under a thumb, offline; gone for both, said in their place, and never another's."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, expect

from journeys import acts
from journeys.person import SERVER_AWAY, Person
from journeys.server import Server

UNSENT, WAS_UNSENT = "You unsent this message", "This message was unsent"


@dataclass
class Two:
    therapist: Person
    client: Person


@pytest.fixture(scope="module")
def two(fresh: Callable[..., Server], person: Callable[..., Person], therapists_browser: Browser, clients_browser: Browser) -> Two:
    server = fresh(ATTUNE_TURN="off")
    therapist = person(therapists_browser, url=server.url)
    client = person(clients_browser, url=server.url, viewport={"width": 360, "height": 740}, has_touch=True)
    acts.set_up(therapist, server.set_up_link())
    acts.step_in(client, acts.invite(therapist))
    acts.open_talk(therapist)
    acts.open_talk(client)
    client.expects(SERVER_AWAY)
    return Two(therapist, client)


def unsend_of(person: Person, words: str) -> Locator:
    return person.page.locator(".said").filter(has_text=words).get_by_role("button", name="Unsend")


def say(two: Two, words: str) -> None:
    acts.write(two.client, words)
    acts.expect_said(two.therapist, words)


def test_under_a_thumb(two: Two) -> None:
    say(two, "for somebody else")
    unsend_of(two.client, "for somebody else").tap()
    expect(two.client.page.get_by_role("dialog")).to_contain_text("a copy or a photo stays")
    two.client.page.get_by_role("dialog").get_by_role("button", name="Unsend").tap()
    expect(two.client.page.get_by_text(UNSENT)).to_be_visible()
    expect(two.therapist.page.get_by_text(WAS_UNSENT)).to_be_visible()
    for one in (two.therapist, two.client):
        expect(acts.said(one.page, "for somebody else")).to_have_count(0)


def test_by_keyboard_an_older_one(two: Two) -> None:
    for words in ("the older", "the newer"):
        acts.write(two.therapist, words)
        acts.expect_said(two.client, words)
    page = two.therapist.page
    acts.composer(page).focus()
    page.keyboard.press("Shift+Tab")
    expect(unsend_of(two.therapist, "the newer")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(unsend_of(two.therapist, "the older")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Unsend").press("Enter")
    expect(page.locator(".said").filter(has_text=UNSENT)).to_be_focused()
    expect(acts.said(two.client.page, "the older")).to_have_count(0)
    acts.expect_said(two.client, "the newer")


def test_offline_it_waits_and_goes_once(two: Two) -> None:
    say(two, "too quick")
    gone = two.therapist.page.get_by_text(WAS_UNSENT)
    before = gone.count()
    two.client.context.set_offline(True)
    unsend_of(two.client, "too quick").tap()
    two.client.page.get_by_role("dialog").get_by_role("button", name="Unsend").tap()
    expect(two.client.page.locator(".said").filter(has_text=UNSENT).last).to_contain_text("waiting for the network")
    acts.write(two.client, "never leaves")
    unsend_of(two.client, "never leaves").tap()
    expect(acts.said(two.client.page, "never leaves")).to_have_count(0)
    acts.expect_said(two.therapist, "too quick")
    two.client.context.set_offline(False)
    say(two, "after all that")
    expect(acts.said(two.therapist.page, "too quick")).to_have_count(0)
    expect(gone).to_have_count(before + 1)  # what never left is not even taken back there
    expect(two.client.page.get_by_text("waiting for the network")).to_have_count(0)


def test_never_another_s(two: Two) -> None:
    acts.write(two.therapist, "hers to keep")
    acts.expect_said(two.client, "hers to keep")
    expect(unsend_of(two.client, "hers to keep")).to_have_count(0)
