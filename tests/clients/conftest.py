"""A browser for all tests of a module, and a page with a chip for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.clients.browsers import Visit, launched

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(name="browser", scope="module")
def browser_fixture() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(name="visit")
def visit_fixture(browser: Browser) -> Iterator[Visit]:
    with Visit(browser) as visit:
        yield visit
