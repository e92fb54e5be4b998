"""A web page with security keys, and the server behind it, for browsers that reach a chip in whichever way.

The page has two buttons, #register and #sign-in, which leave their result in #result as JSON, and the functions behind
them, `register(asked, changed)` and `signIn(asked, changed)`. They return {"ok": true, ...} or {"error": name,
"message": text}, where the name is the DOMException's, or "ServerError" if the server did not accept the answer.
`asked` goes to the server, which knows userVerification, residentKey, extensions, exclude and anyone; `changed` is laid
over the options on their way to the browser.

The server is python-fido2's, and counters must rise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from fido2.server import Fido2Server
from fido2.utils import websafe_decode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
)

_PAGE = """<!doctype html>
<title>Relying party</title>
<script src="/page.js"></script>
<button id="register">Register</button>
<button id="sign-in">Sign in</button>
<output id="result"></output>
"""
_SCRIPT = Path(__file__).with_name("relying_page.js")
_USER = PublicKeyCredentialUserEntity(id=b"user-1", name="somebody", display_name="Somebody")


class RelyingParty:
    """What the server knows.

    Args:
        rp_id: Its id; pages of this domain may use it.

    Attributes:
        credentials: That were registered, in order.
        seen: The authenticator data of the last answer that was accepted.
    """

    def __init__(self, rp_id: str) -> None:
        self.credentials: list[AttestedCredentialData] = []
        self.seen: AuthenticatorData | None = None
        self._server = Fido2Server(PublicKeyCredentialRpEntity(id=rp_id, name="Relying party"))
        self._counters: dict[bytes, int] = {}
        self._states: dict[str, Any] = {}

    def answer(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request of the page.

        Raises:
            ValueError: Its answer is not accepted.
        """
        return {
            "/register/begin": self._begin_registration,
            "/register/complete": self._complete_registration,
            "/sign-in/begin": self._begin_sign_in,
            "/sign-in/complete": self._complete_sign_in,
        }[path](body)

    def _begin_registration(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        options, state = self._server.register_begin(
            _USER,
            self.credentials if asked.get("exclude") else [],
            resident_key_requirement=asked.get("residentKey"),
            user_verification=asked.get("userVerification"),
            extensions=asked.get("extensions"),
        )
        return self._begun(options, state)

    def _complete_registration(self, response: Mapping[str, Any]) -> dict[str, Any]:
        self.seen = self._server.register_complete(self._begun_with(response), response)
        assert self.seen.credential_data
        self.credentials.append(self.seen.credential_data)
        self._counters[self.seen.credential_data.credential_id] = self.seen.counter
        return self._about(self.seen)

    def _begin_sign_in(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        options, state = self._server.authenticate_begin(
            None if asked.get("anyone") else self.credentials,
            user_verification=asked.get("userVerification"),
            extensions=asked.get("extensions"),
        )
        return self._begun(options, state)

    def _complete_sign_in(self, response: Mapping[str, Any]) -> dict[str, Any]:
        found = self._server.authenticate_complete(self._begun_with(response), self.credentials, response)
        self.seen = AuthenticationResponse.from_dict(response).response.authenticator_data
        if self.seen.counter <= self._counters[found.credential_id]:
            raise ValueError("The counter has not risen.")
        self._counters[found.credential_id] = self.seen.counter
        return self._about(self.seen)

    def _begun(self, options: Any, state: Any) -> dict[str, Any]:
        self._states[state["challenge"]] = state
        return json.loads(json.dumps(dict(options["publicKey"]), default=dict))

    def _begun_with(self, response: Mapping[str, Any]) -> Any:
        told = json.loads(websafe_decode(response["response"]["clientDataJSON"]))
        return self._states.pop(told["challenge"])  # a challenge is good for one answer

    def _about(self, seen: AuthenticatorData) -> dict[str, Any]:
        return {"ok": True, "verified": seen.is_user_verified(), "counter": seen.counter}


@contextmanager
def serve(party: RelyingParty, host: str = "localhost") -> Iterator[str]:
    """Serve the page on this computer; give its URL.

    Args:
        party: Who answers.
        host: How the URL calls this computer.
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(party)) as server:
        thread = Thread(target=server.serve_forever, args=[0.01], daemon=True)
        thread.start()
        try:
            yield f"http://{host}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def _handler(party: RelyingParty) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/page.js":
                self._send(200, "text/javascript", _SCRIPT.read_bytes())
            elif self.path == "/":
                self._send(200, "text/html", _PAGE.encode())
            else:
                self._send(404, "text/plain", b"")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, answer = 200, party.answer(self.path, body)
            except (ValueError, KeyError) as error:
                status, answer = 400, {"error": "ServerError", "message": str(error)}
            self._send(status, "application/json", json.dumps(answer).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", "default-src 'self'; frame-src *")
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, *_: object) -> None:
            """Say nothing: a test's output is its own."""

    return Handler
