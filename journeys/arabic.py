"""A phone in Arabic: how a page is read and pressed there, and how its browser loses what it kept."""

import json
from typing import Any

from playwright.sync_api import Locator, Page, ViewportSize, expect

from journeys import acts
from journeys.person import Person
from journeys.server import ROOT

ARABIC: dict[str, Any] = {"locale": "ar-LB", "timezone_id": "Asia/Beirut", "viewport": ViewportSize(width=360, height=740)}
WIPE = """async () => {
  const gone = indexedDB.deleteDatabase('attune');
  await new Promise((resolve, reject) => { gone.onsuccess = resolve; gone.onerror = reject; gone.onblocked = reject; });
}"""


def says(area: str, key: str) -> str:
    """A sentence as the Arabic page says it."""
    return str(json.loads((ROOT / "client/src/i18n/messages/ar" / f"{area}.json").read_text())[key])


def place(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name).filter(visible=True).first


def shows(page: Page, key: str, *, area: str = "keys") -> None:
    expect(page.get_by_text(says(area, key)).filter(visible=True).first).to_be_visible()


def lose(who: Person) -> Page:
    """The browser clears the store of a page that is closed; the cookie stays."""
    who.page.goto("/healthz")
    who.page.evaluate(WIPE)
    who.page.goto("/app/")
    return who.page


def by_sheet(page: Page, code: str) -> None:
    page.goto("/app/")
    acts.press(page, says("keys", "have_sheet"))
    type_code(page, code)


def type_code(page: Page, code: str) -> None:
    acts.field(page, says("keys", "typed_code")).fill(code)
    acts.press(page, says("keys", "unlock"))


def by_words(page: Page, login: str, words: str) -> None:
    page.goto("/app/unlock")
    acts.field(page, says("entrance", "login")).fill(login)
    page.get_by_label(says("entrance", "passphrase"), exact=True).fill(words)
    acts.press(page, says("entrance", "unlock"))


def type_told(page: Page, code: str) -> None:
    acts.field(page, says("knock", "told_code")).fill(code)
    acts.press(page, says("knock", "told_go"))
