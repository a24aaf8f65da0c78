"""Somebody at a browser: one context, one page, and everything it complained about."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from journeys.browser import WIDE

PATIENCE = 15_000  # ms that a page may take to show something on a busy machine
expect.set_options(timeout=PATIENCE)
PEERS = (Path(__file__).parent / "peers.js").read_text()
VIOLATIONS = """
addEventListener('securitypolicyviolation', event =>
  console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`));
"""
# What a browser writes into its console when a server is away; only for journeys that take it away.
SERVER_AWAY = (
    r"ERR_(CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE|CONTENT_LENGTH_MISMATCH|INTERNET_DISCONNECTED|SOCKET_NOT_CONNECTED)"
    r"|WebSocket connection to"
)

# A page that is left while its words are on their way leaves the next one to find them in the log: the protocol's own answer.
EVERYDAY = r"status of 409 \(Conflict\) \S+/api/spaces/[^/]+/entries$"


class Person:
    """`page` to act on; `complaints` must be empty at the end; `expects` names those that a bad day brings."""

    def __init__(self, context: BrowserContext, *, url: str, relay_only: bool = False) -> None:
        self.url = url
        self.complaints: list[str] = []
        self.expected = [EVERYDAY]
        self.context = context
        context.grant_permissions(["camera", "microphone", "clipboard-read", "clipboard-write"], origin=url)
        context.set_default_timeout(PATIENCE)
        context.set_default_navigation_timeout(60_000)
        context.add_init_script(f"window.__relay_only = {'true' if relay_only else 'false'};")
        context.add_init_script(PEERS)
        context.add_init_script(VIOLATIONS)
        context.on("weberror", lambda error: self.complaints.append(f"error: {error.error}"))
        context.on("console", self._hear)
        self.page = self.new_page()

    def new_page(self) -> Page:
        return self.context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(
                f"console at {message.page.url if message.page else '?'}: {message.text} {message.location.get('url', '')}"
            )

    def expects(self, pattern: str) -> None:
        """From now on complaints that match are part of the story."""
        self.expected.append(pattern)

    def unexpected(self) -> list[str]:
        return [said for said in self.complaints if not any(re.search(pattern, said) for pattern in self.expected)]

    def close(self) -> None:
        """Closes the browser context; raises AssertionError if a page complained."""
        self.context.close()
        assert self.unexpected() == [], "the pages complained:\n" + "\n".join(self.unexpected())


def sit_down(browser: Browser, *, url: str, relay_only: bool = False, **options: Any) -> Person:
    """A new person with an empty profile; `options` are Playwright's for a context (locale, color_scheme, viewport …)."""
    settings: dict[str, Any] = {"viewport": WIDE, "service_workers": "block", "timezone_id": "Europe/Paris", "locale": "en-GB", **options}
    return Person(browser.new_context(base_url=url, **settings), url=url, relay_only=relay_only)
