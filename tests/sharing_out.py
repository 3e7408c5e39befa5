"""How tests are shared out among processes: a file stays together, and all files of the browser do.

The browser's tests share one arrangement of everything (`tests/browser/conftest.py`); a second process would start its
own, which takes more than a minute of a processor.
"""

from __future__ import annotations

from xdist.scheduler import LoadFileScheduling

BROWSER = "tests/browser/"


def together(test: str) -> str:
    """Name what a test stays in one process with, by pytest's name of the test."""
    file = test.partition("::")[0]
    return BROWSER if file.startswith(BROWSER) else file


class FilesAndTheBrowser(LoadFileScheduling):
    """Give each process whole files, and to one of them all files of the browser."""

    def _split_scope(self, nodeid: str) -> str:
        """Say what must not be divided: the place pytest-xdist has others override."""
        return together(nodeid)
