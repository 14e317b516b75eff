"""Says loudly when the pages were not tested in a browser."""

from __future__ import annotations

import pytest

from tests.browser.chromium import LOUD, program


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write one line that nobody overlooks; in CI the tests fail instead."""
    if program() is None:
        terminalreporter.write_line(LOUD, red=True, bold=True)
