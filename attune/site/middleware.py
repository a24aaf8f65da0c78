"""What stands in front of every answer of Django's: other sites may not write here, and nothing here may be framed, cached or run."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from attune.core.errors import Refusal
from attune.site.headers import csp, security

Answer = Callable[[HttpRequest], HttpResponse]
SAFE = ("GET", "HEAD", "OPTIONS")
NOTHING_RUNS = csp()


def harden(answer: Answer) -> Answer:
    def hardened(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        for name, value in security().items():
            response.headers[name] = value
        response.headers["Content-Security-Policy"] = NOTHING_RUNS
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return hardened


def same_origin(answer: Answer) -> Answer:
    """Refuse what a browser sends for another site. Ninja checks CSRF only where it asks for a cookie, and joining does not."""

    def checked(request: HttpRequest) -> HttpResponse:
        if request.method in SAFE or comes_from_here(request):
            return answer(request)
        refusal = Refusal("other-origin", f"Unsafe requests are accepted from {settings.ORIGIN} only.", status=403)
        return JsonResponse(refusal.body(), status=refusal.status)

    return checked


def comes_from_here(request: HttpRequest) -> bool:
    """Whoever sends neither header is no browser, and no other site's page can have made it do so."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin", settings.ORIGIN)
    return site == "same-origin" and origin == settings.ORIGIN
