"""A chip and a display behind USB/IP, and what their drivers say to them."""

from segl_sim import World
from segl_sim.chip import Chip
from segl_sim.devices import CodeDisplay
from segl_wire import ctaphid
from tests.usb.usbip_client import Bench, Computer

NONCE = b"12345678"
HELLO = ctaphid.packets(ctaphid.BROADCAST, ctaphid.INIT, NONCE)[0]
HID_OUT, HID_IN = 1, 0x81
OK, BUSY, NO_DEVICE = 0, 2, 4
CHIP, DISPLAY = "1-1", "1-2"


class Home:
    """A chip and a display behind USB/IP."""

    def __init__(self) -> None:
        self.world = World(seed=5, engine="cpython")
        self.chip: Chip = self.world.chip()
        self.display: CodeDisplay = self.world.code_display()
        self.bench = Bench(self.world, self.chip, self.display)

    def close(self) -> None:
        self.bench.__exit__()
        self.world.close()

    def owner(self, bus_id: str = CHIP) -> Computer:
        """Somebody who has a device."""
        computer = self.bench.computer()
        assert computer.ask(bus_id) == OK
        computer.configure()
        return computer


def greet(computer: Computer) -> None:
    """Get a channel of the chip."""
    assert computer.transfer(HID_OUT, HELLO).status == 0
    reply = computer.transfer(HID_IN, size=64)
    assert reply.status == 0
    assert reply.data[7:15] == NONCE
