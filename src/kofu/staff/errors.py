"""Answers to what went wrong before a view could run."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django passes its English words
    """Tell that the form was too old or came from elsewhere."""
    return render(request, "staff/csrf.html", status=HTTPStatus.FORBIDDEN)
