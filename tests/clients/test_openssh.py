"""OpenSSH's own ssh-keygen, ssh and sshd use a simulated chip through hidraw, as an ordinary user."""

import getpass
import os
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.needs import need
from tests.clients.support import run, shell, simulated

CHIP = ("--device", "chip", "--hidraw", "--state", "chip.zip")
WAIT_S = 20
QUIET = "-q -N '' -C somebody"


@pytest.fixture(autouse=True)
def _programs() -> None:
    need("ssh-keygen", "openssh-client")
    need("fido2-token", "fido2-tools")


def made(folder: Path, options: str = "", name: str = "key") -> str:
    """Make a key on the chip; return its public half."""
    run([*simulated(*CHIP), *shell(f"ssh-keygen {QUIET} -t ecdsa-sk {options} -f {name}")], folder)
    return (folder / f"{name}.pub").read_text()


@pytest.mark.parametrize("options", ["", "-O resident -O application=ssh:desk"])
def test_a_key_is_made_signs_a_document_and_is_verified(tmp_path: Path, options: str) -> None:
    public = made(tmp_path, options)
    assert public.startswith("sk-ecdsa-sha2-nistp256@openssh.com ")
    (tmp_path / "document").write_text("I agree.\n")
    (tmp_path / "signers").write_text(f"somebody {public}")
    script = """
        ssh-keygen -q -Y sign -f key -n file document
        ssh-keygen -Y verify -f signers -I somebody -n file -s document.sig < document
        echo "I do not." > document
        refused ssh-keygen -Y verify -f signers -I somebody -n file -s document.sig < document
    """
    said = run([*simulated(*CHIP), *shell(script)], tmp_path)
    assert said.count('Good "file" signature for somebody with ECDSA-SK key') == 1
    assert "Could not verify signature" in said


def test_a_resident_key_comes_back_from_the_chip_alone(tmp_path: Path) -> None:
    public = made(tmp_path, "-O resident -O application=ssh:desk")
    loaded = tmp_path / "loaded"
    loaded.mkdir()
    run(
        [*simulated(*CHIP), *shell("fido2-token -S /dev/hidraw0; cd loaded; ssh-keygen -q -N '' -K")],
        tmp_path,
    )
    found = (loaded / "id_ecdsa_sk_rk_desk.pub").read_text()
    assert found.split()[:2] == public.split()[:2]


def test_without_a_touch_the_key_signs_nothing(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "document").write_text("I agree.\n")
    run(
        [
            *simulated(*CHIP, "--touch", "never"),
            "ssh-keygen",
            "-Y",
            "sign",
            "-f",
            "key",
            "-n",
            "file",
            "document",
        ],
        tmp_path,
        expected=255,
    )
    assert not (tmp_path / "document.sig").exists()


@pytest.fixture(name="server")
def server_fixture(tmp_path: Path) -> Iterator[int]:
    """A real sshd on loopback, in which the owner of a key may log in; gives its port."""
    sshd = need("sshd", "openssh-server")
    made(tmp_path)
    made(tmp_path, name="stranger")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it gives up its rights
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", tmp_path / "host"], check=True)
    (tmp_path / "known").write_text(f"[127.0.0.1]:{port} {(tmp_path / 'host.pub').read_text()}")
    (tmp_path / "sshd.conf").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/key.pub\n"
        "PidFile none\nUsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
    )
    daemon = subprocess.Popen(
        [sshd, "-D", "-e", "-f", tmp_path / "sshd.conf"], stderr=subprocess.PIPE, text=True
    )
    assert daemon.stderr
    for line in daemon.stderr:
        if line.startswith("Server listening"):
            break
    else:
        pytest.fail("sshd did not start")
    yield port
    daemon.terminate()
    daemon.communicate(timeout=WAIT_S)


def test_a_user_logs_in_with_the_key_and_nobody_else_and_not_without_a_touch(
    tmp_path: Path, server: int
) -> None:
    login = (
        f"ssh -F none -p {server} -o UserKnownHostsFile={tmp_path}/known -o IdentitiesOnly=yes "
        f"-o PreferredAuthentications=publickey -i {tmp_path}/%s {getpass.getuser()}@127.0.0.1 echo welcome"
    )
    assert "welcome" in run([*simulated(*CHIP), *shell(login % "key")], tmp_path)
    assert "Permission denied" in run([*simulated(*CHIP), *shell(login % "stranger")], tmp_path, expected=255)
    said = run([*simulated(*CHIP, "--touch", "never"), *shell(login % "key")], tmp_path, expected=255)
    assert "Permission denied" in said
