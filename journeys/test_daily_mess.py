"""The control to the hostile server: tabs, browsers, lost answers, wrong clocks, old profiles, a dying server. No alarm, nothing lost."""

import os
import random
import re
import shutil
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, Route, expect

from attune.headless.kinds import read_text
from attune.headless.writing import now_ms
from journeys import acts
from journeys.browser import FLAGS, chromium
from journeys.clock import set_clock, wind
from journeys.person import SERVER_AWAY, Person
from journeys.server import Server
from journeys.until import until
from journeys.writers import therapist_again

FULL = os.environ.get("JOURNEY") == "full"
KILLS, MESSAGES = (20, 300) if FULL else (2, 8)
NUMBERED = re.compile(r"\bn\d{4}\b")
# All words on this page, from the first: only a stretch of a long thread is drawn, so it is walked from its end to its beginning.
WALK = """async () => {
  const button = name => [...document.querySelectorAll('.thread button')].find(one => one.textContent === name);
  const drawn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  const words = () => [...document.querySelectorAll('.said')].map(one => [one.dataset.key, one.querySelector('.said__words').innerText]);
  for (let later; later = button('Show what came after'); await drawn()) later.click();
  let all = words();
  for (let older; older = button('Show what came before');) {
    older.click();
    await drawn();
    const here = words();
    all = [...here.slice(0, Math.max(0, here.findIndex(([key]) => key === all[0]?.[0]))), ...all];
  }
  return all.map(([, text]) => text);
}"""
WAITING = "() => document.querySelectorAll('.said--waiting').length"
ALARMS = ".thread .banner, .banner--loud, .said--gone, .acts"


@dataclass
class Mess:
    server: Server
    therapist: Person
    second: Person  # another browser of the therapist
    profile: Path  # of the client's browser
    open_profile: Callable[[], Person]
    client: Person
    other_tab: Page
    written: list[str] = field(default_factory=list)

    def pages(self) -> list[Page]:
        return [self.therapist.page, self.second.page, self.client.page, self.other_tab]

    def next_words(self) -> str:
        self.written.append(f"n{len(self.written):04}")
        return self.written[-1]

    def say(self, page: Page) -> str:
        """Writes and sends; does not wait for the server."""
        words = self.next_words()
        acts.composer(page).fill(words)
        acts.press(page, "Send")
        expect(acts.composer(page)).to_have_value("")
        return words


@pytest.fixture(scope="module")
def profiles(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Callable[[str], Person]]]:
    """The folder of the client's browser, and how that browser is started on it. It is closed by closing the person."""
    folder = tmp_path_factory.mktemp("profile") / "client"
    came: list[Person] = []

    def start(url: str) -> Person:
        context = playwright.chromium.launch_persistent_context(
            folder,
            executable_path=chromium(),
            args=list(FLAGS),
            base_url=url,
            service_workers="block",
            locale="en-GB",
            timezone_id="Europe/Paris",
        )
        wind(context)
        came.append(Person(context, url=url))
        came[-1].expects(SERVER_AWAY)
        came[-1].expects("ERR_FAILED|status of 401")
        return came[-1]

    yield folder, start
    for one in came:
        one.close()


@pytest.fixture(scope="module")
def mess(
    fresh: Callable[..., Server],
    person: Callable[..., Person],
    therapists_browser: Browser,
    profiles: tuple[Path, Callable[[str], Person]],
) -> Mess:
    server = fresh(ATTUNE_TURN="off")
    therapist, second = person(therapists_browser, url=server.url), person(therapists_browser, url=server.url)
    for one in (therapist, second):
        one.expects(SERVER_AWAY)
        one.expects("ERR_FAILED|status of 401")
    acts.set_up(therapist, server.set_up_link())
    profile, start = profiles
    client = start(server.url)
    acts.step_in(client, acts.invite(therapist))
    second.page.goto("/app/unlock")
    acts.field(second.page, "Your sign-in name").fill(acts.NAMES.login)
    acts.unlock(second)
    for one in (therapist, second, client):
        one.page.goto("/app/")
        acts.open_talk(one)
    other_tab = client.new_page()
    other_tab.goto("/app/talk")
    expect(acts.composer(other_tab)).to_be_visible()
    return Mess(server, therapist, second, profile, lambda: start(server.url), client, other_tab)


def shown(page: Page) -> list[str]:
    """The numbered words on this page, from the first; older ones are asked for."""
    return [number for text in page.evaluate(WALK) for number in NUMBERED.findall(text)]


def expect_whole(mess: Mess) -> None:
    """All that was written stands in the log once, in one order on every page, and nobody was told of anything."""
    for page in mess.pages():
        expect(page.locator(".said--waiting")).to_have_count(0, timeout=60_000)
    reader = therapist_again(mess.server)
    (sid,) = (sid for sid in reader.room_of if sid != reader.own_room.sid)
    log = [words for item in reader.messages(sid) for words in NUMBERED.findall(read_text(item.content))]
    assert Counter(log) == Counter(mess.written), "the log has not each once"
    for page in mess.pages():
        until(lambda page=page: shown(page) == log, what=f"{page.url} shows what the log has, in its order", seconds=60)
        expect(page.locator(ALARMS)).to_have_count(0)
    assert reader.alarms == []


def test_two_tabs_and_two_browsers_in_turn_and_at_once(mess: Mess) -> None:
    for page in mess.pages() * 2:
        mess.say(page)
    for page in mess.pages():
        acts.composer(page).fill(mess.next_words())
    for page in mess.pages():
        page.evaluate("() => document.querySelector('form.composer').requestSubmit()")
    expect_whole(mess)


def test_answers_that_get_lost(mess: Mess) -> None:
    lost: list[str] = []

    def lose_every_other(route: Route) -> None:
        answer = route.fetch()
        lost.append(route.request.url)
        if len(lost) % 2:
            route.abort()
        else:
            route.fulfill(response=answer)

    pages = (mess.therapist.page, mess.client.page, mess.other_tab)
    for page in pages:
        page.route(re.compile("/entries$"), lose_every_other)
        mess.say(page)
        mess.say(page)
    until(lambda: not any(page.evaluate(WAITING) for page in pages), what="all got through", seconds=60)
    for page in pages:
        page.unroute_all()
    assert len(lost) > 1, "no answer was lost"
    expect_whole(mess)


def test_a_queue_of_two_days_offline_and_a_clock_that_was_set_back(mess: Mess) -> None:
    mess.client.context.set_offline(True)
    for hours in (-48, -24, -1):
        set_clock(mess.client, hours=hours)
        for page in (mess.client.page, mess.other_tab):
            mess.say(page)
    mess.say(mess.therapist.page)
    expect(mess.client.page.get_by_text("waiting for the network").first).to_be_visible()
    mess.client.context.set_offline(False)
    behind = mess.say(mess.client.page)
    expect(mess.client.page.locator(".said--waiting")).to_have_count(0, timeout=60_000)
    assert hour_of(mess, behind) == pytest.approx(-1, abs=0.2), "the sealing worker kept the true time"
    set_clock(mess.client, hours=0)
    mess.say(mess.client.page)
    expect_whole(mess)


def hour_of(mess: Mess, words: str) -> float:
    """When its author's device says that it was written, in hours from now."""
    reader = therapist_again(mess.server)
    items = (item for sid in reader.room_of for item in reader.messages(sid) if words in read_text(item.content))
    return (next(items).time - now_ms()) / 3_600_000


def test_a_profile_that_was_restored_from_an_older_copy(mess: Mess, tmp_path: Path) -> None:
    """With words in it that were still waiting then, and have gone out since."""
    mess.client.context.set_offline(True)
    mess.say(mess.client.page)
    mess.client.context.close()
    shutil.copytree(mess.profile, tmp_path / "copy", symlinks=True)
    come_back(mess)
    mess.say(mess.client.page)
    mess.say(mess.therapist.page)
    expect_whole(mess)
    mess.client.context.close()
    shutil.rmtree(mess.profile)
    shutil.copytree(tmp_path / "copy", mess.profile, symlinks=True)
    come_back(mess)
    mess.say(mess.client.page)
    expect_whole(mess)


def come_back(mess: Mess) -> None:
    mess.client = mess.open_profile()
    mess.other_tab = mess.client.new_page()
    for page in (mess.client.page, mess.other_tab):
        page.goto("/app/talk")
        expect(acts.composer(page)).to_be_visible()


def test_a_server_that_is_killed_while_all_write(mess: Mess) -> None:
    for _ in range(KILLS):
        words = MESSAGES // KILLS
        dies_at = random.randrange(words // 3, words)
        for number in range(words):
            if number == dies_at:
                death = die_soon(mess.server)
            mess.say(random.choice(mess.pages()))
        death.join()
        mess.server.start()
    expect_whole(mess)


def die_soon(server: Server) -> threading.Timer:
    """Within the next moments, while the pages go on."""
    death = threading.Timer(random.random() / 2, server.kill)
    death.start()
    return death
