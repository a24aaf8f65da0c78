"""A browser that keeps nothing for the page, or keeps what only a newer version reads: said in words, on whatever page was asked for."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from journeys.person import Person
from journeys.server import Server

FAILS = "indexedDB.open = () => { throw new DOMException('', 'SecurityError') }"
FAILS_LATER = """indexedDB.open = () => {
  const request = new EventTarget();
  request.error = new DOMException('Internal error.', 'UnknownError');
  setTimeout(() => request.dispatchEvent(new Event('error')));
  return request;
}"""
GONE = "Object.defineProperty(globalThis, 'indexedDB', { value: undefined })"
ALL_BLOCKED = "; ".join(
    f"Object.defineProperty(globalThis, '{name}', {{ get() {{ throw new DOMException('', 'SecurityError') }} }})"
    for name in ("indexedDB", "localStorage", "sessionStorage")
)
SILENT = "indexedDB.open = () => new EventTarget()"
NEWER = """new Promise(resolve => {
  const request = indexedDB.open('attune', 99);
  request.onsuccess = () => { request.result.close(); resolve(null) };
})"""


@pytest.mark.parametrize(
    ("trouble", "path"),
    [
        (FAILS, "/app/"),
        (FAILS, "/app/i#AAAA"),
        (GONE, "/app/people"),
        (FAILS_LATER, "/app/"),
        (ALL_BLOCKED, "/app/i#AAAA"),
        (SILENT, "/app/"),
    ],
    ids=["fails", "fails-at-a-link", "gone", "fails-later", "all-blocked", "silent"],
)
def test_a_browser_that_keeps_nothing(
    server: Server, person: Callable[..., Person], clients_browser: Browser, trouble: str, path: str
) -> None:
    page = person(clients_browser, url=server.url).page
    page.add_init_script(trouble)
    page.goto(path)
    expect(page.get_by_role("heading", name="This browser keeps nothing for this page")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Open the page in an ordinary window")
    expect(page.get_by_role("button", name="Reload")).to_be_visible()


def test_what_a_newer_version_keeps_is_left_alone(server: Server, person: Callable[..., Person], clients_browser: Browser) -> None:
    page = person(clients_browser, url=server.url).page
    page.goto("/healthz")
    page.evaluate(NEWER)
    page.goto("/app/")
    expect(page.get_by_role("heading", name="A newer version of this page was here")).to_be_visible()
