"""The demo: alive within a minute, links that open ready and unlocked, each in its person's language, thrown away at the end."""

import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from journeys.person import SERVER_AWAY, Person
from journeys.server import ATTUNE, Server
from journeys.until import until

ALIVE_WITHIN = 60  # seconds from a built client
LINK = re.compile(r": +(http\S+/r#\S+)  \((\w+)\)")
KNOCK = re.compile(r"^Knock: +(http\S+/s#\S+)", re.MULTILINE)
LANGUAGES = {"Noor": "en", "Alma": "en", "Camille": "fr", "Salma": "ar"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Stopped by the last test of this file; it makes its own folder and ignores ours."""
    return Server(tmp_path_factory.mktemp("demo"), command=(str(ATTUNE), "demo"))


@pytest.fixture(scope="module")
def links(demo: Server) -> dict[str, str]:
    begun = time.monotonic()
    demo.start()
    until(lambda: "Ctrl-C" in demo.tail(), what="all links are printed", seconds=ALIVE_WITHIN)
    assert time.monotonic() - begun < ALIVE_WITHIN
    return {who: link for link, who in LINK.findall(demo.tail())}


def test_each_link_opens_a_room_that_lives(
    demo: Server, links: dict[str, str], person: Callable[..., Person], therapists_browser: Browser, clients_browser: Browser
) -> None:
    assert links.keys() == LANGUAGES.keys()
    for who, link in links.items():
        somebody = person(therapists_browser if who == "Noor" else clients_browser, url=demo.url)
        somebody.expects(SERVER_AWAY)  # it is stopped below
        page = somebody.page
        page.goto(link)
        expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[who])
        expect(page.locator(".invented")).to_be_visible()
        expect(page.get_by_role("main").get_by_text("Alma" if who == "Noor" else re.compile("Noor")).first).to_be_visible()
        assert "#" not in page.url, "the link's secret stays in the address"


def test_a_session_is_about_to_begin(demo: Server, links: dict[str, str], person: Callable[..., Person], clients_browser: Browser) -> None:
    client = person(clients_browser, url=demo.url)
    client.expects(SERVER_AWAY)
    page = client.page
    page.goto(links["Alma"])
    expect(page.get_by_role("button", name="Enter").or_(page.get_by_role("link", name="Enter"))).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Alma")


def test_one_without_a_key_stands_at_its_door(
    demo: Server, links: dict[str, str], person: Callable[..., Person], therapists_browser: Browser, clients_browser: Browser
) -> None:
    noor, knocker = person(therapists_browser, url=demo.url), person(clients_browser, url=demo.url)
    for somebody in (noor, knocker):
        somebody.expects(SERVER_AWAY)
    noor.page.goto(links["Noor"])
    expect(noor.page.get_by_role("heading", name=re.compile("Somebody who says to be .?Alma.? is at the door"))).to_be_visible()
    expect(noor.page.get_by_role("button", name=re.compile(r"Let .?Alma.? \(not checked\).? in"))).to_be_visible()
    found = KNOCK.search(demo.tail())
    assert found, "the link for knocking is not printed"
    knocker.page.goto(found.group(1))
    expect(knocker.page.get_by_role("heading", name=re.compile("A session with .?Noor"))).to_be_visible()


def test_it_is_thrown_away(demo: Server, links: dict[str, str]) -> None:
    assert links
    folders = {path for path in Path(tempfile.gettempdir()).glob("attune-demo-*") if _is_of(path, demo)}
    assert folders, "the demo has a folder of its own"
    started = demo.processes()
    demo.stop()
    until(lambda: not [pid for pid in started if Path(f"/proc/{pid}").exists()], what=f"none of {started} lives on", seconds=10)
    assert not [folder for folder in folders if folder.exists()]


def _is_of(folder: Path, demo: Server) -> bool:
    """Whether one of the demo's processes was told to use this folder."""
    environments = [Path(f"/proc/{pid}/environ").read_bytes() for pid in demo.processes()]
    return any(f"ATTUNE_DATA={folder}\0".encode() in environment for environment in environments)
