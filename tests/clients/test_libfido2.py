"""libfido2's own tools, and its own test of them, use a simulated chip through hidraw, as an ordinary user."""

import base64
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.clients.needs import need
from tests.clients.support import run, shell, simulated

CHIP = ("--device", "chip", "--hidraw")
NODE = "/dev/hidraw0"
_ARCHIVE = "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian {} main\n"


@pytest.fixture(autouse=True)
def _tools() -> None:
    need("fido2-token", "fido2-tools")


def test_fido2_token_lists_the_chip_tells_about_it_and_sets_its_pin(tmp_path: Path) -> None:
    said = run(
        [
            *simulated(*CHIP),
            *shell(f"fido2-token -L; fido2-token -I {NODE}; fido2-token -S {NODE}; fido2-token -I {NODE}"),
        ],
        tmp_path,
    )
    assert f"{NODE}: vendor=0x1209, product=0x0001 (Segl Segl chip)" in said
    assert said.count("version strings: U2F_V2, FIDO_2_0, FIDO_2_1") == 2
    before, after = said.split("Enter new PIN")
    assert "noclientPin" in before
    assert "noclientPin" not in after
    assert "clientPin" in after
    assert "pin retries: 8" in after


@pytest.mark.parametrize("kind", ["es256", "eddsa"])
def test_fido2_cred_makes_what_fido2_assert_signs_with_and_both_verify(tmp_path: Path, kind: str) -> None:
    (tmp_path / "make").write_text(f"{_random()}\nexample.org\nsomebody\n{_random()}\n")
    script = f"""
        fido2-cred -M -i make -o made {NODE} {kind}
        fido2-cred -V -i made -o credential {kind}
        ( cat challenge; echo example.org; head -n 1 credential ) > ask
        fido2-assert -G -i ask -o signed {NODE}
        tail -n +2 credential > key
        fido2-assert -V -p -i signed key {kind}
        sed -i '1s|.*|{_random()}|' signed
        refused fido2-assert -V -p -i signed key {kind}
    """
    (tmp_path / "challenge").write_text(_random() + "\n")
    run([*simulated(*CHIP), *shell(script)], tmp_path)
    assert (tmp_path / "key").read_text().startswith("-----BEGIN PUBLIC KEY-----")


def test_libfido2s_own_test_passes(tmp_path: Path) -> None:
    """`tools/test.sh` of the release that is installed: from LIBFIDO2=folder, or from Debian's archive of sources."""
    script = _own_test(tmp_path)
    work = tmp_path / "work"
    work.mkdir()
    said = run([*simulated(*CHIP), *shell(f"fido2-token -S {NODE}; sh -ex {script} {work} {NODE}")], tmp_path)
    assert said.rstrip().endswith("+ exit 0")
    assert said.count("fido2-assert -G") > 30


def _own_test(folder: Path) -> Path:
    given = os.environ.get("LIBFIDO2")
    if given:
        return Path(given).absolute() / "tools" / "test.sh"
    need("apt-get", "apt")
    version = subprocess.run(
        ["dpkg-query", "-W", "-f", "${source:Version}", "libfido2-1"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    release = next(
        line.partition("=")[2]
        for line in Path("/etc/os-release").read_text().splitlines()
        if line.startswith("VERSION_CODENAME=")
    )
    (folder / "sources.list").write_text(_ARCHIVE.format(release))
    (folder / "lists" / "partial").mkdir(parents=True)
    apt = [
        "apt-get",
        "-qq",
        "-o",
        f"Dir::Etc::sourcelist={folder}/sources.list",
        "-o",
        "Dir::Etc::sourceparts=-",
    ]
    apt += ["-o", f"Dir::State::lists={folder}/lists"]
    for words in (["update"], ["source", "--download-only", f"libfido2={version}"]):
        done = subprocess.run([*apt, *words], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(
                f"no source of libfido2 {version} can be had here; say LIBFIDO2=its unpacked folder: {done.stderr}"
            )
    with tarfile.open(next(folder.glob("libfido2_*.orig.tar.*"))) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.glob("libfido2-*/tools/test.sh"))


def _random() -> str:
    return base64.b64encode(os.urandom(32)).decode()
