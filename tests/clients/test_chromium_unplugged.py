"""What Chromium's own FIDO stack tells a page whose chip was pulled out for good. It takes three minutes.

Chromium waits for a chip to be plugged in again, and no page can make it give up sooner: its shortest time-out for
requests is 180 s (measured with Chromium 150).
"""

from contextlib import ExitStack
from pathlib import Path

from tests.clients.test_chromium import Desk


def test_a_chip_that_is_pulled_out_in_the_middle_is_not_allowed(tmp_path: Path) -> None:
    with ExitStack() as held:
        desk = Desk(tmp_path, held)
        desk.begin("register({userVerification: 'discouraged'}, {timeout: 10000})")
        desk.unplug()
        assert desk.end()["error"] == "NotAllowedError"
        desk.plug()
        desk.begin("register({userVerification: 'discouraged'})")
        desk.runner.call(lambda: desk.chip.touch(0.2))
        assert desk.end()["ok"]
