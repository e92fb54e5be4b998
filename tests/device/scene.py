"""One device on a desk, with somebody who uses it, and a program on the computer that does not wait."""

from collections.abc import Mapping
from typing import Any, Self

from segl.otpauth import Key
from segl.session import Session
from segl_sim import CodeDisplay, World
from segl_sim.trace import Effect
from segl_wire import frame, schema
from tests.device.kinds import DISPLAY, Holdable, Kind
from tests.device.support import code_of, files, pull

ENGINES = ("micropython", "cpython")
SECRET = b"12345678901234567890"
TOTP_KEY = Key("Bank", SECRET)
HOTP_KEY = Key("Gate", SECRET, kind="hotp")
MIDDAY = 1_790_000_010  # the first second of a step of 30 s and of 60 s
YEAR_S = 31_557_600
_CLOCK_STATUS = 0x0F

Answer = tuple[int, int, int, dict[str, Any]]


class AnyScene:
    """A world with one device, switched off.

    Args:
        kind: What it is.
        engine: "micropython" or "cpython".
        seed: Of the world.
        **options: The device's.
    """

    def __init__(self, kind: Kind[Any], engine: str = "micropython", seed: int = 1, **options: Any) -> None:
        self.kind = kind
        self.world = World(seed=seed, engine=engine, utc=MIDDAY)
        self.device: Holdable = kind.make(self.world, **options)
        self._offset = 0

    def age_clock(self, seconds: int) -> None:
        """Let the clock chip have run for so long already, so that it can be set back."""
        self.device.clock.write(bytes([_CLOCK_STATUS, 0]))
        self.device.clock.set_seconds(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.world.close()

    # --- setting up ---

    def provision(self, *keys: Key, utc: int | None = None, language: str | None = None) -> None:
        """Open the device for set-up, and give it keys and the time; then it is off.

        Args:
            *keys: What to put on it; one of the same name is replaced.
            utc: What its clock shall say, in s; the world's time unless given.
            language: "en" or "da".
        """
        if not self.device.usb_host.configured:
            self.device.plug()
        self.kind.open_setup(self.device)
        with self.device.connect() as session:
            for key in keys:
                now = round(self.world.utc) if utc is None else utc
                sequence = session.info().sequence + 1
                session.provision(key, now, sequence, language=language, replace=True)
            self.learn_clock(session)
        self.switch_off()

    def switch_off(self) -> None:
        """Pull the cable, and take the cells out and in again: the shortest way to a device that is off."""
        pull(self.device)
        self.device.restore_power()

    def dark(self) -> None:
        """Leave the device alone until nothing is to be seen, and on its battery it is off."""
        self.world.advance(self.kind.dark_s)
        assert not self.device.screen.lit
        assert self.device.running == self.device.latch.usb

    # --- the device's own time ---

    def learn_clock(self, session: Session) -> None:
        """Ask the device what the time is; from then on its chip's seconds tell `utc`."""
        while True:
            seconds = self.device.clock.seconds
            utc = session.info().utc
            if seconds == self.device.clock.seconds:
                break  # otherwise a second began while the device answered, and it may have told either
        assert utc is not None
        self._offset = utc - seconds

    @property
    def utc(self) -> int:
        """The device's own time in s."""
        return self.device.clock.seconds + self._offset

    def to_second(self, second: int, period: int = 30) -> None:
        """Let time pass until the device's clock has just reached this second of a step."""
        self.to_utc(self.utc + (second - self.utc) % period)

    def to_utc(self, utc: int) -> None:
        """Let time pass until the device's clock shows `utc`, with 10 ms to spare."""
        while self.utc < utc:
            self.world.advance(max(0.01, utc - self.utc - 1.5))

    def expected(self, key: Key) -> str:
        """The code of now, by pyotp, at the device's own time."""
        return code_of(key, self.utc // key.period)

    def until(self, seconds: float, since: int) -> None:
        """Let time pass until so many seconds after a moment (virtual ns)."""
        self.world.run_until(since + round(seconds * 1e9))

    # --- looking ---

    def effects(self, kind: str) -> list[Effect]:
        """Return what the device did of one kind, as far as the trace remembers."""
        return [effect for effect in self.world.trace.last if effect.kind == kind]

    def shown(self) -> str:
        """What is on the screen: the code and the text, or "" for darkness."""
        return " ".join(filter(None, (self.device.code, self.device.text)))


class Scene(AnyScene):
    """A world with one code display; arguments as for AnyScene."""

    device: CodeDisplay

    def __init__(self, engine: str = "micropython", seed: int = 1, **options: Any) -> None:
        super().__init__(DISPLAY, engine, seed, **options)


class Computer:
    """A program that sends requests without waiting, and looks for the answers later.

    Args:
        device: Plugged in here if it is not yet.
    """

    def __init__(self, device: Holdable) -> None:
        self.device = device
        if not device.usb_host.configured:
            device.plug()
        self.port = device.serial_port()
        self.open()
        self._number = 0

    def open(self) -> None:
        """Open the port, as a new program would."""
        self._decoder = frame.Decoder()
        self.port.open()
        self.device.world.advance(0.1)

    def send(self, command: int, **fields: Any) -> int:
        """Send a request and return its number; no time passes."""
        self._number += 1
        self.port.write(frame.encode(schema.encode_request(command, self._number, fields)))
        return self._number

    def answers(self) -> list[Answer]:
        """Take what has come: command, number, error code, fields."""
        return [schema.decode_reply(payload) for payload in self._decoder.feed(self.port.read())]

    def ask(self, command: int, within: float = 1.0, **fields: Any) -> tuple[int, Mapping[str, Any]]:
        """Send a request and return the error code and the fields of its one answer."""
        number = self.send(command, **fields)
        self.device.world.advance(within)
        ((answered, replied, code, found),) = self.answers()
        assert (answered, replied) == (command, number)
        return code, found

    def provision(self, key: Key, utc: int, sequence: int, **more: Any) -> int:
        """Send a key and return the error code of the answer."""
        fields = {
            "name": key.name,
            "kind": {"hotp": schema.HOTP, "totp": schema.TOTP}[key.kind],
            "algorithm": {"SHA1": 1, "SHA256": 2, "SHA512": 3}[key.algorithm],
            "digits": key.digits,
            "secret": key.secret,
            "utc": utc,
            "sequence": sequence,
        }
        fields |= {"period": key.period} if key.kind == "totp" else {"counter": key.counter}
        code, _ = self.ask(schema.PROVISION, **{**fields, **more})
        return code


def damaged(device: Holdable) -> bytes:
    """Return the device's flash with one bit of its last record changed, as a worn cell would.

    The log must be long: littlefs keeps a short one among its own records, and forgets one that is worn.
    """
    image = bytearray(device.flash.image())
    log = files(device)["/store/log"]
    assert len(log) > 512
    at = image.find(log)
    assert at >= 0, "the log does not lie in one piece"
    image[at + len(log) - 1] ^= 1
    return bytes(image)
