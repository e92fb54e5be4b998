"""What the tests of the parts share."""

import pytest

from tests.parts.fake import FakeContext


@pytest.fixture(name="context")
def context_fixture() -> FakeContext:
    return FakeContext()
