"""What commands check of a user's PIN: by a message that the holder of the pinUvAuthToken authenticated.

Source: CTAP 2.1 sections 6.1.2, 6.2.2 and 6.5.
"""

from chip import cose, ctap, protocols
from common import p256


def known(version):
    """Raise CtapError unless this is the number of a PIN/UV auth protocol of ours."""
    if version is None:
        raise ctap.CtapError(ctap.MISSING_PARAMETER)
    if version not in protocols.VERSIONS:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)


def agree(state, version, key):
    """Return the Secret shared with the platform that sent a COSE key.

    Raises:
        CtapError: The key is none.
    """
    private, _, _ = yield from state.agreement()
    x, y = cose.point(key)
    try:
        agreed = yield from p256.agree(private, x, y, state.random)
    except ValueError:
        raise ctap.CtapError(ctap.INVALID_PARAMETER)
    return protocols.derive(version, agreed, state.parts.aes_cbc, state.random)


def begin(state, request):
    """Look at a request's signature and protocol; an empty signature asks which of several chips the user touches.

    Raises:
        CtapError: The protocol is none of ours, or the signature is empty: then after the touch.
    """
    signature = request["signature"]
    if signature is None:
        return
    if not len(signature):
        state.presence.ask()
        yield from state.presence.wait()
        raise ctap.CtapError(ctap.PIN_INVALID if state.protected else ctap.PIN_NOT_SET)
    known(request["protocol"])


def of_user(state, request, permission, rp_id):
    """Return whether the request proves that the user's PIN was right.

    Args:
        state: The State.
        request: Its values, which `begin` has looked at: "hash", "signature", "protocol".
        permission: What the token must allow.
        rp_id: The relying party, as text.

    Raises:
        CtapError: The proof is none.
    """
    if request["signature"] is None:
        return False
    if not state.protected:
        raise ctap.CtapError(ctap.PUAT_REQUIRED if state.settings.always_uv else ctap.PIN_NOT_SET)
    state.token.check_user(request["protocol"], request["hash"], request["signature"], permission, rp_id)
    return True


def of_holder(state, request, message, permission):
    """Check that the holder of a token asks for something that concerns the whole chip.

    Raises:
        CtapError: It is not so.
    """
    if request["signature"] is None:
        raise ctap.CtapError(ctap.PUAT_REQUIRED)
    known(request["protocol"])
    state.token.check(request["protocol"], message, request["signature"], permission)
