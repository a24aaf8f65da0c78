"""Every field of a screen that somebody can write into, found by looking at the page, filled with a word that nobody else writes."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

from journeys.search import Canaries

# Whatever takes typed words, in the open dialog if there is one. Days, hours and choices among given ones hold nothing that was thought up.
FIND = """
() => {
  for (const one of document.querySelectorAll('[data-found]')) delete one.dataset.found;
  const root = document.querySelector('dialog:modal') ?? document;
  return [...root.querySelectorAll('input, textarea, [contenteditable="true"], [role="textbox"]')]
    .filter(one => one.checkVisibility() && !one.readOnly && !one.disabled)
    .filter(one => !['date', 'time', 'checkbox', 'radio', 'button', 'submit', 'range', 'file', 'hidden'].includes(one.type))
    .map((one, place) => {
      one.dataset.found = place;
      const label = one.labels?.[0]?.innerText ?? one.getAttribute('aria-label') ?? one.placeholder ?? '';
      return { place, label: label.trim(), login: one.autocomplete === 'username', value: one.value ?? one.innerText };
    });
}
"""


@dataclass
class Crawl:
    """Fills fields screen by screen. `secret` are words that only people may read, `public` those that the server may know."""

    secret: Canaries = field(default_factory=Canaries)
    public: Canaries = field(default_factory=lambda: Canaries(accent=False))
    screens: dict[str, list[str]] = field(default_factory=dict)

    def fill(self, page: Page, screen: str, *, public: tuple[str, ...] = ()) -> dict[str, str]:
        """Writes a canary into every field that the page shows; gives label → word. `public` names those the server may know.

        Sign-in names are always public. Raises AssertionError when a field does not keep its word.
        """
        words = {}
        for found in page.evaluate(FIND):
            label = found["label"]
            open_to_server = found["login"] or label in public
            word = (self.public if open_to_server else self.secret).word("sign-in name" if found["login"] else f"{screen}: {label}")
            page.locator(f'[data-found="{found["place"]}"]').fill(word)
            words[label] = word
        self.visit(screen, *words)
        self.expect_full(page, screen)
        return words

    def visit(self, screen: str, *labels: str) -> None:
        """Notes that the screen was crawled, and what was found on it."""
        known = self.screens.setdefault(screen, [])
        known += [label for label in labels if label not in known]

    def expect_full(self, page: Page, screen: str) -> None:
        empty = [
            found["label"]
            for found in page.evaluate(FIND)
            if self.secret.stem not in found["value"] and self.public.stem not in found["value"]
        ]
        assert empty == [], f"fields of {screen} that hold no canary: {empty}"
