"""A session with a reader: what somebody does to it, and what can be known of it afterwards.

`play(start, actions)` lets a person do the actions, each after a pause, and returns a `Record`: what was said, with
times, and what was the case whenever a key went down. session_rules.py says what must hold of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, cast

from segl.otpauth import Key
from segl_sim import AudioReader, World
from segl_sim.hearing.transcript import Utterance, transcribe
from segl_wire import schema
from tests.device.scene import Computer
from tests.reader.session_homes import (
    DAWN,
    KEYS,
    SEED,
    Choices,
    Records,
    chosen,
    home,
    records,
    start_clock,
)

MS = 1_000_000
S = 1_000_000_000
# A key that comes sooner after the board's start finds it starting.
_STARTING = 700 * MS
_REST_NS = 30 * MS  # a contact that was let go bounces so long, and to press it then is no press
_END_S = 1.5  # of quiet, behind the last action
NEW = Key("New", b"01234567890123456789")

Clock = Literal["right", "lost", "ahead"]
What = Literal["info", "code", "speak", "cancel", "time", "wipe", "provision", "close"]


class Start(NamedTuple):
    """How a reader is at the beginning of a session.

    Args:
        keys: One of `KEYS`; "" is a fresh reader, whose first question was not answered yet.
        choices: Of its owner.
        second: Of a step of 30 s, at which the session begins.
        clock: Whether its clock is right, was lost, or was ahead when a code was last shown.
        millivolts: Of its battery.
        usb: Whether it is at a computer.
        plug: Whether headphones are in its jack.
        through_jack: Whether the loudspeaker's wire runs through the jack.
    """

    keys: str = "totp"
    choices: Choices = Choices()
    second: int = 3
    clock: Clock = "right"
    millivolts: int = 3000
    usb: bool = False
    plug: bool = False
    through_jack: bool = False


class Press(NamedTuple):
    """A key goes down after a pause, and up again; times in s. No time passes while it is down."""

    key: str
    pause: float = 1.0
    hold: float = 0.1


class Jack(NamedTuple):
    """Headphones are plugged in, or pulled out, after a pause in s."""

    plug: bool
    pause: float = 1.0


class Cable(NamedTuple):
    """The USB cable is plugged in, or pulled, after a pause in s."""

    plug: bool
    pause: float = 1.0


class Ask(NamedTuple):
    """A computer, if one is there, sends a request after a pause in s, and does not wait for the answer."""

    what: What
    pause: float = 1.0
    index: int = 0


class Jump(NamedTuple):
    """The clock chip goes wrong by so many seconds, after a pause in s."""

    seconds: int
    pause: float = 1.0


class Wait(NamedTuple):
    """Nothing happens for so many s."""

    pause: float


Action = Press | Jack | Cable | Ask | Jump | Wait


@dataclass(frozen=True)
class Moment:
    """What was the case at some time.

    Attributes:
        time: Virtual ns.
        what: "start", "down", "in", "out" (the plug), "cable", "jump", "ask" or "end".
        key: Which one went down.
        ready: Whether the board ran, and had done so for a while.
        plug: Whether headphones were in the jack, before this.
        records: What was stored.
        utc_ns: Unix time by the reader's clock, in ns; None if it was lost.
    """

    time: int
    what: str
    key: str
    ready: bool
    plug: bool
    records: Records
    utc_ns: int | None


@dataclass
class Record:
    """A session, as it was.

    Attributes:
        start: Its beginning.
        said: What was heard of the reader.
        moments: In order, one for each action that changed something, and one for the end.
        replies: What the computer was answered: command, error code, fields.
        reader: The reader itself, of which the samples can still be asked.
        troubles: What must never be: failures, restarts, underruns, faults of I2S, complaints of the codec.
    """

    start: Start
    reader: AudioReader
    moments: list[Moment] = field(default_factory=list)
    said: list[Utterance] = field(default_factory=list)
    replies: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys on the reader at the start."""
        return KEYS[self.start.keys] if self.start.keys else ()

    @property
    def downs(self) -> list[Moment]:
        """The moments at which keys went down."""
        return [moment for moment in self.moments if moment.what == "down"]

    def at(self, when: int) -> Moment:
        """Return the last moment until a time."""
        return next(moment for moment in reversed(self.moments) if moment.time <= when)

    def utc_ns(self, when: int) -> int | None:
        """Return Unix time by the reader's clock at a virtual time, in ns; None if it was lost."""
        moment = self.at(when)
        return None if moment.utc_ns is None else moment.utc_ns + when - moment.time


def play(
    start: Start,
    actions: Sequence[Action],
    engine: str = "micropython",
    overrides: Mapping[str, str] | None = None,
) -> Record:
    """Let somebody use a reader."""
    with World(seed=SEED, engine=engine, utc=DAWN + start.second) as world:
        return _Person(world, start, overrides).act(actions)


class _Person:
    """Somebody with a reader in their hands, and a computer."""

    def __init__(self, world: World, start: Start, overrides: Mapping[str, str] | None) -> None:
        self.world = world
        flash = None
        if start.keys:
            shown = {}
            if start.clock == "ahead":
                late = (DAWN + start.second) // 30 + 3
                shown = dict.fromkeys(range(len(KEYS[start.keys])), late)
            flash = chosen(home(start.keys).flash, start.choices, shown, overrides)
        options: dict[str, Any] = {"flash": flash, "speaker_through_jack": start.through_jack}
        self.reader = world.audio_reader(overrides=overrides, **options)
        self.reader.battery.millivolts = start.millivolts
        if start.keys and start.clock != "lost":
            start_clock(self.reader, home(start.keys).chip(DAWN + start.second))
        self.computer: Computer | None = None
        self.record = Record(start, self.reader)
        self.stored = (-1, Records(Choices(0), None, {}))
        self.sequence = 1000
        self.at_rest: dict[str, int] = {}  # virtual ns from which a key can be pressed again
        if start.plug:
            self.reader.insert_plug()
        if start.usb:
            self._cable(True)
        self._note("start")

    def act(self, actions: Sequence[Action]) -> Record:
        """Do everything, and return what can be known of it."""
        world, reader, record = self.world, self.reader, self.record
        for action in actions:
            world.advance(action.pause)
            self._do(action)
        world.advance(_END_S)
        self._note("end")
        self._listen()
        said = transcribe(reader, keys=[down.time for down in record.downs])
        record.said = [one for one in said if one.outlets]  # what was muted, nobody heard
        record.troubles += [f"underrun at {when}" for when in reader.audio.underruns]
        record.troubles += reader.audio.faults + reader.codec.complaints + reader.console
        record.troubles += [
            f"{effect.kind} {effect.detail}"
            for effect in world.trace.last
            if effect.kind in ("watchdog", "failure")
        ]
        return record

    def _do(self, action: Action) -> None:
        reader = self.reader
        if isinstance(action, Press):
            # The finger is still on it, or left it so short ago that its contact bounces.
            self.world.run_until(max(self.world.now, self.at_rest.get(action.key, 0)))
            self._note("down", action.key)
            reader.finger(action.key, action.hold)
            self.at_rest[action.key] = self.world.now + round(action.hold * S) + _REST_NS
        elif isinstance(action, Jack):
            self._note("in" if action.plug else "out")
            (reader.insert_plug if action.plug else reader.pull_plug)()
        elif isinstance(action, Cable):
            self._note("cable")
            self._cable(action.plug)
        elif isinstance(action, Jump):
            reader.clock.shift_seconds(action.seconds)
            self._note("jump")
        elif isinstance(action, Ask) and self.computer:
            self._note("ask")
            self._ask(action)

    def _cable(self, plug: bool) -> None:
        if plug and self.computer is None:
            self.computer = Computer(cast("Any", self.reader))
        elif not plug and self.computer is not None:
            self._listen()
            self.computer = None
            self.reader.unplug()

    def _ask(self, action: Ask) -> None:
        assert self.computer
        self._listen()
        utc = DAWN + self.record.start.second + self.world.now // S
        self.sequence += 1
        if action.what == "close":
            self.computer.open()
        elif action.what == "provision":
            self.computer.send(
                schema.PROVISION,
                name=NEW.name,
                kind=schema.TOTP,
                algorithm=1,
                digits=6,
                period=30,
                secret=NEW.secret,
                utc=utc,
                sequence=self.sequence,
                replace=True,
            )
        elif action.what == "time":
            self.computer.send(schema.TIME, utc=utc, sequence=self.sequence)
        elif action.what in ("code", "speak"):
            self.computer.send(schema.CODE if action.what == "code" else schema.SPEAK, index=action.index)
        else:
            self.computer.send(
                {"info": schema.INFO, "cancel": schema.CANCEL, "wipe": schema.WIPE}[action.what]
            )

    def _listen(self) -> None:
        """Take what the computer was answered."""
        if self.computer:
            for command, _, code, fields in self.computer.answers():
                self.record.replies.append((command, code, fields))

    def _note(self, what: str, key: str = "") -> None:
        reader, now = self.reader, self.world.now
        operations = reader.flash.snapshot().operations
        if operations != self.stored[0]:
            self.stored = operations, records(reader)
        stored = self.stored[1]
        utc = None
        if stored.offset is not None and not reader.clock.stopped:
            # Its phase is what no second tells; it counts in 1e-18 s.
            utc = (reader.clock.seconds + stored.offset) * S + reader.clock._phase // S
        ready = reader.running and now - reader.started > _STARTING
        moment = Moment(now, what, key, ready, reader.codec.jack, stored, utc)
        self.record.moments.append(moment)
