"""Write docs/metadata-chip.json: what relying parties can look up about the chip, in FIDO's own form.

What a running chip says of itself is asked of a simulated one. Source: FIDO Metadata Statement v3.0, FIDO Registry of
Predefined Values v2.2, CTAP 2.2 section 6.4 for the names of getInfo's members.

python tools/gen_metadata.py           writes the statement
python tools/gen_metadata.py --check   fails if the file is not what would be written
"""

import base64
import json
import struct
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from fido2.ctap2.base import Ctap2
from fido2.ctap2.pin import ClientPin

from segl_sim import World

PAGE = Path(__file__).parents[1] / "docs" / "metadata-chip.json"
MEMBERS = {
    1: "versions",
    2: "extensions",
    3: "aaguid",
    4: "options",
    5: "maxMsgSize",
    6: "pinUvAuthProtocols",
    7: "maxCredentialCountInList",
    8: "maxCredentialIdLength",
    9: "transports",
    10: "algorithms",
    11: "maxSerializedLargeBlobArray",
    12: "forcePINChange",
    13: "minPINLength",
    14: "firmwareVersion",
    15: "maxCredBlobLength",
    16: "maxRPIDsForSetMinPINLength",
    20: "remainingDiscoverableCredentials",
    22: "attestationFormats",
    24: "longTouchForReset",
    29: "maxPINLength",
}
VERSIONS = {"FIDO_2_0": (1, 0), "FIDO_2_1": (1, 1)}  # U2F has a statement of another form
ALGORITHMS = {
    -7: "secp256r1_ecdsa_sha256_raw",
    -8: "ed25519_eddsa_sha512_raw",
    -9: "secp256r1_ecdsa_sha256_raw",
}
ICON = """
................
....########....
....#......#....
....#.#..#.#....
....#......#....
..############..
..#..........#..
..#....##....#..
..#...#..#...#..
..#...#..#...#..
..#....##....#..
..#..........#..
..#...####...#..
..#..........#..
..############..
................
"""
_SCALE = 4
_BITS = 128  # what an attack on P-256 or Ed25519 takes


def main() -> int:
    """Write the statement, or with --check compare it."""
    text = json.dumps(statement(*asked()), indent=2) + "\n"
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.name} is out of date: run python tools/gen_metadata.py", file=sys.stderr)
    return 1


def asked() -> tuple[Mapping[int, Any], int]:
    """Ask a new chip what it can do, and how often its PIN may be guessed."""
    with World(seed=1) as world:
        ctap = Ctap2(world.chip().ctap())
        info = ctap.send_cbor(Ctap2.CMD.GET_INFO)
        pin = ClientPin(ctap)
        pin.set_pin("1234")
        return info, pin.get_pin_retries()[0]


def statement(info: Mapping[int, Any], pin_retries: int) -> dict[str, Any]:
    """Return the statement.

    Args:
        info: What getInfo answered, by number.
        pin_retries: How often a PIN may be guessed.
    """
    presence = {"userVerificationMethod": "presence_internal"}
    pin = {
        "userVerificationMethod": "passcode_external",
        "caDesc": {"base": 64, "minLength": info[13], "maxRetries": pin_retries, "blockSlowdown": 0},
    }
    return {
        "legalHeader": "Part of the Segl project, under the Apache License 2.0. Not submitted to FIDO's service.",
        "description": "Segl chip, a security key in MicroPython",
        "aaguid": str(UUID(bytes=info[3])),
        "protocolFamily": "fido2",
        "schema": 3,
        "authenticatorVersion": info[14],
        "upv": [
            {"major": VERSIONS[version][0], "minor": VERSIONS[version][1]}
            for version in info[1]
            if version in VERSIONS
        ],
        "authenticationAlgorithms": list(dict.fromkeys(ALGORITHMS[entry["alg"]] for entry in info[10])),
        "publicKeyAlgAndEncodings": ["cose"],
        "attestationTypes": ["basic_surrogate"],
        "attestationRootCertificates": [],
        "userVerificationDetails": [[{"userVerificationMethod": "none"}], [presence], [pin], [presence, pin]],
        "keyProtection": ["software", "remote_handle"],
        "isKeyRestricted": True,
        "isFreshUserVerificationRequired": True,
        "matcherProtection": ["software"],
        "cryptoStrength": _BITS,
        "attachmentHint": ["external", "wired"],
        "tcDisplay": [],
        "supportedExtensions": [{"id": name, "fail_if_unknown": False} for name in info[2]],
        "icon": "data:image/png;base64," + base64.b64encode(icon()).decode(),
        "authenticatorGetInfo": {
            MEMBERS[number]: value.hex() if isinstance(value, bytes) else value
            for number, value in info.items()
        },
    }


def icon() -> bytes:
    """Return the picture as PNG: black on white, one bit a pixel, packed alike on every machine."""
    rows = ["".join(sign * _SCALE for sign in row) for row in ICON.split() for _ in range(_SCALE)]
    size = len(rows)
    lines = [
        b"\0" + int(row.replace("#", "0").replace(".", "1"), 2).to_bytes(size // 8, "big") for row in rows
    ]
    head = struct.pack(">IIBBBBB", size, size, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", _stored(b"".join(lines)))
        + _chunk(b"IEND", b"")
    )


def _stored(data: bytes) -> bytes:
    """Pack without compressing, since no two versions of zlib need do that alike."""
    block = struct.pack("<BHH", 1, len(data), len(data) ^ 0xFFFF) + data
    return b"\x78\x01" + block + struct.pack(">I", zlib.adler32(data))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


if __name__ == "__main__":
    sys.exit(main())
