"""The chip's part of `make bench`: registering and signing in, on boards, on both engines, and elsewhere."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from fido2.ctap import CtapError

from segl_sim.bench_other import PACKAGE, OtherKey, other_key
from segl_sim.bench_rows import MODELLED, Row, spread, timed
from segl_sim.boards import PICO, PICO2
from segl_sim.chip_costs import measure_chip
from segl_sim.chip_memory import CREDENTIALS, measure_memory
from segl_sim.chip_use import SEED, User, Work, used_chip
from segl_sim.engines.micropython import MicroPythonEngine
from segl_sim.firmware import firmware_root
from segl_sim.platforms import Platform, Proof
from segl_sim.world import World

_CHIPS = {"pico": "RP2040", "pico2": "RP2350"}
_CALLS = {"micropython": 40, "cpython": 100}
_OTHER_CALLS = 100
_FOREIGN = 20
_STORED = (1, CREDENTIALS)
_ID, _SHORT_ID = 96, 32  # the other one's messages have 1200 bytes at most
_FIELDS = ("common/p256_field.py", "common/ed25519_field.py")
# Behind the seam of each field: one multiplication for each `mul`, two for each `mul_add`.
_COUNT = """

_counted = 0
_mul = mul

def mul(a, b):
    global _counted
    _counted += 1
    return _mul(a, b)

def counted():
    return _counted
"""
_COUNT_ADD = """

_mul_add = mul_add

def mul_add(a, b, c, d):
    global _counted
    _counted += 2
    return _mul_add(a, b, c, d)
"""


@dataclass(frozen=True)
class _Case:
    """A request that is measured.

    Args:
        name: How its row calls it.
        credentials: How many are stored.
        proven: Whether the PIN is proven.
        request: Takes the platform and the proof of the PIN.
    """

    name: str
    credentials: int
    proven: bool
    request: Callable[[Platform, Proof | None], object]


def chip_rows() -> Iterator[Row]:
    """Measure everything."""
    yield from _costs()
    yield from _memory()
    multiplications = field_multiplications()
    for engine in _CALLS:
        yield from _calls(engine, multiplications)
    yield from _elsewhere()


def field_multiplications(credentials: Sequence[int] = _STORED) -> dict[str, int]:
    """Count those of each kind of request, by its name.

    Args:
        credentials: How many shall be stored: each of these.
    """
    root = firmware_root()
    overrides = {path: (root / path).read_text() + _COUNT for path in _FIELDS}
    overrides[_FIELDS[0]] += _COUNT_ADD
    found: dict[str, int] = {}
    for case in _cases(credentials):
        with World(SEED) as world:
            user = User(used_chip(world, PICO2, case.credentials, case.proven, overrides))
            proof = user.platform.prove_pin() if case.proven else None
            before = _counted(user)
            case.request(user.platform, proof)
            found[case.name] = _counted(user) - before
    return found


def _costs() -> Iterator[Row]:
    for board in (PICO, PICO2):
        costs, chip = measure_chip(board), _CHIPS[board.name]
        for what, before, after in (
            ("makeCredential, ES256", costs.make_before_ms, costs.make_after_ms),
            ("getAssertion, ES256", costs.get_before_ms, costs.get_after_ms),
            ("makeCredential, EdDSA", costs.make_eddsa_before_ms, costs.make_eddsa_after_ms),
            ("getAssertion, EdDSA", costs.get_eddsa_before_ms, costs.get_eddsa_after_ms),
        ):
            yield (
                f"{what}, {chip}",
                f"{before:.0f} before the touch, {after:.0f} after it",
                "ms",
                f"1 credential stored, PIN proven before; {MODELLED}",
            )
        yield f"ECDH, {chip}", f"{costs.ecdh_ms:.0f}", "ms", f"no garbage collected; {MODELLED}"
        yield f"PIN check, {chip}", f"{costs.pin_ms:.0f}", "ms", f"two requests, ECDH included; {MODELLED}"
        yield f"chip's boot, {chip}", f"{costs.boot_ms:.0f}", "ms", f"plug to idle; {MODELLED}"


def _memory() -> Iterator[Row]:
    for board in (PICO, PICO2):
        found, chip = measure_memory(board), _CHIPS[board.name]
        for what, value in (
            ("idle", found.idle),
            ("makeCredential waits for the touch", found.waiting),
            ("high-water mark", found.most),
        ):
            yield (
                f"chip's live heap, {what}, {chip}",
                f"{value:,} of {board.heap_budget:,}",
                "bytes",
                f"after a collection, {CREDENTIALS} credentials, 4 KiB of large blobs, byte code included",
            )
        yield (
            f"chip's heap with garbage, {chip}",
            f"{found.raw:,}",
            "bytes",
            "high-water mark at the ends of turns; collected each 48 KiB, a board does so when its heap is full",
        )
        for what, value in (
            ("PIN check", found.pin_garbage),
            ("makeCredential", found.make_garbage),
            (f"getAssertion among {CREDENTIALS}", found.get_garbage),
        ):
            yield f"garbage of a {what}, {chip}", f"{value:,}", "bytes", "allocated in all its turns"
        yield (
            f"chip's flash left, {chip}",
            f"{found.flash_left:,} of {board.files_size:,}",
            "bytes",
            f"firmware, {CREDENTIALS} credentials and large blobs installed",
        )


def _cases(numbers: Sequence[int] = _STORED) -> Iterator[_Case]:
    for credentials in numbers:
        for proven in (False, True):
            stored = f"{'with' if proven else 'without'} PIN, {credentials} stored"
            yield _Case(
                f"makeCredential {stored}", credentials, proven, lambda one, proof: one.make(0, proof)
            )
            yield _Case(
                f"getAssertion {stored}", credentials, proven, lambda one, proof: one.sign_in((), proof)
            )
    foreign = f"getAssertion without PIN, 1 stored, {_FOREIGN} foreign ids allowed"
    yield _Case(foreign, 1, False, partial(_refused, length=_ID))


def _refused(platform: Platform, proof: Proof | None, length: int) -> None:
    """Ask with ids that are not the key's."""
    try:
        platform.sign_in([bytes([number]) * length for number in range(_FOREIGN)], proof)
    except CtapError as error:
        if error.code == CtapError.ERR.NO_CREDENTIALS:
            return
        raise
    raise AssertionError("signed with a foreign id")


def _counted(user: User) -> int:
    engine = user.chip.engine
    assert isinstance(engine, MicroPythonEngine)
    modules = [path.removesuffix(".py").replace("/", ".") for path in _FIELDS]
    return sum(engine.evaluate(module, "counted") for module in modules)


def _calls(engine: str, multiplications: dict[str, int]) -> Iterator[Row]:
    for case in _cases():
        took: list[float] = []
        works: list[Work] = []
        with World(SEED, engine) as world:
            user = User(used_chip(world, PICO2, case.credentials, case.proven))
            for _ in range(_CALLS[engine]):
                proof = user.platform.prove_pin() if case.proven else None
                request = partial(case.request, user.platform, proof)
                took.append(timed(lambda: works.append(user.work(request))))  # noqa: B023 - called at once
        how = f"touched when ready; {multiplications[case.name]:,} field multiplications"
        if engine == "micropython":
            before, after = (
                statistics.median(getattr(work, name) for work in works) for name in ("before_ms", "after_ms")
            )
            how += f"; on RP2350 {before:.0f} ms before the touch, {after:.0f} after it, {MODELLED}"
        yield _call_row(f"{case.name}, {engine}", took, how)


def _call_row(what: str, took: list[float], how: str) -> Row:
    return what, spread(took), "ms", f"wall clock, {len(took)} calls by python-fido2; {how}"


def _elsewhere() -> Iterator[Row]:
    """The same calls to somebody else's software authenticator, which stores credentials only with a PIN."""
    with other_key() as key:
        if key is None:
            how = f"install {PACKAGE} and jeepney beside Segl, with pip"
            yield "another software authenticator", "not measured", "ms", how
            return
        plain = key.platform()
        allowed = plain.make(stored=False).auth_data.credential_data
        assert allowed is not None
        ids = [allowed.credential_id]
        yield _other_row(key, "makeCredential without PIN, none stored", lambda _: plain.make(stored=False))
        yield _other_row(key, "getAssertion without PIN, its id allowed", lambda _: plain.sign_in(ids))
        yield _other_row(
            key,
            f"getAssertion without PIN, {_FOREIGN} foreign ids allowed",
            partial(_refused, plain, length=_SHORT_ID),
        )
        protected = key.platform()
        for user in range(CREDENTIALS):
            protected.make(user, protected.prove_pin())
            if user + 1 in (1, CREDENTIALS):
                yield from _other_protected(key, protected, user + 1)


def _other_protected(key: OtherKey, platform: Platform, credentials: int) -> Iterator[Row]:
    stored = key.stored()

    def prepare() -> Proof:
        key.restore(stored)  # it has no room for replacing a credential, only for more of them
        return platform.prove_pin()

    name = f"with PIN, {credentials} stored"
    yield _other_row(key, f"makeCredential {name}", lambda proof: platform.make(CREDENTIALS, proof), prepare)
    key.restore(stored)
    yield _other_row(key, f"getAssertion {name}", lambda proof: platform.sign_in((), proof), prepare)


def _other_row(
    key: OtherKey,
    what: str,
    request: Callable[[Proof | None], object],
    prepare: Callable[[], Proof | None] = lambda: None,
) -> Row:
    took: list[float] = []
    for _ in range(_OTHER_CALLS):
        proof = prepare()
        took.append(timed(lambda: request(proof)))  # noqa: B023 - called at once
    return _call_row(f"{what}, {key.name}", took, "in CPython with C's arithmetic, no touch asked for")
