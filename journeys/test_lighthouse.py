"""Lighthouse, attached to a Chromium in which somebody is signed in, has nothing to say against sign-in, home and talk."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from journeys import acts
from journeys.browser import FLAGS, chromium, node
from journeys.person import Person
from journeys.server import Server, free_port

LIGHTHOUSE = Path(__file__).parent / "node_modules" / "lighthouse" / "cli" / "index.js"


@pytest.fixture(scope="module")
def house(fresh: Callable[..., Server], person: Callable[..., Person], therapists_browser: Browser) -> tuple[Server, str]:
    """A server and an invitation to it."""
    server = fresh(ATTUNE_TURN="off")
    therapist = person(therapists_browser, url=server.url)
    acts.set_up(therapist, server.set_up_link())
    return server, acts.invite(therapist)


@pytest.fixture(scope="module")
def client(playwright: Playwright, house: tuple[Server, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, int]]:
    """A client in a Chromium's own profile, not in a context beside it, and the port by which Lighthouse drives the same Chromium."""
    port = free_port()
    context = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"), executable_path=chromium(), args=[*FLAGS, f"--remote-debugging-port={port}"], locale="en-GB"
    )
    person = Person(context, url=house[0].url)
    yield person, port
    person.close()


def test_accessibility_and_best_practices_are_full(house: tuple[Server, str], client: tuple[Person, int], out: Path) -> None:
    server, link = house
    person, port = client
    assert lacking(f"{server.url}/app/unlock", port=port, report=out / "lighthouse-sign-in.json") == []
    acts.step_in(person, link)
    acts.open_talk(person)
    acts.write(person, "It rained all night.")
    person.page.goto("about:blank")
    for name, path in (("home", "/app/"), ("talk", "/app/talk")):
        assert lacking(server.url + path, port=port, report=out / f"lighthouse-{name}.json") == []


def lacking(url: str, *, port: int, report: Path) -> list[str]:
    """What keeps the page from 100 in both categories; the report stays in journeys/out."""
    command = [str(node()), str(LIGHTHOUSE), url, f"--port={port}", "--disable-storage-reset", "--preset=desktop", "--quiet"]
    command += [
        "--only-categories=accessibility,best-practices",
        "--disable-full-page-screenshot",
        "--no-enable-error-reporting",
        "--output=json",
        f"--output-path={report}",
    ]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    said = json.loads(report.read_text())
    assert said["finalDisplayedUrl"] == url, "it looked at another page"
    scores = {name: category["score"] for name, category in said["categories"].items()}
    if scores == {"accessibility": 1, "best-practices": 1}:
        return []
    faults = [audit for audit in said["audits"].values() if audit["scoreDisplayMode"] == "binary" and audit["score"] == 0]
    return [str(scores), *(f"{audit['id']}: {audit['title']}" for audit in faults)]
