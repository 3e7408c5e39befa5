"""Headers of every staff page: nothing from elsewhere, no inline script, nothing kept by the browser."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class HeadersMiddleware:
    """Sets the headers on every answer, refusals and errors too; only static files may be cached."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Stand around the rest."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the headers. An address with a NUL in it is the sender's fault: no text of ours holds one."""
        if "%00" in request.META.get("QUERY_STRING", "") or "\x00" in request.path:
            response = _unreadable("アドレスを読み取れません。")
        else:
            response = self.get_response(request)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if not request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-store"
        return response


class PostedTextMiddleware:
    """Refuses a form with a NUL in any of its fields: PostgreSQL keeps none, and nobody types one.

    A Django form says so of its own fields; this holds for what a page reads without a form, such as what was chosen.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Stand around the rest, after the protection against forged forms, which reads the body first."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the rest does; what was posted is looked at when its view is known."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Refuse before any view sees it."""
        if request.method == "POST" and any("\x00" in text for _, texts in request.POST.lists() for text in texts):
            return _unreadable("送られた文字を読み取れません。")
        return None


class AssetsMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise with whole answers: a few small files need no streaming, which ASGI cannot take from a file."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        """Answer with the file."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as file:
                content = file.read()
        response = HttpResponse(content, status=int(found.status))
        for name, value in found.headers:
            response.headers[name] = value
        return response


def _unreadable(words: str) -> HttpResponse:
    return HttpResponse(words, status=HTTPStatus.BAD_REQUEST, content_type="text/plain; charset=utf-8")
