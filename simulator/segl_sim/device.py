"""A device: a board with its flash, its firmware and an engine, switched on and off by its supply."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from segl_sim.board import _ops as ops
from segl_sim.boards import Board
from segl_sim.engines import ENGINES, Engine
from segl_sim.failures import DeviceFailure, FirmwareError, MemoryBudgetError, PowerOff, Reset
from segl_sim.firmware import Firmware
from segl_sim.flash_image import make_image
from segl_sim.hostcalls import Call, HostCalls
from segl_sim.parts.context import I2CPart
from segl_sim.parts.flash import NorFlash, PowerCut
from segl_sim.parts.i2s import I2sController
from segl_sim.parts.usb import UsbController
from segl_sim.pins import Pin
from segl_sim.trace import Effect
from segl_sim.usb_host import UsbHost

if TYPE_CHECKING:
    from segl_sim.world import World

_MS = 1_000_000
_PIN_EVENT, _USB_EVENT = 0, 1  # board/_events.py
_POWER_ON, _WATCHDOG = 1, 3  # machine.reset_cause()
_HEAP_CHECK_FUEL = 20_000_000
_OTP_SECRET_ROW = 0xC00
_OTP_BYTES = 0x2000
_I2S_LINE = 256  # board/i2s.py


class Device:
    """What every device has; a subclass joins its parts to pins and buses and calls `supply`.

    A device is the context of its own parts (see parts/context.py).

    Args:
        world: Who owns time.
        name: How the trace calls it.
        board: Which board, with its stock image.
        firmware: What lies in its flash.
        flash: An image of the file region to start from; None installs the firmware on a blank board.
    """

    def __init__(
        self, world: World, name: str, board: Board, firmware: Firmware, flash: bytes | None = None
    ) -> None:
        self.world = world
        self.name = name
        self.board = board
        self.firmware = firmware
        self.random = world.random(name)
        self.unique_id = self.random.randbytes(8)
        self.otp = _otp_page(self.random.randbytes(32)) if board.otp_secret else b""
        self.failure: DeviceFailure | None = None
        self.console: list[str] = []
        self.fuel = 0
        self.busy_until = self._handled = 0
        self.started = 0
        self.reset_cause = _POWER_ON
        self.flash = NorFlash(self, board.files_size, flash or _installed(firmware, board))
        self.flash.listen(lambda ns: self.audio.interrupts_off(ns))
        self.usb = UsbController(self, self._usb_event)
        self.usb_host = UsbHost(self.usb, self)
        self.audio = I2sController(self, self._i2s_event)
        self.pins: defaultdict[int, Pin] = defaultdict(Pin)
        self.i2c: dict[tuple[int, int], I2CPart] = {}
        self._engine: Engine | None = None
        self._host: HostCalls | None = None
        self._running = False
        self._began = 0
        self._charged = 0
        self._sleep: int | None = None
        self._life = 0
        self._next_turn: int | None = None
        self._watchdog: int | None = None
        self._supplied = False
        self._unchecked = 0
        self._callback_errors = 0

    # The parts' context

    def now(self) -> int:
        """Virtual ns, the work charged so far in the call under way included."""
        if not self._running:
            return self.world.now
        return self._began + self._charged + (self._engine.spent_ns() if self._engine else 0)

    def charge(self, ns: int) -> None:
        """Let the running device spend this long."""
        if self._running:
            self._charged += ns

    def effect(self, kind: str, *detail: int | str | bytes) -> None:
        """Add a line to the trace."""
        self.world.trace.add(Effect(self.now(), self.name, kind, detail))

    def at(self, when: int, action: Callable[[], None]) -> None:
        """Schedule in the world, at virtual ns."""
        self.world.at(when, action)

    # What host calls ask for

    def sleep(self, ms: int) -> None:
        """End of a turn: wake the firmware after `ms`, or at the next interrupt for -1."""
        if self._sleep is not None:
            raise FirmwareError("turn() called machine.lightsleep() twice; it must be its last act")
        self._sleep = ms
        self.audio.lightsleep(ms)

    def feed_watchdog(self, timeout_ms: int) -> None:
        """Start the watchdog, or put it off: without another call within `timeout_ms` the board restarts."""
        first = self._watchdog is None
        self._watchdog = self.now() + timeout_ms * _MS
        if first:
            self._watch(self._life)

    def adc(self, pin: int) -> int:
        """Return what the analog input reads, 0..65535."""
        raise NotImplementedError

    def usb_calls(self) -> dict[int, Call]:
        """Return the calls that the USB controller answers."""

        def answer(op: int) -> Call:
            return lambda a, b, c, buf: self.usb.call(op, a, b, c, bytes(buf))

        return {op: answer(op) for op in range(ops.USB_CONFIG_DEV, ops.USB_CONTROL_DATA + 1)}

    def i2s_calls(self) -> dict[int, Call]:
        """Return the calls that the I2S controller answers."""
        audio = self.audio
        return {
            ops.I2S_START: lambda a, b, c, buf: audio.start(a & 0xFF, a >> 8, b, c, bytes(buf)),
            ops.I2S_WRITE: lambda a, b, c, buf: audio.write(a, bytes(buf)),
            ops.I2S_IRQ: lambda a, b, c, buf: audio.set_irq(a, b),
            ops.I2S_STOP: lambda a, b, c, buf: audio.stop(a),
            ops.I2S_CHECK: lambda a, b, c, buf: audio.check(a, bytes(buf)),
        }

    # Supply

    @property
    def engine(self) -> Engine | None:
        """The interpreter that runs the firmware, None without power."""
        return self._engine

    @property
    def running(self) -> bool:
        """Whether the board is powered and its firmware alive."""
        return self._engine is not None

    def supply(self, on: bool) -> None:
        """Give or take the board's supply; takes effect at once, in the middle of a call too."""
        if on == self._supplied:
            return
        self._supplied = on
        self.effect("power", int(on))
        if on:
            self._start(_POWER_ON)
        elif self._running:
            raise PowerOff
        else:
            self._stop()

    def close(self) -> None:
        """Free the interpreter."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def edge(self, pin: int, level: int) -> None:
        """Tell the board that an input changed its level."""
        if self.pins[pin].wants(level):
            self._interrupt(_PIN_EVENT, pin, level)

    def live_heap(self) -> int:
        """Return the live heap in bytes after a collection.

        Raises:
            MemoryBudgetError: It is over the board's budget.
        """
        live = self._engine.live_heap() if self._engine else 0
        if problem := self._over_budget(live):
            raise MemoryBudgetError(f"{self.name}: {problem}")
        return live

    # Life

    def _start(self, cause: int) -> None:
        self._life += 1
        self._next_turn = None
        self.reset_cause = cause
        self.busy_until = self.started = self.world.now
        life = self._life
        self.world.at(self.world.now + self.board.start_ns, lambda: self._boot(life))

    def _stop(self) -> None:
        self._life += 1
        self._watchdog = None
        self.flash.power_off()
        self.usb.power_off()
        self.audio.power_off()
        self.pins_released()
        self.close()

    def pins_released(self) -> None:
        """The pins are inputs again."""
        for pin in self.pins.values():
            pin.trigger = 0
            pin.mode(0)

    def _boot(self, life: int) -> None:
        if life != self._life or self.failure:
            return
        self.flash.power_on()
        self._host = HostCalls(self)
        engine = ENGINES[self.world.engine](self._host, self._print, self.board, self.firmware)
        self._engine = engine
        self._run(engine.boot)
        if self._engine is engine:
            self.usb.booted()
            # What has happened while it started comes before its first turn.
            self._wake_at(self.busy_until)

    def _turn(self) -> None:
        engine = self._engine
        if engine is None:
            return
        self._sleep = None
        self._next_turn = None
        self._run(engine.turn)
        if self._engine is not engine:
            return
        self._check_heap(engine)
        if self._sleep is None:
            self._fail(FirmwareError("turn() returned without calling machine.lightsleep()"))
        elif self._sleep >= 0:
            self._wake_at(self.busy_until + self._sleep * _MS)

    def _interrupt(self, kind: int, a: int, b: int, data: bytes = b"") -> int:
        """Run a handler, and soon the turn that it woke.

        A board runs handlers between two byte codes of a turn. Here the turn has run already, so the handler finds
        the state that it left, but the time is the handler's own, and what it takes comes on top of the turn's.
        """
        engine, host = self._engine, self._host
        if engine is None or host is None:
            return 0
        result = 0

        def handle() -> None:
            nonlocal result
            result = engine.interrupt(kind, a, b, host.leave(data))
            self._handled = self.now()

        # Handlers wait for one another, or the firmware would see its clock run back.
        self._run(handle, max(self.world.now, self._handled))
        self._wake_at(self.busy_until)
        return result

    def _wake_at(self, when: int) -> None:
        """Let the next turn begin at `when`, unless it begins earlier already."""
        if self._next_turn is not None and self._next_turn <= when:
            return
        self._next_turn = when
        life = self._life

        def wake() -> None:
            if life == self._life and self._next_turn == when:
                self._next_turn = None
                self._turn()

        self.world.at(when, wake)

    def _run(self, call: Callable[[], object], began: int | None = None) -> None:
        self._began = max(self.world.now, self.busy_until) if began is None else began
        self._charged = 0
        self._running = True
        try:
            call()
        except PowerCut:
            self._end_call()
            self.power_cut()
        except PowerOff:
            self._end_call()
            self._stop()
        except Reset:
            self._end_call()
            self._restart(_WATCHDOG)
        except DeviceFailure as failure:
            self._end_call()
            self._fail(failure)
        finally:
            self._end_call()

    def _end_call(self) -> None:
        if self._running:
            self.busy_until = max(self.busy_until, self._began) + self.now() - self._began
            if self._engine:
                spent = self._engine.fuel()
                self.fuel += spent
                self._unchecked += spent
            self._running = False
            if self.usb.callback_errors > self._callback_errors:
                # A board prints what a USB callback raises and goes on; here it must not pass unseen.
                self._callback_errors = self.usb.callback_errors
                self._fail(FirmwareError("in a USB callback: " + "".join(self.console).rstrip()))

    def power_cut(self) -> None:
        """The supply failed during a flash operation; a subclass says which switches that leaves open."""
        self._supplied = False
        self._stop()

    def _restart(self, cause: int) -> None:
        self._stop()
        if self._supplied:
            self._start(cause)

    def _watch(self, life: int) -> None:
        def check() -> None:
            if life != self._life or self._watchdog is None:
                return
            if self.now() >= self._watchdog:
                self.effect("watchdog")
                self._restart(_WATCHDOG)
            else:
                self._watch(life)

        assert self._watchdog is not None
        self.world.at(self._watchdog, check)

    def _check_heap(self, engine: Engine) -> None:
        if self._unchecked >= _HEAP_CHECK_FUEL:
            self._unchecked = 0
            if problem := self._over_budget(engine.live_heap()):
                self._fail(MemoryBudgetError(problem))

    def _over_budget(self, live: int) -> str:
        """Say by how much a live heap of so many bytes is too large, "" when it is not."""
        if live <= self.board.heap_budget:
            return ""
        return f"{live:,} bytes of live heap, over the {self.board.heap_budget:,} of {self.board.name}"

    def _fail(self, failure: DeviceFailure) -> None:
        """Stop this device, and no other, for good."""
        self.failure = type(failure)(f"{self.name}: {failure}")
        self.effect("failure", str(failure).splitlines()[-1])
        self._stop()
        self.world.report(self.failure)

    def _print(self, data: bytes) -> None:
        self.console.append(data.decode("utf-8", "replace"))

    def _i2s_event(self, bus: int) -> None:
        self._interrupt(_PIN_EVENT, _I2S_LINE + bus, 0)

    def _usb_event(self, kind: int, a: int, b: int, data: bytes) -> int:
        return self._interrupt(_USB_EVENT + kind, a, b, data)


def _otp_page(secret: bytes) -> bytes:
    """Return the error-corrected view of the one-time-programmable rows, with the root secret in its page."""
    rows = bytearray(_OTP_BYTES)
    start = _OTP_SECRET_ROW * 2
    rows[start : start + len(secret)] = secret
    return bytes(rows)


_images: dict[tuple[str, Board, int], bytes] = {}


def _installed(firmware: Firmware, board: Board) -> bytes:
    """Return the file region of a board on which the firmware was just installed."""
    key = (firmware.device, board, hash(tuple(firmware.files.items())))
    if key not in _images:
        _images[key] = make_image(firmware.files, board.files_size)
    return _images[key]
