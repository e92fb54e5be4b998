"""Shows security keys to programs as /dev/hidrawN, by umockdev; run by the system's Python, which has its bindings.

    umockdev-wrapper python3 umockdev_pump.py

Takes lines of JSON and gives one for each; ends with its input:

    (at the start)                        {"environment": {"LD_PRELOAD": ..., "UMOCKDEV_DIR": ...}}
    {"plug": 0, "path": ..., "vid": ...}  {"plugged": 0}
    {"unplug": 0}                         {"unplugged": 0}

Programs that have this environment find what is plugged in through udev, open it, and hear of its coming and going.
Reports go through a pty: what a program writes has the number of the report, 0, in front. They are passed on to and
from a UNIX socket, as ports/hid.py has it. Imports nothing of Segl, and only what comes with the system.

umockdev plays recorded ioctls, but has none for HIDIOCGRAWINFO, by which many programs ask for a key's numbers; so all
that hidraw knows is answered here. Source: Linux, include/uapi/linux/hidraw.h and drivers/hid/hidraw.c.
"""

import contextlib
import errno
import json
import os
import select
import socket
import struct
import tty

import gi

gi.require_version("UMockdev", "1.0")
from gi.repository import UMockdev  # noqa: E402 - its version is chosen first

_REPORT = 64
_HEAD = 2
_BUS_USB = 3
_MAJOR = 241
_LONGEST_DESCRIPTOR = 4096
_UNREAD = 65536
_SYSTEM = """\
P: {usb}
E: DEVTYPE=usb_device
E: SUBSYSTEM=usb
A: idVendor={vid:04x}\\n
A: idProduct={pid:04x}\\n
A: manufacturer={manufacturer}\\n
A: product={product}\\n
A: serial={serial}\\n
A: bcdDevice={version:04x}\\n

P: {usb}/1-{port}:1.{interface}
E: DEVTYPE=usb_interface
E: SUBSYSTEM=usb
A: bInterfaceNumber={interface:02x}\\n

P: {hid}
E: SUBSYSTEM=hid
E: HID_ID=0003:{vid:08X}:{pid:08X}
E: HID_NAME={name}
E: HID_PHYS={phys}
E: HID_UNIQ={serial}
H: report_descriptor={report_descriptor}

P: {hid}/hidraw/hidraw{number}
N: hidraw{number}=00
A: dev={major}:{number}\\n
L: device=../../../{hid_name}
E: DEVNAME=/dev/hidraw{number}
E: SUBSYSTEM=hidraw
E: MAJOR={major}
E: MINOR={number}
"""


class Ioctls(UMockdev.IoctlBase):
    """What hidraw answers about keys, as long as any program may ask: its library ends a program whose answer fails.

    Args:
        testbed: Of umockdev.
    """

    def __init__(self, testbed):
        super().__init__()
        self._testbed = testbed
        self._answers = {}

    def attach(self, path, facts):
        """Answer for a node.

        Args:
            path: Of the node.
            facts: As "plug" brings them, and what its place is called.
        """
        if path not in self._answers:
            self._testbed.attach_ioctl(path, self)
        descriptor = bytes.fromhex(facts["report_descriptor"])
        # By the number of the request: what it gives, whatever room there is for it.
        self._answers[path] = {
            0x01: struct.pack("<I", len(descriptor)),
            0x02: struct.pack("<I", len(descriptor)) + descriptor,
            0x03: struct.pack("<IHH", _BUS_USB, facts["vid"], facts["pid"]),
            0x04: facts["name"].encode() + b"\0",
            0x05: facts["phys"].encode() + b"\0",
            0x08: facts["serial"].encode() + b"\0",
        }

    def do_handle_ioctl(self, client):
        """Answer one request."""
        request = client.get_request()
        answer = self._answers[client.get_devnode()].get(request & 0xFF)
        if request >> 8 & 0xFF != ord("H") or answer is None:
            client.complete(-1, errno.ENOTTY)
            return True
        room = request >> 16 & 0x3FFF
        memory = client.get_arg().resolve(0, room)
        if request & 0xFF == 0x02:  # only as much as was asked for, in its first four bytes
            asked = struct.unpack("<I", bytes(memory.retrieve()[:4]))[0]
            answer = answer[: 4 + min(asked, _LONGEST_DESCRIPTOR)][4:]
            memory.update(4, list(answer))
            client.complete(0, 0)
            return True
        answer = answer[:room]
        memory.update(0, list(answer))
        # Texts are answered with their length.
        client.complete(len(answer) if request & 0xFF >= 0x04 else 0, 0)
        return True


class Node:
    """One /dev/hidrawN, as long as its key is plugged in.

    Args:
        testbed: Of umockdev.
        ioctls: Who answers what programs ask of it.
        facts: As "plug" brings them.
    """

    def __init__(self, testbed, ioctls, facts):
        number = facts["plug"]
        port = number + 1
        usb = f"/devices/pci0000:00/0000:00:14.0/usb1/1-{port}"
        hid_name = f"0003:{facts['vid']:04X}:{facts['pid']:04X}.{port:04X}"
        interface = f"{usb}/1-{port}:1.{facts['interface']}"
        hid = f"{interface}/{hid_name}"
        facts = {
            **facts,
            "number": number,
            "port": port,
            "usb": usb,
            "hid": hid,
            "hid_name": hid_name,
            "major": _MAJOR,
            "name": f"{facts['manufacturer']} {facts['product']}",
            "phys": f"usb-0000:00:14.0-{port}/input{facts['interface']}",
        }
        self._testbed = testbed
        self._path = f"/dev/hidraw{number}"
        self._places = [f"/sys{place}" for place in (f"{hid}/hidraw/hidraw{number}", hid, interface, usb)]
        testbed.add_from_string(_SYSTEM.format(**facts))
        ioctls.attach(self._path, facts)
        # Both ends raw, and the programs' end kept open, or there would be an end of file whenever one closes it.
        self.programs, self._other_end = os.openpty()
        tty.setraw(self.programs)
        tty.setraw(self._other_end)
        os.set_blocking(self.programs, False)
        self._link(f"{_MAJOR}:{number}")
        self.key = socket.socket(socket.AF_UNIX)
        self.key.connect(facts["path"])
        self.connected = True
        self._from_programs = b""
        self._from_key = b""
        # Programs have heard of it already, before it was a pty: what they may have opened is gone.
        testbed.uevent(self._places[0], "remove")
        testbed.uevent(self._places[0], "add")

    def pass_on(self):
        """Pass on to the key what programs have written."""
        self._from_programs += os.read(self.programs, _UNREAD)
        while len(self._from_programs) > _REPORT:
            report = self._from_programs[1 : 1 + _REPORT]
            self._from_programs = self._from_programs[1 + _REPORT :]
            self.key.sendall(_REPORT.to_bytes(_HEAD, "big") + report)

    def pass_back(self):
        """Pass on to programs what the key says."""
        data = self.key.recv(_UNREAD)
        self.connected = bool(data)
        self._from_key += data
        while len(self._from_key) >= _HEAD + _REPORT:
            report, self._from_key = (
                self._from_key[_HEAD : _HEAD + _REPORT],
                self._from_key[_HEAD + _REPORT :],
            )
            with contextlib.suppress(BlockingIOError):  # nobody reads, and hidraw keeps only so many
                os.write(self.programs, report)

    def _link(self, numbers):
        """Put the pty where umockdev has a file: one of its own it would not give a second time."""
        devices = f"{self._testbed.get_root_dir()}/dev"
        terminal = os.ttyname(self._other_end)
        os.makedirs(f"{devices}/.ptymap", exist_ok=True)
        self._map = f"{devices}/.ptymap/{terminal.replace('/', '_')}"
        os.symlink(numbers, self._map)
        os.symlink(terminal, f"{devices}/new")
        os.rename(f"{devices}/new", f"{devices}/{os.path.basename(self._path)}")

    def remove(self):
        """Take it away; programs that have it open find that out."""
        for place in self._places:
            self._testbed.uevent(place, "remove")
        for place in self._places:
            self._testbed.remove_device(place)
        os.unlink(self._map)
        os.close(self._other_end)
        os.close(self.programs)
        self.key.close()


class Pump:
    """Nodes, and what was asked for on standard input."""

    def __init__(self):
        self._testbed = UMockdev.Testbed.new()
        self._ioctls = Ioctls(self._testbed)
        self._nodes = {}
        self._line = b""
        self._open = True
        found = {"LD_PRELOAD": os.environ["LD_PRELOAD"], "UMOCKDEV_DIR": self._testbed.get_root_dir()}
        _tell({"environment": found})

    def run(self):
        """Serve until the input ends."""
        while self._open:
            watched = {0: self._take}
            for node in self._nodes.values():
                watched[node.programs] = node.pass_on
                if node.connected:
                    watched[node.key.fileno()] = node.pass_back
            for descriptor in select.select(list(watched), [], [])[0]:
                try:
                    watched[descriptor]()
                except OSError:  # a key is just being unplugged, which is said
                    continue

    def _take(self):
        data = os.read(0, _UNREAD)
        self._open = bool(data)
        self._line += data
        *lines, self._line = self._line.split(b"\n")
        for line in lines:
            self._do(json.loads(line))

    def _do(self, asked):
        if "plug" in asked:
            self._nodes[asked["plug"]] = Node(self._testbed, self._ioctls, asked)
            _tell({"plugged": asked["plug"]})
        else:
            self._nodes.pop(asked["unplug"]).remove()
            _tell({"unplugged": asked["unplug"]})


def _tell(answer):
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    Pump().run()
