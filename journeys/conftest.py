"""The furniture of journeys: a server, browsers with camera and microphone, and people who sit at them."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from journeys import media
from journeys.browser import launch, use_our_node
from journeys.person import Person, sit_down
from journeys.server import Server

# A script that runs these tests in its background has all below it ignore Ctrl-C; who catches it hands the default on to what it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


# Workers take files in this order: a long one that begins last is waited for by all.
LONGEST = (
    "test_screens",
    "test_sealed",
    "test_hostile_server",
    "test_lost_and_found",
    "test_daily_mess",
    "test_bad_days",
    "test_several",
    "test_lighthouse",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    use_our_node()
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def therapists_browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = launch(playwright, cast=media.THERAPIST, folder=tmp_path_factory.mktemp("therapist"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def clients_browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = launch(playwright, cast=media.CLIENT, folder=tmp_path_factory.mktemp("client"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Makes servers that nobody has used yet; `settings` are ATTUNE_* names and values."""
    servers: list[Server] = []

    def start(**settings: str) -> Server:
        server = Server(tmp_path_factory.mktemp("server"), settings=settings)
        servers.append(server)
        return server.start()

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def server(fresh: Callable[..., Server]) -> Server:
    """One server for all tests of a file."""
    return fresh()


@pytest.fixture(scope="module")
def people() -> Iterator[list[Person]]:
    """Everybody who came in this file; nobody's page may have complained."""
    came: list[Person] = []
    yield came
    for one in came:
        one.close()


@pytest.fixture(scope="module")
def person(people: list[Person]) -> Callable[..., Person]:
    """Sits somebody down at a browser: `person(browser, url=server.url)`. Lasts as long as the file."""

    def come(browser: Browser, **options: Any) -> Person:
        people.append(sit_down(browser, **options))
        return people[-1]

    return come


@pytest.fixture(scope="session")
def out() -> Path:
    """Where journeys leave pictures and reports."""
    folder = Path(__file__).parent / "out"
    folder.mkdir(exist_ok=True)
    return folder
