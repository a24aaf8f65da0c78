"""What a phone must fetch before something can be read: bodies over the wire, gzip, nothing cached, the worst of three languages.

first_load_kb_gz: the larger of the front page and an invitation. call_page_kb_gz: a session's page, opened first of all on that device.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Request, expect, sync_playwright

from bench._figures import Figures
from journeys import acts, media
from journeys.browser import launch, use_our_node
from journeys.person import Person, sit_down
from journeys.server import Server

LANGUAGES = {"en": "en-GB", "fr": "fr-FR", "ar": "ar-LB"}
GZIP = {"Accept-Encoding": "gzip"}
STEP_IN = {"en": "Step in", "fr": "Entrer", "ar": "دخول"}


SHARED_ROOM = """
async () => {
  const [me, rooms] = await Promise.all(['/api/me', '/api/spaces'].map(async path => (await fetch(path)).json()));
  return rooms.find(room => room.sid !== me.person.own_space).sid;
}
"""


class Weight:
    """Bytes of the bodies that one context fetched, as they came over the wire."""

    def __init__(self, person: Person) -> None:
        self.finished: list[Request] = []
        self.person = person
        person.context.on("requestfinished", self._note)
        session = person.context.new_cdp_session(person.page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})

    def _note(self, request: Request) -> None:
        self.finished.append(request)

    def kilobytes(self) -> float:
        return sum(request.sizes()["responseBodySize"] for request in self.finished) / 1024


def settled(page: Page) -> None:
    page.wait_for_load_state("networkidle")


@contextmanager
def house() -> Iterator[tuple[Server, Browser]]:
    """A server with a therapist, and a browser."""
    use_our_node()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "server").start()
        browser = launch(playwright, cast=media.THERAPIST, folder=Path(folder) / "browser")
        try:
            yield server, browser
        finally:
            browser.close()
            server.stop()


def weigh(browser: Browser, server: Server, address: str, *, locale: str) -> float:
    """Kilobytes until the page at `address` has come to rest, in an empty profile."""
    person = sit_down(browser, url=server.url, locale=locale, extra_http_headers=GZIP)
    weight = Weight(person)
    person.page.goto(address)
    settled(person.page)
    expect(person.page.get_by_role("heading", level=1)).to_be_visible()
    kilobytes = weight.kilobytes()
    person.close()
    return kilobytes


def weigh_call_page(browser: Browser, server: Server, link: str, therapist: Person, *, language: str) -> float:
    """Kilobytes of the waiting room for a client whose key is here and whose cache is empty."""
    client = sit_down(browser, url=server.url, locale=LANGUAGES[language], extra_http_headers=GZIP)
    client.page.goto(link)
    client.page.get_by_role("textbox").filter(visible=True).first.fill("Alma")
    acts.press(client.page, STEP_IN[language])
    expect(client.page.get_by_role("navigation").first).to_be_attached()
    acts.plan_session(therapist, room=client.page.evaluate(SHARED_ROOM))
    session = client.page.evaluate("async () => (await (await fetch('/api/appointments')).json()).at(-1).id")
    client.page.goto("about:blank")
    weight = Weight(client)
    client.page.goto(f"/app/session/{session}")
    expect(client.page.get_by_role("heading", level=1)).to_be_visible()
    settled(client.page)
    kilobytes = weight.kilobytes()
    client.close()
    return kilobytes


def main() -> None:
    figures = Figures()
    first, call = {}, {}
    with house() as (server, browser):
        therapist = sit_down(browser, url=server.url)
        acts.set_up(therapist, server.set_up_link())
        acts.make_sheet(therapist, now=acts.NAMES.passphrase)
        for language, locale in LANGUAGES.items():
            link = acts.invite(therapist)
            first[language] = max(weigh(browser, server, address, locale=locale) for address in ("/app/", link))
            call[language] = weigh_call_page(browser, server, link, therapist, language=language)
        therapist.close()
    figures.say("first_load_kb_gz", max(first.values()), unit="KiB", at_most=120)
    figures.say("call_page_kb_gz", max(call.values()), unit="KiB", at_most=180)
    figures.close()


if __name__ == "__main__":
    main()
