"""Somebody else's authenticator in software, for comparison: soft-fido2, where it is installed.

It is driven as the simulated chip is: by python-fido2, in 64-byte reports, within this process. It runs in CPython
with the C code of `cryptography`, does no work of a board's, and is told not to ask for touches.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import importlib
import logging
import os
import tempfile
from collections.abc import Generator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID
from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import PinProtocolV1
from fido2.hid import CtapHidDevice
from fido2.hid.base import CtapHidConnection, HidDescriptor

from segl_sim.platforms import PIN, Platform
from segl_sim.usb_hid import REPORT

PACKAGE = "soft-fido2"
_NEEDS = ("soft_fido2", "jeepney")  # the second is one of its extras, without which it cannot be imported
_ANSWER_S = 10


class OtherKey:
    """Its authenticator, with a PIN and nothing stored.

    Args:
        home: An empty folder for what it stores.
    """

    def __init__(self, home: Path) -> None:
        self.name = f"{PACKAGE} {version(PACKAGE)}"
        self._key_pair: Any = importlib.import_module("soft_fido2.key_pair")
        self._queues: Any = importlib.import_module("soft_fido2.platform.message_queues")
        self._device: Any = importlib.import_module("soft_fido2.platform.passkey_device")
        self._file = home / "bench.passkey"
        self._queues.MessageQueue.platform_key_requests = self
        self._platform_key = self._key_pair.KeyPair.generate_ecdsa()
        self._protect()

    def put(self, request: Any) -> None:
        """Give it the key of this computer that it asks for, as its program with windows would."""
        answer = self._queues.PlatformKeyResponse(request.request_id, self._platform_key)
        self._queues.MessageQueue.platform_key_responses.put(answer)

    def platform(self) -> Platform:
        """Open a channel to it."""
        connection = _Connection(self._device.CTAPHIDevice(os.devnull))
        descriptor = HidDescriptor(self.name, 0, 0, REPORT, REPORT, self.name, None)
        return Platform(Ctap2(CtapHidDevice(descriptor, connection)), PinProtocolV1(), lambda _: None)

    def stored(self) -> bytes:
        """Return what it has stored, for `restore`."""
        return self._file.read_bytes()

    def restore(self, stored: bytes) -> None:
        """Let it have stored just that."""
        self._file.write_bytes(stored)

    def _protect(self) -> None:
        """Give it a PIN, which it can only have from its program with windows."""
        key = self._key_pair.KeyPair.generate_ecdsa().get_private()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bench")])
        day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        certificate = x509.CertificateBuilder(
            name, name, key.public_key(), 1, day, day.replace(year=2036)
        ).sign(key, hashes.SHA256())
        digest = hashlib.sha256(PIN.encode()).digest()
        self._key_pair.KeyUtils._save_passkey(key, certificate, [], digest, self._file.name)


class _Connection(CtapHidConnection):
    def __init__(self, device: Any) -> None:
        self._device = device

    def write_packet(self, data: bytes) -> None:
        # As it comes from the kernel: the number of the report first.
        self._device.process_output(SimpleNamespace(data=b"\0" + data, ev_len=1 + REPORT))

    def read_packet(self) -> bytes:
        return self._device.pending.get(timeout=_ANSWER_S)

    def close(self) -> None:
        pass


@contextlib.contextmanager
def other_key() -> Generator[OtherKey | None]:
    """Give the authenticator, or None where it is not installed."""
    if any(find_spec(name) is None for name in _NEEDS):
        yield None
        return
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(FIDO_HOME=home, SOFT_FIDO2_SKIP_UP="1")
        logging.disable(logging.CRITICAL)  # it logs every byte, and a traceback for each foreign id
        try:
            yield OtherKey(Path(home))
        finally:
            logging.disable(logging.NOTSET)
            os.environ.clear()
            os.environ.update(environment)
