"""The one HTTP interface, put together from the modules."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import django_auth

from attune.appointments.api import router as appointments
from attune.calls.api import router as calls
from attune.core.errors import Refusal, unknown
from attune.people.api import router as people
from attune.spaces.api import router as spaces

api = NinjaAPI(title="Attune", version="1", docs_url=None, openapi_url=None, auth=django_auth)
for _router in (people, spaces, appointments, calls):
    api.add_router("", _router)


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    return api.create_response(request, refusal.body(), status=refusal.status)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Says where and what kind of mistake, never what was sent."""
    places = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors)
    return refused(request, Refusal("malformed", places, status=422))


@api.exception_handler(AuthenticationError)
def signed_out(request: HttpRequest, _: AuthenticationError) -> HttpResponse:
    return refused(request, Refusal("signed-out", "Nobody is signed in.", status=401))


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own: 400 for what is no JSON, 403 for a missing CSRF token."""
    code = {400: "malformed", 403: "csrf", 404: unknown().code}.get(error.status_code, "refused")
    return refused(request, Refusal(code, str(error), status=error.status_code))
