"""The built client as it is served, on a small build of its own."""

import asyncio
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from attune.site.pool import LARGEST_BODY, Pool
from attune.site.shell import Shell

INLINE = "start()"
ANNOUNCER = 'document.write(`<div id="svelte-announcer" aria-live="assertive" style="position: absolute; left: 0"></div>`)'


@pytest.fixture
def build(tmp_path: Path) -> Path:
    for name, text in {
        "index.html": f"<!doctype html><script>{INLINE}</script>",
        "favicon.svg": "<svg/>",
        "_app/immutable/entry.js": ANNOUNCER,
        "_app/immutable/workers/sealing.js": "work()",
        "service-worker.js": "serve()",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "index.html.br").write_bytes(b"brotli")
    (tmp_path / "index.html.gz").write_bytes(b"gzip")
    return tmp_path


async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def ask(
    app: Any, path: str, *, method: str = "GET", accept: str = "", etag: str = "", body: bytes = b""
) -> tuple[int, dict[str, str], bytes]:
    async def asked() -> tuple[int, dict[str, str], bytes]:
        headers = [(b"accept-encoding", accept.encode()), (b"if-none-match", etag.encode()), (b"host", b"localhost")]
        scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b"", "http_version": "1.1"}
        line = ApplicationCommunicator(app, scope)
        await line.send_input({"type": "http.request", "body": body})
        start, content = await line.receive_output(5), await line.receive_output(5)
        return start["status"], {name.decode().lower(): value.decode() for name, value in start["headers"]}, content["body"]

    return asyncio.run(asked())


def read_csp(header: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (directive.split() for directive in header.split("; "))}


def hash_of(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("path", ["/app", "/app/", "/app/talk", "/app/i", "/app/set-up"])
def test_every_page_is_the_shell(build: Path, path: str) -> None:
    status, headers, body = ask(Shell(elsewhere, build=build), path)
    assert (status, headers["content-type"], headers["cache-control"]) == (200, "text/html; charset=utf-8", "no-cache")
    assert body == (build / "index.html").read_bytes()


@pytest.mark.parametrize("path", ["/app/_app/immutable/gone.js", "/app/_app/gone", "/app/gone.png", "/app/../settings.py"])
def test_a_missing_file_is_never_the_shell(build: Path, path: str) -> None:
    assert ask(Shell(elsewhere, build=build), path)[0] == 404


@pytest.mark.parametrize("path", ["/", "/api/me", "/application", "/healthz"])
def test_what_is_not_the_app_is_elsewhere(build: Path, path: str) -> None:
    assert ask(Shell(elsewhere, build=build), path)[0] == 418


def test_files_that_never_change_are_kept_for_ever(build: Path) -> None:
    shell = Shell(elsewhere, build=build)
    assert "immutable" in ask(shell, "/app/_app/immutable/entry.js")[1]["cache-control"]
    assert ask(shell, "/app/service-worker.js")[1]["cache-control"] == "no-cache"


@pytest.mark.parametrize(("accept", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("gzip;q=0.5", "gzip"), ("", None), ("zstd", None)])
def test_it_is_sent_as_small_as_the_browser_reads(build: Path, accept: str, encoding: str | None) -> None:
    _, headers, body = ask(Shell(elsewhere, build=build), "/app/", accept=accept)
    assert headers.get("content-encoding") == encoding
    assert int(headers["content-length"]) == len(body)


def test_what_the_browser_has_is_not_sent_again(build: Path) -> None:
    shell = Shell(elsewhere, build=build)
    etag = ask(shell, "/app/")[1]["etag"]
    assert ask(shell, "/app/", etag=etag)[::2] == (304, b"")
    assert ask(shell, "/app/", etag='"another"')[0] == 200


def test_head_sends_no_body_and_nothing_is_written_here(build: Path) -> None:
    shell = Shell(elsewhere, build=build)
    assert ask(shell, "/app/", method="HEAD")[::2] == (200, b"")
    assert ask(shell, "/app/", method="POST")[0] == 405


def test_not_built_it_says_what_to_do(tmp_path: Path) -> None:
    status, _, body = ask(Shell(elsewhere, build=tmp_path), "/app/")
    assert (status, b"make build" in body) == (503, True)


def test_the_policy_of_pages(build: Path) -> None:
    csp = read_csp(ask(Shell(elsewhere, build=build), "/app/")[1]["content-security-policy"])
    assert csp == {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "script-src": ["'self'", hash_of(INLINE)],
        "worker-src": ["'self'"],
        "style-src": ["'self'"],
        "style-src-attr": ["'unsafe-hashes'", hash_of("position: absolute; left: 0")],
        "img-src": ["'self'", "data:", "blob:"],
        "media-src": ["'self'", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["svelte-trusted-html", "sveltekit-trusted-url", "attune-worker"],
    }


def test_webassembly_is_for_the_worker_alone(build: Path) -> None:
    shell = Shell(elsewhere, build=build)
    worker = read_csp(ask(shell, "/app/_app/immutable/workers/sealing.js")[1]["content-security-policy"])
    assert worker["script-src"] == ["'self'", "'wasm-unsafe-eval'"]
    assert "connect-src" not in worker  # so it is default-src: 'none'
    for path in ("/app/", "/app/_app/immutable/entry.js", "/app/service-worker.js"):
        assert "wasm" not in ask(shell, path)[1]["content-security-policy"]


@pytest.mark.parametrize("path", ["/app/", "/app/favicon.svg", "/nothing"])
def test_the_other_headers(build: Path, path: str) -> None:
    headers = ask(Shell(Pool(), build=build), path)[1]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["permissions-policy"].startswith("camera=(self), microphone=(self)")
    assert "'none'" in read_csp(headers["content-security-policy"])["frame-ancestors"]


@pytest.mark.django_db(transaction=True)
def test_answers_of_the_interface_run_nothing_and_are_not_kept() -> None:
    status, headers, body = ask(Pool(), "/healthz")
    assert (status, body, headers["cache-control"]) == (200, b'{"status": "ok"}', "no-store")
    assert read_csp(headers["content-security-policy"])["default-src"] == ["'none'"]
    assert headers["content-length"] == "16"


def test_links_lead_into_the_app() -> None:
    for path, to in {"/": "/app/", "/i": "/app/i", "/r": "/app/r", "/s": "/app/s", "/set-up": "/app/set-up"}.items():
        status, headers, _ = ask(Pool(), path)
        assert (status, headers["location"]) == (302, to)


def ask_slowly(app: Any, *bodies: bytes) -> tuple[int, bytes]:
    """Sends these parts and never the last one."""

    async def asked() -> tuple[int, bytes]:
        scope = {"type": "http", "method": "POST", "path": "/api/sign-in", "headers": [], "query_string": b"", "http_version": "1.1"}
        line = ApplicationCommunicator(app, scope)
        for body in bodies:
            await line.send_input({"type": "http.request", "body": body, "more_body": True})
        start, content = await line.receive_output(5), await line.receive_output(5)
        await line.wait()
        return start["status"], content["body"]

    return asyncio.run(asked())


def test_who_sends_slowly_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.site.pool.BODY_WITHIN", 0.01)
    pool = Pool()
    status, body = ask_slowly(pool, b"{", b" ")
    assert (status, b"too-slow" in body, pool.held) == (408, True, 0)


def test_memory_for_what_comes_in_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attune.site.pool.BODIES_TOGETHER", 1000)
    pool = Pool()
    status, body = ask_slowly(pool, bytes(600), bytes(600))
    assert (status, b"busy" in body, pool.held) == (503, True, 0)


def test_too_much_is_refused_before_it_is_read() -> None:
    status, _, body = ask(Pool(), "/api/sign-in", method="POST", body=bytes(LARGEST_BODY + 1))
    assert (status, b"too-big" in body) == (413, True)


@pytest.mark.parametrize("path", ["/api/", "/api/docs", "/api/openapi.json", "/nothing"])
def test_what_is_not_there_says_so_in_one_form(path: str) -> None:
    status, _, body = ask(Pool(), path)
    assert (status, b'"unknown"' in body) == (404, True)
