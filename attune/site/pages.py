"""The few answers that are no part of the interface: health, ways into the app, and errors, all without content."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse

from attune.core.errors import Refusal, unknown


def healthz(_: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def into_app(request: HttpRequest) -> HttpResponse:
    """Addresses of links lead into the app; the browser keeps what stands after #."""
    return HttpResponseRedirect(f"/app{request.path}")


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
