"""Touching the kiosk as a person does."""

from __future__ import annotations

import asyncio
import re

import httpx
from starlette.applications import Starlette

BASE = "http://127.0.0.1:8801"


class Browser:
    """A browser with its own cookies, talking with the app itself."""

    def __init__(self, app: Starlette) -> None:
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, follow_redirects=True)
        self.cookies = self._client.cookies

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._client.get(path))

    def post(self, path: str, **how) -> httpx.Response:
        return asyncio.run(self._client.post(path, **how))


def hidden(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def screen_of(page: str) -> str:
    found = re.search('data-screen="([^"]*)"', page)
    assert found is not None
    return found[1]


def touch(browser, event: str, value: str = "", **changed: str) -> str:
    page = browser.get("/").text
    data = {"token": hidden(page, "token"), "screen": screen_of(page), "event": event, "value": value}
    return browser.post("/touch", data=data | changed).text
