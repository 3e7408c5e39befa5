"""A paper in the answer of a screen."""

from __future__ import annotations

from django.http import HttpResponse


def pdf_answer(pdf: bytes, name: str) -> HttpResponse:
    """Answer with a paper for the browser to show; that nothing of it is kept is said of every answer.

    `name`: of the file, in ASCII, without its ending.
    """
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
