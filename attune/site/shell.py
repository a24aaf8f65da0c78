"""The built client, half a megabyte, held in memory and served in front of Django."""

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from attune.site.headers import as_sent, client_csp, security, worker_csp

BASE = "/app"
NOT_BUILT = b"The client is not built yet. Run: make build\n"
_INLINE_SCRIPT = re.compile(rb"<script[^>]*>(.+?)</script>", re.DOTALL)
_ANNOUNCER_STYLE = re.compile(rb'id="svelte-announcer"[^>]*? style="([^"]*)"')
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2", ".wasm": "application/wasm"}
_COMPRESSED = {".br": b"br", ".gz": b"gzip"}

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the client: its headers, and its bytes by encoding (b"" is plain)."""

    etag: bytes
    headers: Headers
    bodies: dict[bytes, bytes]


class Shell:
    """Answers below /app/, hands everything else on. A path without a dot is a page, and every page is the same file."""

    def __init__(self, inner: App, *, build: Path) -> None:
        self.inner = inner
        self.files = _read(build) if (build / "index.html").is_file() else {}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope["path"]
        if path != BASE and not path.startswith(f"{BASE}/"):
            await self.inner(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await _send(send, 405, as_sent({**security(), "Allow": "GET, HEAD"}), b"")
        else:
            await self._serve(scope, send)

    async def _serve(self, scope: dict[str, Any], send: Any) -> None:
        name = scope["path"].removeprefix(BASE).lstrip("/")
        file = self.files.get(name)
        if file is None and not _is_page(name):
            await _send(send, 404, as_sent(security()), b"")
        elif file is None and not self.files:
            await _send(send, 503, as_sent({**security(), "Content-Type": "text/plain"}), NOT_BUILT)
        else:
            await _send_file(file or self.files["index.html"], scope, send)


def _is_page(name: str) -> bool:
    return "." not in name and not name.startswith("_app/")


def _read(build: Path) -> dict[str, File]:
    plain = {path.relative_to(build).as_posix(): path for path in build.rglob("*") if path.is_file() and path.suffix not in _COMPRESSED}
    csp = _page_csp(build)
    return {name: _file(name, path, csp=csp) for name, path in plain.items()}


def _file(name: str, path: Path, *, csp: str) -> File:
    policy = worker_csp() if "workers/" in name and path.suffix == ".js" else csp
    kind = _TYPES.get(path.suffix) or guess_type(path.name)[0] or "application/octet-stream"
    etag = f'"{sha256(path.read_bytes() + policy.encode()).hexdigest()[:32]}"'
    headers = {
        **security(),
        "Content-Type": f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        "Content-Security-Policy": policy,
        "Cache-Control": "public, max-age=31536000, immutable" if "/immutable/" in f"/{name}" else "no-cache",
        "ETag": etag,
        "Vary": "Accept-Encoding",
    }
    return File(etag.encode(), as_sent(headers), _bodies(path))


def _bodies(path: Path) -> dict[bytes, bytes]:
    bodies = {b"": path.read_bytes()}
    for ending, encoding in _COMPRESSED.items():
        packed = path.with_name(path.name + ending)
        if packed.is_file():
            bodies[encoding] = packed.read_bytes()
    return bodies


def _page_csp(build: Path) -> str:
    """SvelteKit starts by an inline script, and its announcer has a style in the JavaScript: both are allowed by their hashes."""
    scripts = _INLINE_SCRIPT.findall((build / "index.html").read_bytes())
    styles = {style for path in build.rglob("*.js") for style in _ANNOUNCER_STYLE.findall(path.read_bytes())}
    return client_csp(script_hashes=_hashes(scripts), style_hashes=_hashes(sorted(styles)))


def _hashes(texts: Iterable[bytes]) -> list[str]:
    return [f"'sha256-{b64encode(sha256(text).digest()).decode()}'" for text in texts]


def _best_encoding(headers: Headers, bodies: dict[bytes, bytes]) -> bytes:
    accepted = next((value for name, value in headers if name == b"accept-encoding"), b"")
    names = {part.split(b";")[0].strip() for part in accepted.split(b",")}
    return next((encoding for encoding in (b"br", b"gzip") if encoding in bodies and encoding in names), b"")


async def _send_file(file: File, scope: dict[str, Any], send: Any) -> None:
    if (b"if-none-match", file.etag) in scope["headers"]:
        await _send(send, 304, file.headers, b"")
        return
    encoding = _best_encoding(scope["headers"], file.bodies)
    body = file.bodies[encoding]
    headers = [*file.headers, (b"content-length", str(len(body)).encode())]
    if encoding:
        headers.append((b"content-encoding", encoding))
    await _send(send, 200, headers, body if scope["method"] == "GET" else b"")


async def _send(send: Any, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
