"""Talk to a simulated chip through pyusb: read who it is, open a CTAPHID channel, unplug it."""

from typing import Any

import usb.core
import usb.util

from segl_sim import World
from segl_sim.ports.pyusb import attached

HELLO = bytes.fromhex("ffffffff 86 0008") + b"12345678"  # CTAPHID_INIT for everybody, with a nonce

with World(seed=1) as world, attached(world):  # in here pyusb finds the world's devices, and no others
    chip = world.chip()
    chip.plug()
    found: Any = usb.core.find(idVendor=0x1209)
    print(found.manufacturer, "/", found.product, "/", found.serial_number)
    hid: Any = usb.util.find_descriptor(found.get_active_configuration(), bInterfaceClass=3)
    writer, reader = sorted(hid, key=lambda endpoint: endpoint.bEndpointAddress)  # bit 7: to the computer
    writer.write(HELLO.ljust(64, b"\0"))
    answer = bytes(reader.read(64))
    print("channel", answer[15:19].hex(), "for", answer[7:15].decode())
    chip.unplug()
    print("nothing left" if usb.core.find() is None else "still there")
