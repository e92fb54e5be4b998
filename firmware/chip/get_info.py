"""authenticatorGetInfo. Source: CTAP 2.1 section 6.4; for members 22, 24 and 29, CTAP 2.2 section 6.4."""

from chip import credential, ctap, extensions, pin, protocols
from common.version import VERSION
from segl_wire import cbor


def run(state, data):
    """Return what the chip can do and how it stands."""
    yield
    if data:
        raise ctap.CtapError(ctap.INVALID_LENGTH)
    return cbor.encode(info(state))


def info(state):
    """Return the members of the answer by their numbers."""
    settings = state.settings
    always_uv = bool(settings.always_uv)
    major, minor, patch = [int(part) for part in VERSION.split(".")]
    return {
        1: ["FIDO_2_0", "FIDO_2_1"] if always_uv else ["U2F_V2", "FIDO_2_0", "FIDO_2_1"],
        2: list(extensions.NAMES),
        3: ctap.AAGUID,
        4: {
            "rk": True,
            "up": True,
            "plat": False,
            "alwaysUv": always_uv,
            "authnrCfg": True,
            "clientPin": state.protected,
            "credMgmt": True,
            "largeBlobs": True,
            "makeCredUvNotRqd": not always_uv,
            "pinUvAuthToken": True,
            "setMinPINLength": True,
        },
        5: ctap.MAX_MESSAGE,
        6: list(protocols.VERSIONS),
        7: ctap.MAX_LIST,
        8: credential.ID_SIZE,
        9: ["usb"],
        10: [{"alg": number, "type": "public-key"} for number in ctap.ALGORITHMS],
        11: ctap.MAX_LARGE_BLOBS,
        12: bool(settings.force_pin_change),
        13: settings.min_pin_length,
        14: major << 16 | minor << 8 | patch,
        15: ctap.MAX_BLOB,
        16: ctap.MAX_RP_IDS,
        20: state.passkeys.left,
        22: ["packed", "none"],
        24: True,
        29: pin.MAX_BYTES,
    }
