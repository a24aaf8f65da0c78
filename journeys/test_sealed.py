"""Nothing that people write is found on the server: a canary in every field of every screen, then everything the server has is searched."""

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from attune.headless.client import Client
from journeys import acts, scenes, visits
from journeys.fields import Crawl
from journeys.person import Person
from journeys.scenes import Knocking
from journeys.search import Canaries, Find, find_in_folder, find_in_memory, find_in_traffic
from journeys.server import Server
from journeys.traffic import Traffic
from journeys.writers import come_long_ago, come_with_other_keys


@dataclass
class Story:
    server: Server
    crawl: Crawl
    therapist: Person
    client: Person
    stranger: Person
    link: str = ""
    wire: dict[str, Traffic] = field(default_factory=dict)

    def everybody(self) -> tuple[Person, ...]:
        return self.therapist, self.client, self.stranger


@pytest.fixture(scope="module")
def story(fresh: Callable[..., Server], person: Callable[..., Person], therapists_browser: Browser, clients_browser: Browser) -> Story:
    server = fresh()
    browsers = therapists_browser, clients_browser, clients_browser
    told = Story(server, Crawl(), *(person(browser, url=server.url) for browser in browsers))
    # Wrong words, an address that nothing is kept at, a server that is away or asks to wait.
    for one in told.everybody():
        one.expects("status of (400|401|404|429)|ERR_FAILED")
    told.wire.update({name: Traffic(getattr(told, name).context) for name in ("therapist", "client", "stranger")})
    return told


def expect_seen(page: Page, word: str) -> None:
    """The word, written by somebody else, stands opened on this page."""
    expect(page.get_by_text(word).filter(visible=True).first).to_be_visible()


def test_every_field_holds_a_canary_and_is_read_by_whom_it_is_meant_for(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(story)
    invite(story)
    acts.make_sheet(story.therapist, now=story.crawl.secret.made["set-up: Your passphrase"])
    invite_several(story)
    step_in(story)
    talk(story)
    take_back(story)
    look_while_it_is_checked(story)
    rename(story)
    say_who_they_are(story)
    notes(story)
    hold_a_session(story)
    compare(story)
    lock_and_unlock(story)
    look_around_as_a_stranger(story)
    knock(story)
    with capsys.disabled():
        print("\nFields per screen:")
        report(story.crawl)
    assert sorted(story.crawl.screens) == sorted(visits.listed()), "screens that are listed and were not crawled, or the other way round"


def set_up(story: Story) -> None:
    page = story.therapist.page
    link = story.server.set_up_link()
    with scenes.away(page, "**/api/me"):
        look_at(story, story.therapist, "set-up-away", path=link)
    expect(acts.button(page, "Use my own")).to_be_visible()  # by itself, once the server answers
    acts.press(page, "Use my own")
    story.crawl.fill(page, "set-up", public=("Your name",))
    with scenes.throttled(page, "**/api/set-up"):
        acts.press(page, "Set up")
        expect(page.get_by_text("Many tries came from your network.")).to_be_visible()
        story.crawl.expect_full(page, "set-up-throttled")
        story.crawl.visit("set-up-throttled")
    acts.press(page, "Set up")
    expect(acts.button(page, "Lock")).to_be_visible()
    screens = {"today": "/app/", "people": "/app/people", "sheet-therapist": "/app/sheet", "change-passphrase": "/app/passphrase"}
    for screen, path in screens.items():
        look_at(story, story.therapist, screen, path=path)


def look_at(story: Story, person: Person, screen: str, *, path: str) -> None:
    """A screen on which there may be nothing to fill; if there is, it is filled."""
    person.page.goto(path)
    expect(person.page.get_by_role("heading", level=1).first).to_be_attached()
    story.crawl.fill(person.page, screen)


def invite(story: Story) -> None:
    page = story.therapist.page
    page.goto("/app/invite")
    expect(acts.button(page, "Invite")).to_be_visible()
    story.crawl.fill(page, "invite")
    page.get_by_role("main").get_by_role("button", name="Invite", exact=True).click()
    acts.press(page, "Copy link")
    story.link = page.evaluate("navigator.clipboard.readText()")
    story.crawl.fill(page, "invite")


def invite_several(story: Story) -> None:
    """Two names of a list, of which one is shown to nobody else."""
    page = story.therapist.page
    page.goto("/app/invite/several")
    expect(acts.button(page, "Invite several")).to_be_visible()
    (name,) = story.crawl.fill(page, "invite-several").values()
    page.get_by_role("main").get_by_role("button", name="Invite several", exact=True).click()
    expect(page.get_by_role("button", name=re.compile(f"^Copy text for .?{name}"))).to_be_visible()
    acts.field(page, "Names, one on each line").fill(story.crawl.secret.word("invite-several: a name that stays a draft"))


def step_in(story: Story) -> None:
    page, made = story.client.page, story.crawl.secret.made
    page.goto(story.link)
    expect(acts.button(page, "Step in")).to_be_visible()
    expect_seen(page, made["invite: Your name, as it will be read"])
    expect_seen(page, made["invite: Your welcome"])
    story.crawl.fill(page, "arrival")
    acts.press(page, "Step in")
    expect(acts.place(page, "Talk")).to_be_visible()
    story.crawl.fill(page, "home")
    for screen, path in {"keep": "/app/keep", "add-passphrase": "/app/passphrase", "sheet": "/app/sheet"}.items():
        look_at(story, story.client, screen, path=path)
    page.goto("/app/")
    expect(acts.place(page, "Talk")).to_be_visible()


def talk(story: Story) -> None:
    """Each writes, and reads the other."""
    client, therapist = story.client.page, story.therapist.page
    acts.place(client, "Talk").click()
    acts.place(therapist, "People").click()
    therapist.get_by_role("main").get_by_role("link", name=story.crawl.secret.made["invite: Name, as you will see it"]).click()
    for page, other, screen in ((client, therapist, "talk"), (therapist, client, "person")):
        expect(acts.composer(page)).to_be_visible()
        (words,) = story.crawl.fill(page, screen).values()
        acts.press(page, "Send")
        expect(acts.said(other, words)).to_have_count(1)


def take_back(story: Story) -> None:
    """What is asked before, and what is left of it while the server is away."""
    for screen, scene in {"unsend": scenes.unsending_asked, "unsent": scenes.unsent}.items():
        with scene(story.client.page):
            story.crawl.fill(story.client.page, screen)


def look_while_it_is_checked(story: Story) -> None:
    """Her browser holds no room any more, and the server gives the log slowly."""
    page = story.client.page
    with scenes.in_a_check(page):
        page.goto("/app/talk")
        with scenes.so_far(page):
            story.crawl.fill(page, "checking")
    page.goto("/app/talk")
    expect(acts.composer(page)).to_be_visible()


def rename(story: Story) -> None:
    """The therapist sees the name that was given at the door, and keeps another."""
    page = story.therapist.page
    acts.press(page, "Rename")
    given = next(word for label, word in story.crawl.secret.made.items() if label.startswith("arrival: "))
    expect_seen(page, given)
    name = story.crawl.fill(page, "person")["Name, as you will see it"]
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect_seen(page, name)


def say_who_they_are(story: Story) -> None:
    for person, screen in ((story.client, "you"), (story.therapist, "you-therapist")):
        acts.place(person.page, "You").click()
        expect(acts.button(person.page, "Keep these words")).to_be_visible()
        story.crawl.fill(person.page, screen)
        acts.press(person.page, "Keep these words")
        expect(person.page.get_by_text("Kept, sealed.")).to_be_visible()
    made = story.crawl.secret.made
    acts.place(story.therapist.page, "People").click()
    story.therapist.page.get_by_role("main").get_by_role("link", name=made["person: Name, as you will see it"]).click()
    acts.press(story.therapist.page, "Rename")
    expect_seen(story.therapist.page, made["you: Your name"])
    story.therapist.page.keyboard.press("Escape")


def notes(story: Story) -> None:
    """One is kept, and one stays a draft."""
    page = story.therapist.page
    acts.press(page, "Notes")
    expect(acts.button(page, "Keep this note")).to_be_visible()
    (words,) = story.crawl.fill(page, "notes").values()
    acts.press(page, "Keep this note")
    expect(page.get_by_role("listitem").filter(has_text=words)).to_have_count(1)
    story.crawl.fill(page, "notes")
    acts.press(page, "Talk")


def compare(story: Story) -> None:
    page = story.therapist.page
    sid = page.evaluate("async () => (await (await fetch('/api/appointments')).json()).at(-1).space")
    look_at(story, story.client, "compare", path=f"/app/compare/{sid}")
    link = acts.invite(story.therapist, names=acts.Names(client=story.crawl.secret.word("changed-key: Name")))
    changed = come_with_other_keys(story.server, link, name=story.crawl.secret.word("changed-key: name given"))
    look_at(story, story.therapist, "changed-key", path=f"/app/people/{changed}")
    expect(page.get_by_text("perhaps another person")).to_be_visible()
    look_at(story, story.therapist, "compare-changed", path=f"/app/compare/{changed}")


def hold_a_session(story: Story) -> None:
    client, therapist, made = story.client.page, story.therapist.page, story.crawl.secret.made
    therapist.goto("/app/sessions/new")
    expect(therapist.get_by_label("Day")).to_be_visible()
    story.crawl.fill(therapist, "new-session")
    acts.plan_session(story.therapist)
    expect(therapist.get_by_role("region", name="Coming")).to_be_visible()
    story.crawl.fill(therapist, "sessions")
    acts.enter(story.client)
    expect_seen(client, made["you-therapist: Your welcome"])
    expect_seen(client, made["you-therapist: Your name"])
    story.crawl.fill(client, "waiting-room")
    therapist.goto("/app/")
    acts.let_in(story.therapist)
    for page, other in ((therapist, client), (client, therapist)):
        expect(acts.button(page, "Beside")).to_be_visible(timeout=30_000)
        acts.press(page, "Beside")
        words = next(word for label, word in story.crawl.fill(page, "session").items() if label.startswith("Write to "))
        acts.press(page, "Send")
        acts.press(other, "Beside") if acts.composer(other).count() == 0 else None
        expect(acts.said(other, words)).to_have_count(1)
        acts.press(other, "Beside")
    acts.end_for_both(story.therapist)
    look_at(story, story.client, "session-gone", path="/app/session/none")


def lock_and_unlock(story: Story) -> None:
    """Wrong words first: they too may stay nowhere."""
    page = story.therapist.page
    page.goto("/app/")
    acts.press(page, "Lock")
    expect(acts.button(page, "Unlock")).to_be_visible()
    story.crawl.fill(page, "locked")
    acts.press(page, "Unlock")
    expect(page.get_by_text("These words do not open it.")).to_be_visible()
    page.get_by_label("Your passphrase").fill(story.crawl.secret.made["set-up: Your passphrase"])
    acts.press(page, "Unlock")
    expect(acts.button(page, "Lock")).to_be_visible()


def look_around_as_a_stranger(story: Story) -> None:
    page = story.stranger.page
    page.goto("/app/unlock")
    expect(acts.button(page, "Unlock")).to_be_visible()
    story.crawl.fill(page, "unlock")
    acts.press(page, "Unlock")
    expect(page.get_by_text("These words do not open it.")).to_be_visible()
    acts.plan_session(story.therapist)
    planned = "async () => (await (await fetch('/api/appointments')).json()).find(one => one.state === 'planned').link"
    places = {
        "knock": f"/app/s#{story.therapist.page.evaluate(planned)}",
        "knock-over": "/app/s#torn",
        "welcome": "/app/",
        "unlock-by-sheet": "/app/unlock/sheet",
        "arrival-closed": story.link,
        "room-link": "/app/r#torn",
        "set-up-used": f"/app/set-up#{'x' * 32}",
        "lost": "/app/nowhere",
    }
    for screen, path in places.items():
        page.goto("about:blank")
        look_at(story, story.stranger, screen, path=path)


def knock(story: Story) -> None:
    """The stranger types what is no code, and is told so on her device; then comes by the link, is let in, and hears other words."""
    page, made = story.stranger.page, story.crawl.secret.made
    page.goto("/app/s#torn")
    acts.press(page, "I was told a session’s code")
    expect(acts.button(page, "To the session")).to_be_visible()
    story.crawl.fill(page, "knock-told")
    acts.press(page, "To the session")
    expect(page.get_by_text("This is no session’s code;")).to_be_visible()
    listed = story.therapist.page.evaluate("async () => (await (await fetch('/api/appointments')).json())")
    session = next(one for one in listed if one["state"] == "planned")
    link = f"{story.server.url}/app/s#{session['link']}"
    for screen, scene in {"knock-away": scenes.away, "knock-throttled": scenes.throttled}.items():
        page.goto("about:blank")
        with scene(page, "**/api/knocks/door"):
            look_at(story, story.stranger, screen, path=link)
    inviter = Client(story.server.url)
    inviter.log_in(story.crawl.public.made["sign-in name"], made["set-up: Your passphrase"])
    name = story.crawl.secret.word("give-back: Name")
    walk = Knocking(story.therapist, story.stranger, link=link, session=session["id"], whose=lambda: come_long_ago(inviter, name=name))
    for screen in scenes.KNOCK:
        story.crawl.fill(walk.to(screen), screen)


def report(crawl: Crawl) -> None:
    for screen, labels in sorted(crawl.screens.items()):
        print(f"  {screen}: {len(labels)} {labels}")


@pytest.fixture(scope="module")
def finds(story: Story) -> dict[str, list[Find]]:
    """One search for all: folder with database and journal, output, wire, memory. By what was looked for: secret, link, public."""
    link = Canaries(accent=False)
    link.stem = story.link.partition("#")[2][:21]  # the first 16 bytes are the secret, the rest is whose link it is
    sought = {"secret": story.crawl.secret, "link": link, "public": story.crawl.public}
    forms = {f"{name}: {form}": needle for name, canaries in sought.items() for form, needle in canaries.needles().items()}
    found = [*find_in_folder(story.server.folder, forms=forms), *find_in_memory(story.server.processes(), forms=forms)]
    for traffic in story.wire.values():
        found += find_in_traffic([*traffic.sent, *traffic.received], forms=forms)
    return {name: [find for find in found if find.form.startswith(f"{name}: ")] for name in sought}


def test_the_server_has_no_word_of_it(story: Story, finds: dict[str, list[Find]]) -> None:
    assert len(story.crawl.secret.made) > 10
    assert finds["secret"] == []


def test_the_secret_of_the_link_never_left_the_browsers(finds: dict[str, list[Find]]) -> None:
    assert finds["link"] == []


def test_the_same_search_finds_what_the_server_may_know(finds: dict[str, list[Find]]) -> None:
    places = {find.place for find in finds["public"]}
    for kind in ("data/attune.sqlite3", "memory of", "request", "answer"):
        assert any(kind in place for place in places), (kind, places)


def test_the_same_search_finds_planted_canaries(story: Story, tmp_path: Path) -> None:
    planted = Canaries()
    for name in ("log", "body", "request"):
        planted.word(name)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "attune.log").write_text(f"2026 ERROR said {json.dumps(planted.made['log'])}\n")
    (tmp_path / "kept").write_bytes(b"head" + gzip.compress(f"a body with {planted.made['body']} in it".encode()) + b"tail")
    story.stranger.expects("status of 4")
    story.stranger.page.goto("/app/")
    story.stranger.page.evaluate(
        "word => fetch('/api/me', { method: 'PATCH', body: btoa(unescape(encodeURIComponent(word))) })", planted.made["request"]
    )
    finds = [*find_in_folder(tmp_path, forms=planted.needles()), *find_in_traffic(story.wire["stranger"].sent, forms=planted.needles())]
    assert {find.place.split(",")[0].split(" http")[0].rsplit("/", 1)[-1] for find in finds} == {"attune.log", "kept", "request PATCH"}
