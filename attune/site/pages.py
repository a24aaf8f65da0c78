"""The few answers that are no part of the interface: health, ways into the app, and errors, all without content."""

import json
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse

from attune.core.errors import Refusal, unknown
from attune.people import access as people


def healthz(_: HttpRequest) -> HttpResponse:
    people.is_set_up()  # reads the database, and breaks if that cannot be read
    return JsonResponse({"status": "ok"})


def into_app(request: HttpRequest) -> HttpResponse:
    """Addresses of links lead into the app; the browser keeps what stands after #."""
    return HttpResponseRedirect(f"/app{request.path}")


def readable(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Refuse a body that is no JSON before allauth reads it, which stumbles over numbers too long and lists too deep."""

    @wraps(view)
    def read(request: HttpRequest) -> HttpResponseBase:
        try:
            json.loads(request.body or b"{}")
        except (ValueError, RecursionError):
            return bad_request()
        return view(request)

    return read


def _said(refusal: Refusal) -> HttpResponse:
    return JsonResponse(refusal.body(), status=refusal.status)


def bad_request(*_: object, **__: object) -> HttpResponse:
    return _said(Refusal("malformed", "This request cannot be read.", status=400))


def csrf_failed(*_: object, **__: object) -> HttpResponse:
    return _said(Refusal("csrf", "Send the csrftoken cookie again as X-CSRFToken.", status=403))


def not_found(*_: object, **__: object) -> HttpResponse:
    return _said(unknown())


def broken(_: HttpRequest) -> HttpResponse:
    return _said(Refusal("broken", "Something broke here. The log says where.", status=500))
