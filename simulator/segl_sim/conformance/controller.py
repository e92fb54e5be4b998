"""What the tests take for a hub that switches a security key's power and touches it: an HTTP server on this computer.

GET /usbPORT/touch/on, touch/off, power/on, power/off. Source: python-fido2, tests/device, option --controller.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

_ERRANDS = {"touch/on": "touch", "power/on": "plug", "power/off": "unplug"}


class Controller:
    """Serves in a thread of its own, on a free port of the loopback interface.

    Args:
        ask: Takes each errand: "touch", "plug" or "unplug".
    """

    def __init__(self, ask: Callable[[str], None]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _, _, what = self.path.lstrip("/").partition("/")
                if what in _ERRANDS:
                    ask(_ERRANDS[what])
                self.send_response(204)
                self.end_headers()

            def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
                pass  # the library would print it

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()
