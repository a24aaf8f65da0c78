"""What stands behind the # of a link is a secret: it opens the door and stands in no address and no history after that."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Route, expect

from attune.headless.client import Client
from journeys import acts
from journeys.person import Person
from journeys.scenes import away
from journeys.server import Server
from journeys.until import until


@pytest.fixture(scope="module")
def therapist(server: Server) -> Client:
    noor = Client(server.url)
    noor.set_up(server.set_up_link(), name="Noor", login="noor", passphrase="copper lantern tidy moth river eleven")
    return noor


def test_the_secret_of_a_link_leaves_the_address(server: Server, therapist: Client, clients_browser: Browser) -> None:
    first, second = (therapist.invite(name) for name in ("One", "Two"))
    page = clients_browser.new_page()
    page.goto(first)
    expect(page.get_by_role("textbox")).to_be_visible()
    assert page.evaluate("location.href") == f"{server.url}/app/i"

    # Another link in the same tab is looked at too, a torn one as well.
    path = second.replace("/i#", "/app/i#")
    page.evaluate("path => { location.href = path }", path[:-1])
    expect(page.get_by_role("textbox")).to_be_hidden()
    page.evaluate("path => { location.href = path }", path)
    expect(page.get_by_role("textbox")).to_be_visible()
    until(lambda: page.evaluate("location.href") == f"{server.url}/app/i", what="the address is bare again")
    page.go_back()
    until(lambda: "#" not in page.evaluate("location.href"), what="the history is bare too")
    page.close()


KEPT = "JSON.stringify({...sessionStorage})"  # by the router too


def secret_of(link: str) -> str:
    return link.partition("#")[2]


def test_a_reload_finds_the_link_until_it_has_opened_its_door(
    server: Server, therapist: Client, person: Callable[..., Person], clients_browser: Browser
) -> None:
    first, second = (therapist.invite(name) for name in ("Three", "Four"))
    client = person(clients_browser, url=server.url)
    page = client.page
    page.goto(first)
    expect(page.get_by_role("textbox")).to_be_visible()
    page.evaluate("path => { location.href = path }", second.replace("/i#", "/app/i#"))
    until(lambda: secret_of(second) in page.evaluate(KEPT), what="the newer link is the one that is kept")
    assert secret_of(first) not in page.evaluate(KEPT)

    page.reload()
    expect(page.get_by_role("textbox")).to_be_visible()
    assert page.evaluate("location.href") == f"{server.url}/app/i"
    acts.field(page, re.compile("call you")).fill("Four")
    acts.press(page, "Step in")
    expect(acts.place(page, "Talk")).to_be_visible()
    until(lambda: secret_of(second) not in page.evaluate(KEPT), what="nothing of the link is kept")

    page.go_back()
    expect(page.get_by_role("heading", name="This browser already holds a room")).to_be_visible()
    assert secret_of(second) not in page.evaluate(KEPT)

    late = person(clients_browser, url=server.url).page
    late.goto(second)
    for _ in range(2):
        expect(late.get_by_role("heading", name="used already")).to_be_visible()
        assert secret_of(second) not in late.evaluate(KEPT)
        late.reload()


def test_who_leaves_quickly_leaves_no_link(
    server: Server, therapist: Client, person: Callable[..., Person], clients_browser: Browser
) -> None:
    page = person(clients_browser, url=server.url).page
    page.goto(therapist.invite("Five"))
    expect(page.get_by_role("textbox")).to_be_visible()
    acts.press(page, "Leave quickly")
    page.wait_for_url("about:blank")
    page.goto("/app/i")
    expect(page.get_by_role("heading", name="This link is not whole")).to_be_visible()


def test_a_set_up_link_is_found_by_a_reload_until_it_is_used(
    fresh: Callable[..., Server], person: Callable[..., Person], therapists_browser: Browser
) -> None:
    server = fresh(ATTUNE_TURN="off")
    link = server.set_up_link()
    noor = person(therapists_browser, url=server.url)
    noor.page.goto(link)
    expect(acts.button(noor.page, "Set up")).to_be_visible()
    noor.page.reload()
    expect(acts.button(noor.page, "Set up")).to_be_visible()
    acts.set_up(noor, link)
    until(lambda: secret_of(link) not in noor.page.evaluate(KEPT), what="nothing of the link is kept")


NO_CHANCE = "crypto.getRandomValues = numbers => numbers.fill(0);\n"


def test_words_drawn_twice_among_six_are_shown_like_any(
    fresh: Callable[..., Server], person: Callable[..., Person], clients_browser: Browser
) -> None:
    empty = fresh(ATTUNE_TURN="off")
    noor = person(clients_browser, url=empty.url)

    def equal(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=NO_CHANCE + answer.text())

    noor.context.route(re.compile(r"/worker-[^/]*\.js$"), equal)
    noor.page.goto(empty.set_up_link())
    expect(noor.page.locator(".key-words span")).to_have_text(["abandon"] * 6)


def test_a_room_link_is_found_by_a_reload_until_it_has_opened_the_room(
    server: Server, therapist: Client, person: Callable[..., Person], clients_browser: Browser
) -> None:
    kim = Client(server.url)
    kim.join(therapist.invite("Kim"), name="Kim")
    secret = kim.keep_by_room_link(keeper=therapist.identity.pid)
    client = person(clients_browser, url=server.url)
    client.expects("ERR_FAILED")
    page = client.page
    page.route("**/auth/login", lambda route: route.abort())
    page.goto(f"/r#{secret}")
    expect(acts.button(page, "Try again")).to_be_visible()
    page.unroute("**/auth/login")
    page.reload()
    expect(acts.place(page, "Talk")).to_be_visible()
    until(lambda: secret not in page.evaluate(KEPT), what="nothing of the link is kept")


def test_a_link_that_is_followed_while_the_server_is_away_opens_by_itself_afterwards(
    server: Server, therapist: Client, person: Callable[..., Person], clients_browser: Browser
) -> None:
    kim = Client(server.url)
    sid = kim.join(therapist.invite("Kim, once more"), name="Kim")
    session = {"id": bytes(16), "space": sid, "starts_at": therapist.clock(), "minutes": 50, "way": "video", "label": "Session"}
    knock = therapist.server.send("POST", "/api/appointments", session)["link"]
    client = person(clients_browser, url=server.url)
    client.expects("ERR_FAILED")
    doors = [
        (therapist.invite("Five"), "**/door", acts.button, "Step in"),
        (f"/s#{knock}", "**/api/knocks/door", acts.button, "Knock"),
        (f"/r#{kim.keep_by_room_link(keeper=therapist.identity.pid)}", "**/auth/login", acts.place, "Talk"),
    ]
    for link, path, look, name in doors:
        page = client.new_page()
        with away(page, path):
            page.goto(link)
            expect(page.get_by_text("The server does not answer").first).to_be_visible()
            expect(acts.button(page, "Try again")).to_be_visible()
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(look(page, name)).to_be_visible()
        page.close()
