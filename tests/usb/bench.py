"""A bench for the USB parts: a clock, and the firmware's USB files joined to a simulated controller."""

from __future__ import annotations

import builtins
import heapq
import itertools
import random
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from segl_sim.board import _ops
from segl_sim.parts.usb import UsbController
from segl_sim.usb_host import UsbHost
from segl_sim.usb_serial import SerialPort

ROOT = Path(__file__).parents[2]
BOARD = ROOT / "simulator/segl_sim/board"
BOARDS = ROOT / "firmware/boards"
MS = 1_000_000


class Clock:
    """A `Context` whose time moves to the next scheduled action, and no further."""

    def __init__(self) -> None:
        self.random = random.Random(0)
        self.time = 0
        self.effects: list[tuple[int, str, tuple[int | str | bytes, ...]]] = []
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def now(self) -> int:
        return self.time

    def charge(self, ns: int) -> None:
        self.time += ns

    def effect(self, kind: str, *detail: int | str | bytes) -> None:
        self.effects.append((self.time, kind, detail))

    def at(self, when: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (when, next(self._order), action))

    def run(self, until: Callable[[], bool] = lambda: False) -> None:
        """Let everything happen that is going to; packets without end would be a bug, hence the bound."""
        for _ in range(2_000_000):
            if until() or not self._queue:
                return
            when, _, action = heapq.heappop(self._queue)
            self.time = max(self.time, when)
            action()
        raise AssertionError("the bus never came to rest")

    def run_for(self, ns: int) -> None:
        end = self.time + ns
        while self._queue and self._queue[0][0] <= end:
            when, _, action = heapq.heappop(self._queue)
            self.time = max(self.time, when)
            action()
        self.time = end

    def names(self, *kinds: str) -> list[tuple[str, tuple[int | str | bytes, ...]]]:
        return [(kind, detail) for _, kind, detail in self.effects if kind in kinds]


class Bench:
    """One device, its controller and a computer, without an engine."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.controller = UsbController(self.clock, self._deliver, "E660123456789ABC")
        self.host = UsbHost(self.controller, self.clock)
        self.in_call = False
        self.events = self.dies_at = 0
        self._modules: dict[str, types.ModuleType] = {"_ops": _ops}
        host = types.ModuleType("_host")
        host.__dict__["call"] = self._call
        self._modules["_host"] = host
        self.usbdevice: Any = self.load("usbdevice", BOARD / "usbdevice.py")
        machine = types.ModuleType("machine")
        machine.__dict__["USBDevice"] = self.usbdevice.USBDevice
        self._modules["machine"] = machine
        self.usb: Any = self.load("boards.usb", BOARDS / "usb.py")
        self.cdc_module: Any = self.load("boards.cdc", BOARDS / "cdc.py")

    def load(self, name: str, path: Path) -> types.ModuleType:
        """Run a file as a module of this device: its imports find the device's own modules first."""
        module = types.ModuleType(name)

        def find(wanted: str, *arguments: Any) -> Any:
            return self._modules.get(wanted) or builtins.__import__(wanted, *arguments)

        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": find}
        exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
        self._modules[name] = module
        return module

    def _call(self, op: int, a: int = 0, b: int = 0, c: int = 0, buf: bytes | bytearray | None = None) -> int:
        assert buf is None or isinstance(buf, (bytes, bytearray))
        self.in_call = True
        try:
            return self.controller.call(op, a, b, c, buf)
        finally:
            self.in_call = False

    def _deliver(self, kind: int, a: int, b: int, data: bytes) -> int:
        assert not self.in_call, "an interrupt within a call from the interpreter: WebAssembly cannot do that"
        self.events += 1
        if self.events == self.dies_at:
            self.controller.power_off()
            return 0
        return self.usbdevice._event(kind, a, b, data)

    def start(self, *functions: Any) -> Any:
        """Start the firmware's device with these functions, or with one serial port; give the first."""
        functions = functions or (self.cdc_module.Cdc(),)
        self.usb.start("Segl code display", "SGCD 0000 0123", list(functions))
        return functions[0]

    def enumerate(self) -> None:
        self.host.plug()
        self.clock.run(lambda: self.host.configured or bool(self.host.error))

    def open(self, limit: int = 65536) -> SerialPort:
        port = SerialPort(self.host, limit=limit)
        port.open()
        self.clock.run()
        return port


def connected(limit: int = 65536) -> tuple[Bench, Any, SerialPort]:
    """Give a bench with the firmware's serial port open: bench, the firmware's Cdc, the computer's port."""
    bench = Bench()
    cdc = bench.start()
    bench.enumerate()
    assert bench.host.configured, bench.host.error
    return bench, cdc, bench.open(limit)


class Recorder:
    """Firmware that keeps what its callbacks were told; `answer` decides what control requests get."""

    def __init__(self, bench: Bench) -> None:
        self.device = bench.usbdevice.USBDevice()
        self.seen: list[Any] = []
        self.answer: Any = False
        stock = bench.usbdevice.USBDevice.BUILTIN_DEFAULT
        self.device.config(
            stock.desc_dev, stock.desc_cfg, None, self.opened, self.reset, self.control, self.transferred
        )
        self.device.active(True)
        bench.enumerate()
        assert bench.host.configured, bench.host.error
        self.seen.clear()

    def opened(self, view: memoryview) -> None:
        self.seen.append(("open", bytes(view)))

    def reset(self) -> None:
        self.seen.append(("reset",))

    def control(self, stage: int, request: memoryview) -> Any:
        self.seen.append((stage, bytes(request)))
        self.view = request
        return self.answer(stage) if callable(self.answer) else self.answer

    def transferred(self, endpoint: int, result: int, count: int) -> bool:
        self.seen.append((endpoint, result, count))
        return True
