"""Gives the store and the salt back their own `os` after each test that put a board under it."""

import os
from collections.abc import Iterator

import pytest

import common.salt as salt_module
import common.store as store_module


@pytest.fixture(autouse=True)
def _no_board() -> Iterator[None]:
    yield
    for module in (store_module, salt_module):
        module.os = os  # pyright: ignore[reportAttributeAccessIssue]
        module.__dict__.pop("open", None)
