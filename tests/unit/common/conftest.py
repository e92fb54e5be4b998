"""Gives the store back its own `os` after each test that put a board under it."""

import os
from collections.abc import Iterator

import pytest

import common.store as store_module


@pytest.fixture(autouse=True)
def _no_board() -> Iterator[None]:
    yield
    store_module.os = os
    store_module.__dict__.pop("open", None)
