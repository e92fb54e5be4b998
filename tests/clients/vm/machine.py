"""A virtual machine in which a stock Linux kernel runs the programs of this computer.

The computer's root is the machine's, below an overlay: what is written there is gone when it stops. It runs in QEMU,
and needs no rights. Commands go to `agent.py` in it, and what they print comes back.
"""

import json
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.clients.vm.initramfs import initramfs
from tests.clients.vm.kernel import Kernel

_BOOT_S = 90  # nearly all of them take 10 s
# QEMU without hardware support has hung once in 170 starts, before the kernel's first line, using no time at all.
_BOOTS = 2
_AGENT = Path(__file__).with_name("agent.py")
_KERNEL_WORDS = "console=ttyS0 loglevel=7 panic=-1 mitigations=off random.trust_cpu=on"


class Machine:
    """The machine, from `with` to the end of it.

    Args:
        folder: For its files; `console.log` has what the kernel prints while it starts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "console.log"

    def __enter__(self) -> "Machine":
        kernel = Kernel()
        with socket.create_server(("127.0.0.1", 0)) as server:
            command = [sys.executable, str(_AGENT), str(server.getsockname()[1])]
            first = self._folder / "initramfs"
            first.write_bytes(initramfs(kernel, shlex.join(command)))
            image = kernel.unpack(self._folder)
            self._agent = self._boot(self._words(image, first), server)
        first.unlink()
        if image.parent == self._folder:
            image.unlink()
        self._lines = self._agent.makefile("r")
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._agent.close()
        self._stop()

    def run(
        self, *command: str, answers: Mapping[str, str] | None = None, seconds: float = 120
    ) -> tuple[int, str]:
        """Run a command; return its exit status and what it printed.

        Args:
            command: Its words.
            answers: What to type where a pattern is printed.
            seconds: How long it may take.
        """
        answer = self._do("run", command=command, answers=list((answers or {}).items()), seconds=seconds)
        return answer["status"], answer["output"]

    def check(self, *command: str, answers: Mapping[str, str] | None = None, seconds: float = 120) -> str:
        """Run a command that has to succeed; return what it printed."""
        status, output = self.run(*command, answers=answers, seconds=seconds)
        assert status == 0, f"{shlex.join(command)} ended with {status}: {output}"
        return output

    def attach(self, port: int, bus_id: str) -> int:
        """Attach a device that a USB/IP server of this computer has; return where it hangs."""
        return self._do("attach", port=port, bus_id=bus_id)["place"]

    def detach(self, place: int) -> None:
        """Detach it."""
        self._do("detach", place=place)

    def wait(self, patterns: Sequence[str], count: int, seconds: float = 30) -> list[str]:
        """Wait until so many files match patterns like "dev/hidraw*"; return which do."""
        found = self._do("wait", patterns=patterns, count=count, seconds=seconds)["found"]
        assert len(found) == count, f"{count} of {patterns} expected, there are {found}"
        return found

    def _do(self, what: str, **arguments: Any) -> dict[str, Any]:
        self._agent.sendall(json.dumps({"do": what, **arguments}).encode() + b"\n")
        answer = json.loads(self._lines.readline() or '{"error": "the machine has stopped"}')
        assert "error" not in answer, answer["error"]
        return answer

    def _words(self, kernel: Path, first: Path) -> list[str]:
        machine = "q35,accel=kvm" if _has_kvm() else "q35,accel=tcg"
        return [
            *("qemu-system-x86_64", "-M", machine, "-cpu", "max", "-m", "1024"),
            *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
            *("-serial", f"file:{self._log}"),
            *("-kernel", str(kernel), "-initrd", str(first), "-append", _KERNEL_WORDS),
            *("-virtfs", "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"),
            *("-nic", "user,model=virtio-net-pci"),
        ]

    def _boot(self, words: list[str], server: socket.socket) -> socket.socket:
        """Start the machine; return the connection with its agent."""
        for _ in range(_BOOTS):
            self._process = subprocess.Popen(words)
            try:
                agent = self._welcome(server)
            except BaseException:
                self._stop()
                raise
            if agent:
                return agent
            self._stop()
        raise AssertionError(f"the machine does not start: {self._printed()}")

    def _welcome(self, server: socket.socket) -> socket.socket | None:
        """Wait for the agent; None: it has not come in time."""
        server.settimeout(1)
        for _ in range(_BOOT_S):
            try:
                agent, _ = server.accept()
            except TimeoutError:
                assert self._process.poll() is None, f"the machine has stopped: {self._printed()}"
            else:
                agent.settimeout(None)
                return agent
        return None

    def _stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _printed(self) -> str:
        return self._log.read_text(errors="replace")[-4000:] if self._log.exists() else ""


def _has_kvm() -> bool:
    flags = Path("/proc/cpuinfo").read_text().split()
    return ("vmx" in flags or "svm" in flags) and os.access("/dev/kvm", os.R_OK | os.W_OK)
