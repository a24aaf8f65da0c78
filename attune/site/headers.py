"""The headers that keep a page from doing more than it should."""

from collections.abc import Iterable, Mapping

from django.conf import settings

_ALWAYS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), display-capture=(), payment=(), usb=()",
}


_HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


def security() -> dict[str, str]:
    """What every answer carries. Where people come by https, they never come otherwise from then on."""
    return _ALWAYS | _HTTPS_ONLY if settings.CONFIGURATION.is_https else _ALWAYS


def as_sent(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers as ASGI takes them."""
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


def csp(**directives: Iterable[str]) -> str:
    """A policy that allows these sources and nothing else; `script_src=["'self'"]` is `script-src 'self'`."""
    policy = {"default-src": ["'none'"], "base-uri": ["'none'"], "frame-ancestors": ["'none'"]}
    policy |= {name.replace("_", "-"): list(sources) for name, sources in directives.items()}
    return "; ".join(f"{name} {' '.join(sources)}".strip() for name, sources in policy.items())


def client_csp(*, script_hashes: Iterable[str], style_hashes: Iterable[str]) -> str:
    """For the pages of the client: its own files, its own worker, the one inline script and style that SvelteKit writes."""
    return csp(
        script_src=["'self'", *script_hashes],
        worker_src=["'self'"],
        style_src=["'self'"],
        style_src_attr=["'unsafe-hashes'", *style_hashes] if style_hashes else ["'none'"],
        img_src=["'self'", "data:", "blob:"],
        media_src=["'self'", "blob:"],
        font_src=["'self'"],
        connect_src=["'self'"],
        manifest_src=["'self'"],
        form_action=["'self'"],
        require_trusted_types_for=["'script'"],
        trusted_types=["svelte-trusted-html", "sveltekit-trusted-url", "attune-worker"],
    )


def worker_csp() -> str:
    """For the sealing worker, which obeys the policy of its own file: WebAssembly (Argon2id) and no connection to anywhere."""
    return csp(script_src=["'self'", "'wasm-unsafe-eval'"])
