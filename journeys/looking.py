"""What can be wrong with a screen whatever it says: axe's rules, sideways scrolling, language, direction, bare keys, an unseen focus."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize

from journeys.server import ROOT
from journeys.until import until

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
SMALL = ViewportSize(width=320, height=640)
MESSAGES = ROOT / "client" / "src" / "i18n" / "messages"
BARE_KEY = re.compile(r"(?<![\w@.\-/])[a-z]+(?:_[a-z]+)+(?![\w@.\-/])|\{[a-z_]+\}")

# Each stop of the Tab key that shows no sign of having the focus: no outline and no ring, neither itself nor what holds it.
FOCUS = """
() => {
  const shows = style => (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const holders = [at, at.parentElement, at.parentElement?.parentElement].filter(Boolean);
  const box = at.getBoundingClientRect();
  const seen = holders.some(one => shows(getComputedStyle(one))) && box.width > 0 && box.height > 0;
  return { seen, what: at.outerHTML.slice(0, 120) };
}
"""
TOO_WIDE = """
() => {
  if (document.documentElement.scrollWidth <= innerWidth) return null;
  const outside = one => one.getBoundingClientRect().right > innerWidth + 1 || one.getBoundingClientRect().left < -1;
  return [...document.body.querySelectorAll('*')].find(outside)?.outerHTML.slice(0, 160) ?? 'the page itself';
}
"""
TEXTS = """
() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (holder.closest('script, style, template') || !holder.checkVisibility()) continue;
    found.push(walker.currentNode.textContent.trim());
  }
  for (const one of document.querySelectorAll('[aria-label], [placeholder], [alt], [title]'))
    for (const name of ['aria-label', 'placeholder', 'alt', 'title']) if (one.getAttribute(name)) found.push(one.getAttribute(name).trim());
  found.push(document.title.trim());
  return found.filter(Boolean);
}
"""


def faults(page: Page, *, language: str) -> list[str]:
    """Everything that is wrong with the screen as it stands, one line each."""
    return [*axe(page), *direction(page, language=language), *untranslated(page, language=language), *unseen_focus(page), *sideways(page)]


def axe(page: Page) -> list[str]:
    """axe's findings: rule, and the first of the elements."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations")
    return [
        f"axe {rule['id']}: {rule['help']}: {node['html'][:160]} {node['any'][:1] and node['any'][0]['message']}"
        for rule in found
        for node in rule["nodes"]
    ]


@contextmanager
def small(page: Page) -> Iterator[None]:
    """At 320 px for the moment of looking."""
    before = page.viewport_size
    page.set_viewport_size(SMALL)
    yield
    if before:
        page.set_viewport_size(before)


def sideways(page: Page) -> list[str]:
    with small(page):
        wide = page.evaluate(TOO_WIDE)
    return [f"scrolls sideways at 320 px: {wide}"] if wide else []


def has_way_out(page: Page) -> bool:
    """Also on a phone: to leave quickly, to lock, or the controls of a call."""
    with small(page):
        return page.locator(".leave-fast, .controls").filter(visible=True).count() > 0


def direction(page: Page, *, language: str) -> list[str]:
    lang, towards = page.evaluate("() => [document.documentElement.lang, getComputedStyle(document.body).direction]")
    wanted = "rtl" if language == "ar" else "ltr"
    return ([] if lang == language else [f"lang is {lang}"]) + ([] if towards == wanted else [f"runs {towards}"])


def untranslated(page: Page, *, language: str) -> list[str]:
    """Bare keys and holes, and whole sentences of another language."""
    texts = page.evaluate(TEXTS)
    bare = [f"a bare key or hole: {text[:80]}" for text in texts if BARE_KEY.search(text)]
    return bare + [f"not {language}: {text[:80]}" for text in texts if language != "en" and text in only_english(language)]


@cache
def only_english(language: str) -> frozenset[str]:
    """English sentences that this language says otherwise."""
    return frozenset(_messages("en") - _messages(language))


def _messages(language: str) -> set[str]:
    return {text for path in (MESSAGES / language).glob("*.json") for text in json.loads(path.read_text()).values() if len(text) > 3}


def unseen_focus(page: Page) -> list[str]:
    """Walks the page with the Tab key, forty stops at most."""
    page.evaluate("() => { document.activeElement?.blur?.(); getSelection()?.removeAllRanges(); }")
    unseen, met = [], set()
    # A screen that takes another's place just then takes the focus away once.
    stop = until(lambda: next_stop(page), what="the Tab key reaches something", seconds=5)
    for _ in range(40):
        if stop is None or (stop["what"] in met and len(met) > 3):
            break
        met.add(stop["what"])
        if not stop["seen"]:
            unseen.append(f"the focus is not seen on {stop['what']}")
        stop = next_stop(page)
    return unseen


def next_stop(page: Page) -> Any:
    page.keyboard.press("Tab")
    return page.evaluate(FOCUS)
