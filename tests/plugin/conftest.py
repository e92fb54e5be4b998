"""Projects of people who test their login with the plugin."""

import platformdirs
import pytest

_CACHE = platformdirs.user_cache_dir()  # before pytester takes the home folder away: byte code lies there


@pytest.fixture(name="project")
def project_fixture(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder of its own, and `pytest` in it."""
    monkeypatch.setenv("XDG_CACHE_HOME", _CACHE)
    monkeypatch.delenv("ACCESSIBLE", raising=False)
    return pytester
