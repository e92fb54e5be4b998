"""A small service with a login, such as your own: one-time codes by pyotp, security keys by python-fido2, Flask around.

Run it by `flask --app service run`. It keeps everything in memory.
"""

import secrets
import time
from collections.abc import Callable
from hmac import compare_digest
from typing import Any

from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)
from flask import Flask, abort, request, session
from pyotp import random_base32
from pyotp.totp import TOTP

RP_ID = "shop.example.com"
VERIFIED = UserVerificationRequirement.REQUIRED  # touch and PIN: no password beside them
STEP_S = 30


def create_app(clock: Callable[[], float] = time.time) -> Flask:
    """Make the service.

    Args:
        clock: Unix time in s; tests may have it stand still.
    """
    app = Flask(__name__)
    app.secret_key = secrets.token_bytes(32)
    secret_of: dict[str, str] = {}
    last_step: dict[str, int] = {}
    key_of: dict[str, AttestedCredentialData] = {}
    keys: Any = Fido2Server(PublicKeyCredentialRpEntity(id=RP_ID, name="Example shop"))

    @app.post("/code/enroll")
    def code_enroll() -> dict[str, str]:
        user = _asked("user")
        secret_of[user] = random_base32()
        last_step[user] = -1
        return {"uri": TOTP(secret_of[user], name=user, issuer="Example shop").provisioning_uri()}

    @app.post("/code/login")
    def code_login() -> dict[str, str]:
        user, code = _asked("user"), _asked("code")
        now = int(clock()) // STEP_S
        # RFC 6238, 5.2: a code may be late by one step; and none is taken twice.
        steps = [step for step in (now - 1, now) if step > last_step.get(user, now)]
        right = [step for step in steps if _same(TOTP(secret_of[user]).generate_otp(step), code)]
        if not right:
            abort(403)
        last_step[user] = right[0]
        return {"user": user}

    @app.post("/key/enroll/begin")
    def key_enroll_begin() -> dict[str, Any]:
        user = _asked("user")
        entity = PublicKeyCredentialUserEntity(id=user.encode(), name=user, display_name=user)
        options, session["state"] = keys.register_begin(entity, user_verification=VERIFIED)
        return dict(options)

    @app.post("/key/enroll/end")
    def key_enroll_end() -> dict[str, str]:
        user = _asked("user")
        made = _checked(keys.register_complete, session.pop("state", None), _asked("response"))
        key_of[user] = made.credential_data
        return {"user": user}

    @app.post("/key/login/begin")
    def key_login_begin() -> dict[str, Any]:
        user = _asked("user")
        options, session["state"] = keys.authenticate_begin(_known(user), VERIFIED)
        return dict(options)

    @app.post("/key/login/end")
    def key_login_end() -> dict[str, str]:
        user = _asked("user")
        _checked(keys.authenticate_complete, session.pop("state", None), _known(user), _asked("response"))
        return {"user": user}

    def _known(user: str) -> list[AttestedCredentialData]:
        return [key_of[user]] if user in key_of else abort(403)

    return app


def _same(right: str, code: Any) -> bool:
    return compare_digest(right.encode(), str(code).encode())


def _asked(field: str) -> Any:
    return (request.get_json(silent=True) or {}).get(field) or abort(400)


def _checked(complete: Callable[..., Any], state: Any, *arguments: Any) -> Any:
    """Return what python-fido2 makes of an answer; it raises ValueError for a wrong one."""
    if state is None:
        abort(400)
    try:
        return complete(state, *arguments)
    except ValueError:
        abort(403)
