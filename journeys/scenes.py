"""Screens that take more than an address: a knock, walked from its link to differing words, doors nobody can look at, words taken back.

Whatever is pressed is found by its place and not by its name, as these pages speak every language.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, Route, expect

from journeys.person import Person
from journeys.until import until

# In the order of the walk.
KNOCK = [
    *("knock-waiting", "knock-at-door", "give-back", "give-back-pick", "give-back-read", "give-back-matched"),
    *("words-differ", "words-differ-given"),
]


@dataclass
class Knocking:
    """One knock, a screen after the other. `whose` names somebody whose old key has been silent, for each walk another."""

    therapist: Person
    knocker: Person
    link: str | None  # none: she stands before the door already
    session: str
    whose: Callable[[], str]
    reached: int = 0

    def to(self, screen: str) -> Page:
        """Goes on to this screen from where the walk is, or begins it anew."""
        wanted = KNOCK.index(screen)
        if wanted < self.reached:
            self.reached = 0
        asked = [self._knock, self._come_to_the_door, self._let_in, self._ask_for_words, self._look_at_hers]
        steps = [*asked, self._hear_right, self._hear_wrong, self._see_that_they_differ]
        for step in steps[self.reached : wanted + 1]:
            page = step()
            self.reached += 1
        return page

    def _knock(self) -> Page:
        page = self.knocker.page
        if self.link is not None:
            page.goto("/healthz")
            page.goto(self.link)
        page.locator("main .btn--lamp").click()
        page.wait_for_url("**/session/*")
        return page

    def _come_to_the_door(self) -> Page:
        listed = self.knocker.page.evaluate("async () => (await (await fetch('/api/appointments')).json())")
        self.therapist.page.goto(f"/app/session/{self.session}?knock={listed[0]['space']}")
        expect(self.therapist.page.locator("main .btn--lamp").first).to_be_visible()
        return self.therapist.page

    def _let_in(self) -> Page:
        page = self.therapist.page
        page.locator("main .btn--lamp").first.click()
        for person in (self.therapist, self.knocker):
            expect(person.page.locator(".controls")).to_be_visible(timeout=30_000)
        page.locator(".call__top .btn--small").click()
        page.locator(".side").get_by_role("radio", name=self.whose()).check()
        return page

    def _ask_for_words(self) -> Page:
        """They are asked for once the line is held to what was signed, which the page says until then."""
        side = self.therapist.page.locator(".side")

        def is_asked() -> bool:
            if side.locator(".btn--lamp").count():
                side.locator(".btn--lamp").click()
            return rows_on(self.therapist.page).count() > 0

        until(is_asked, what="four rows are there to pick from", every=0.5)
        return self.therapist.page

    def _look_at_hers(self) -> Page:
        expect(self.knocker.page.locator(".side .aloud")).to_be_visible()
        return self.knocker.page

    def _hear_right(self) -> Page:
        heard = self.knocker.page.locator(".side .aloud [lang=en]").inner_text()
        rows_on(self.therapist.page).filter(has_text=heard).click()
        expect(self.therapist.page.locator(".side .aloud")).to_be_visible()
        return self.therapist.page

    def _hear_wrong(self) -> Page:
        """She has read hers out, and picks nothing of what she hears."""
        self.knocker.page.locator(".side .btn--lamp").click()
        rows_on(self.knocker.page).last.click()
        expect(self.knocker.page.locator(".read[role=alert]")).to_be_visible()
        return self.knocker.page

    def _see_that_they_differ(self) -> Page:
        expect(self.therapist.page.locator(".read[role=alert]")).to_be_visible()
        return self.therapist.page


def rows_on(page: Page) -> Locator:
    return page.locator(".side .rows button")


@contextmanager
def away(page: Page, path: str) -> Iterator[None]:
    """The server does not answer there."""
    with answering(page, path, lambda route: route.abort()):
        yield


@contextmanager
def throttled(page: Page, path: str) -> Iterator[None]:
    """The server has heard enough for a minute."""
    body = json.dumps({"code": "throttled", "message": "too many", "retry_at": int(time.time() * 1000) + 60_000})
    with answering(page, path, lambda route: route.fulfill(status=429, content_type="application/json", body=body)):
        yield


@contextmanager
def answering(page: Page, path: str, answer: Callable[[Route], None]) -> Iterator[None]:
    page.route(path, answer)
    yield
    page.unroute(path)


@contextmanager
def set_up_held_up(page: Page) -> Iterator[None]:
    """All was filled in, and the server asks to wait."""
    with throttled(page, "**/api/set-up"):
        page.locator(".acts .link").last.click()
        for kind, word in {"name": "Noor", "username": "noor", "new-password": "quiet harbour lantern moss window eleven"}.items():
            page.locator(f"input[autocomplete={kind}]").fill(word)
        page.locator("form [type=submit]").click()
        expect(page.locator("form .banner")).to_be_visible()
        yield


@contextmanager
def read_out(page: Page) -> Iterator[None]:
    page.locator("details summary").first.click()
    expect(page.locator("details .code li")).to_have_count(7)
    yield


@contextmanager
def unsending_asked(page: Page) -> Iterator[None]:
    """One's newest words, asked about."""
    page.locator(".unsend--shown").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    yield
    page.keyboard.press("Escape")


@contextmanager
def unsent(page: Page) -> Iterator[None]:
    """Taken back while the server is away, so not from there yet."""
    page.locator("textarea").fill("Not meant for here.")
    page.locator("form [type=submit]").click()
    expect(page.locator(".said--mine:not(.said--waiting)").filter(has_text="Not meant for here.")).to_be_visible()
    with away(page, "**/entries"):
        page.locator(".unsend--shown").click()
        page.get_by_role("dialog").locator(".btn--leave").click()
        expect(page.locator(".said--gone .said__when").last).to_be_visible()
        yield


# What this browser holds of rooms goes; gives the sid of its own space, which stays.
FORGET_ROOMS = """
() => new Promise((done, fail) => {
  const asked = indexedDB.open('attune');
  asked.onerror = fail;
  asked.onsuccess = () => {
    const change = asked.result.transaction(['person', 'frames', 'sealed'], 'readwrite');
    const [frames, sealed, me] = [change.objectStore('frames'), change.objectStore('sealed'), change.objectStore('person').get('me')];
    me.onsuccess = () => {
      const own = me.result.ownSid;
      frames.getAllKeys().onsuccess = ({ target }) => target.result.filter(([sid]) => sid !== own).forEach(key => frames.delete(key));
      const isOfRoom = name => /^(log|stored)[/]/.test(name) && !name.endsWith(own);
      sealed.getAllKeys().onsuccess = ({ target }) => target.result.filter(isOfRoom).forEach(name => sealed.delete(name));
      change.oncomplete = () => { asked.result.close(); done(own); };
    };
  };
})
"""


@contextmanager
def in_a_check(page: Page) -> Iterator[None]:
    """This browser holds no room; a server that gives two entries and then is silent."""
    own = page.evaluate(FORGET_ROOMS)

    def answer(route: Route) -> None:
        url = route.request.url
        if own in url or "after=0&" in url:
            route.continue_(url=url if own in url else re.sub("most=[0-9]+", "most=2", url))

    with answering(page, "**/api/spaces/*/entries?*", answer):
        yield


@contextmanager
def so_far(page: Page) -> Iterator[None]:
    expect(page.get_by_role("progressbar")).to_be_visible()
    yield
