"""Tests of the service's login with simulated authenticators, by Segl's pytest plugin: no set-up, no hardware."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from service import RP_ID, create_app

from segl_sim import World
from segl_sim.testing import Faults, OwnedChip, OwnedDisplay, OwnedReader

ADA = {"user": "ada"}


class Service:
    """The service, as a browser reaches it.

    Args:
        client: Flask's.
    """

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def post(self, path: str, **fields: Any) -> Any:
        """Send JSON as Ada; return the status if it is not 200, and else what came back."""
        answer = self._client.post(path, json={"user": "ada", **fields})
        return answer.get_json() if answer.status_code == 200 else answer.status_code


@pytest.fixture
def service() -> Service:
    """A new service."""
    return Service(create_app().test_client())


def test_a_code_that_is_shown_logs_in(service: Service, code_display: OwnedDisplay) -> None:
    """Enroll, press, log in."""
    code_display.enroll(service.post("/code/enroll")["uri"])
    code_display.press()
    assert service.post("/code/login", code=code_display.code) == ADA


def test_a_code_that_is_spoken_logs_in(service: Service, audio_reader: OwnedReader) -> None:
    """Enroll, listen, log in."""
    audio_reader.enroll(service.post("/code/enroll")["uri"])
    code = audio_reader.next_code()  # as it was heard
    assert service.post("/code/login", code=code) == ADA


def test_a_touch_logs_in(service: Service, chip: OwnedChip) -> None:
    """Register, touch, log in."""
    browser = chip.browser(f"https://{RP_ID}")
    service.post("/key/enroll/end", response=browser.create(service.post("/key/enroll/begin")))
    assert service.post("/key/login/end", response=browser.get(service.post("/key/login/begin"))) == ADA


def test_no_code_logs_in_twice(world: World, code_display: OwnedDisplay) -> None:
    """The service has the world's clock here, so that half a minute takes no time."""
    service = Service(create_app(clock=lambda: world.utc).test_client())
    code_display.enroll(service.post("/code/enroll")["uri"])
    first, second = code_display.next_code(), code_display.next_code()
    assert [service.post("/code/login", code=code) for code in (first, first, second)] == [ADA, 403, ADA]


def test_a_clock_that_is_wrong_is_refused(
    service: Service, code_display: OwnedDisplay, faults: Faults
) -> None:
    """A display that is a minute ahead."""
    code_display.enroll(service.post("/code/enroll")["uri"])
    faults.shift_clock(code_display, 60)
    assert service.post("/code/login", code=code_display.next_code()) == 403
