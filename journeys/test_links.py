"""What stands behind the # of a link is a secret: it opens the door and stands in no address and no history after that."""

from playwright.sync_api import Browser, expect

from attune.headless.client import Client
from journeys.server import Server
from journeys.until import until


def test_the_secret_of_a_link_leaves_the_address(server: Server, clients_browser: Browser) -> None:
    therapist = Client(server.url)
    therapist.set_up(server.set_up_link(), name="Noor", login="noor", passphrase="copper lantern tidy moth river eleven")
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
