"""What a phone downloads for the first page and for the call page, gzipped, in the worst language; fails above the budget.

Walks Vite's manifest from the entries each page loads over its imports and styles, adds the page itself and
the messages of one language that these pages ask for.
"""

import gzip
import json
import re
import sys
from pathlib import Path

BUDGET_KB = {"first load": 120, "call page": 180}
ROOT = Path(__file__).parent.parent / "client"
OUT = ROOT / ".svelte-kit/output/client"
LANGUAGES = ("en", "fr", "ar")

Manifest = dict[str, dict[str, object]]


def gz(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def closure(manifest: Manifest, keys: list[str]) -> set[str]:
    """Every file that the chunks named by `keys` load at once: themselves, their imports, their styles."""
    files: set[str] = set()
    seen: set[str] = set()
    todo = list(keys)
    while todo:
        key = todo.pop()
        if key in seen:
            continue
        seen.add(key)
        chunk = manifest[key]
        files.add(str(chunk["file"]))
        files.update(chunk.get("css", []))  # type: ignore[arg-type]
        todo.extend(chunk.get("imports", []))  # type: ignore[arg-type]
    return files


def node(manifest: Manifest, route: str) -> str:
    """The manifest's key of a route's page: Kit numbers its nodes anew with each route, so they are found by their source."""
    for key, chunk in manifest.items():
        if key.endswith(route) or str(chunk.get("src", "")).endswith(route):
            return key
    numbered = re.compile(r"client-optimized/nodes/\d+\.js$")
    for key in manifest:
        if numbered.search(key) and route in (ROOT / key).read_text():
            return key
    raise SystemExit(f"size: no page for {route} in Vite's manifest")


def entries(manifest: Manifest) -> list[str]:
    return [key for key, chunk in manifest.items() if chunk.get("isEntry") and "nodes/" not in key and "service-worker" not in key]


def areas(routes: list[str]) -> set[str]:
    """The areas of words that these pages and layouts ask for before they are drawn."""
    sources = [(ROOT / route).with_suffix(".ts") for route in routes]
    asked = [re.findall(r"need\(([^)]*)\)", source.read_text()) for source in sources if source.exists()]
    return {name for calls in asked for call in calls for name in re.findall(r"'(\w+)'", call)}


def messages(manifest: Manifest, language: str, *, of: set[str]) -> int:
    ends = tuple(f"messages/{language}/{area}.json" for area in of)
    return sum(gz(OUT / str(chunk["file"])) for key, chunk in manifest.items() if key.endswith(ends))


def page_kb(manifest: Manifest, routes: list[str]) -> float:
    files = closure(manifest, entries(manifest) + [node(manifest, route) for route in routes])
    code = sum(gz(OUT / file) for file in files) + gz(ROOT / "build/index.html")
    return (code + max(messages(manifest, language, of=areas(routes)) for language in LANGUAGES)) / 1024


def main() -> int:
    manifest: Manifest = json.loads((OUT / ".vite/manifest.json").read_text())
    pages = {
        "first load": ["src/routes/+layout.svelte", "src/routes/(house)/+layout.svelte", "src/routes/(house)/+page.svelte"],
        "call page": ["src/routes/+layout.svelte", "src/routes/session/[id]/+page.svelte"],
    }
    fault = 0
    for name, routes in pages.items():
        kb = page_kb(manifest, routes)
        print(f"size: {name} {kb:.1f} kB gz (at most {BUDGET_KB[name]})")
        fault |= kb > BUDGET_KB[name]
    return fault


if __name__ == "__main__":
    sys.exit(main())
