"""A stock Linux kernel has the simulated devices over USB/IP, and its own drivers serve programs as they are.

All in one virtual machine. It boots in some 10 s without hardware support, so everything in it is slow, and CTAPHID's
time-outs hold nevertheless.
"""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.needs import need, need_file
from tests.clients.support import ANSWERS, PIN, SEGL, shell
from tests.clients.vm.desk import ALL, NODES, Desk

PRODUCTS = ["Segl audio reader", "Segl chip", "Segl code display"]
CHIP = "1-3"
ROOT = Path(__file__).parents[2]
# What a kernel says of devices with which all is well; whatever else it says is a complaint.
WELL = re.compile(
    r"new full-speed USB device number|SetAddress Request|New USB device (found|strings)|USB disconnect, device|"
    r"Product: |Manufacturer: Segl$|SerialNumber: SG[A-Z]{2}\d{8}$|ttyACM\d: USB ACM device$|"
    r"hidraw\d: USB HID v1.11 Device \[Segl Segl chip\] on usb-vhci_hcd"
)
# What lsusb prints where it cannot read or understand something.
UNDECODED = re.compile(
    r"error|unavailable|invalid|can't|cannot|couldn't|warning|junk|bad |unknown|unrecog", re.IGNORECASE
)


@pytest.fixture(name="desk", scope="module")
def desk_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    need("qemu-system-x86_64", "qemu-system-x86")
    need("lsusb", "usbutils")
    need("fido2-token", "fido2-tools")
    need("ssh-keygen", "openssh-client")
    need_file("/boot/vmlinuz-*", "linux-image-amd64")
    with Desk(tmp_path_factory.mktemp("vm")) as desk:
        desk.attach_all()
        yield desk


def test_the_kernel_knows_all_devices_and_complains_of_nothing(desk: Desk) -> None:
    said = desk.machine.check("dmesg", "--color=never")
    ours = [
        line
        for line in said.splitlines()
        if re.search(r"\] (usb 1-|cdc_acm 1-|usbhid 1-|hid-generic )", line)
    ]
    assert sorted(line.partition("Product: ")[2] for line in ours if "Product: " in line) == PRODUCTS
    assert [line for line in ours if not WELL.search(line)] == []
    assert len([line for line in ours if "USB ACM device" in line]) == 3
    assert re.search(r"hid-generic .*hidraw0: USB HID v1.11 Device \[Segl Segl chip\]", said)


def test_lsusb_decodes_every_descriptor(desk: Desk) -> None:
    """With no driver at the HID interface: lsusb has to ask the chip for the report descriptor itself."""
    driver = "/sys/bus/usb/drivers/usbhid"
    interface = desk.machine.check("sh", "-c", f"cd {driver}; echo *:*").strip()
    desk.machine.check("sh", "-c", f"echo {interface} > {driver}/unbind")
    try:
        said = desk.machine.check("lsusb", "-v", "-d", "1209:0001")
    finally:
        desk.machine.check("sh", "-c", f"echo {interface} > {driver}/bind")
    desk.machine.wait(NODES, ALL)
    assert sorted(re.findall(r"iProduct +2 (.*)", said)) == PRODUCTS
    assert [line for line in said.splitlines() if UNDECODED.search(line)] == []
    assert said.count("CDC ACM:") == 3
    assert "Usage Page, data= [ 0xd0 0xf1 ] 61904" in said


def test_fido2_token_lists_the_chip_tells_about_it_and_sets_its_pin(desk: Desk) -> None:
    node = _hidraw(desk)
    assert f"{node}: vendor=0x1209, product=0x0001 (Segl Segl chip)" in desk.machine.check(
        "fido2-token", "-L"
    )
    before = desk.machine.check("fido2-token", "-I", node)
    assert "version strings: U2F_V2, FIDO_2_0, FIDO_2_1" in before
    assert "noclientPin" in before
    desk.machine.check("fido2-token", "-S", node, answers=ANSWERS)
    after = desk.machine.check("fido2-token", "-I", node)
    assert "noclientPin" not in after
    assert "pin retries: 8" in after


def test_fido2_cred_makes_what_fido2_assert_signs_with_and_both_verify(desk: Desk) -> None:
    node = _hidraw(desk)
    script = f"""
        printf '%s\\nexample.org\\nsomebody\\n%s\\n' {_random()} {_random()} > make
        fido2-cred -M -i make -o made {node}
        fido2-cred -V -i made -o credential
        echo {_random()} > ask; echo example.org >> ask; head -n 1 credential >> ask
        fido2-assert -G -i ask -o signed {node}
        tail -n +2 credential > key
        fido2-assert -V -p -i signed key es256
        sed -i '1s|.*|{_random()}|' signed
        refused fido2-assert -V -p -i signed key es256
        cat key
    """
    assert "-----BEGIN PUBLIC KEY-----" in desk.machine.check(*shell(script), answers=ANSWERS)


@pytest.mark.parametrize("options", [(), ("-O", "resident")], ids=["plain", "resident"])
def test_ssh_keygen_makes_a_key(desk: Desk, options: tuple[str, ...]) -> None:
    name = f"key{len(options)}"
    answers = {r"Enter PIN for authenticator: ": PIN}
    desk.machine.check(
        *("ssh-keygen", "-q", "-t", "ecdsa-sk", "-N", "", "-f", name, *options), answers=answers
    )
    script = f"""
        echo "Ada owes ten crowns." > text
        rm -f text.sig
        ssh-keygen -Y sign -n file -f {name} text
        echo "ada@example.org $(cat {name}.pub)" > allowed
        ssh-keygen -Y verify -n file -f allowed -I ada@example.org -s text.sig < text
        echo "Ada owes a hundred crowns." > text
        refused ssh-keygen -Y verify -n file -f allowed -I ada@example.org -s text.sig < text
        cat {name}.pub
    """
    said = desk.machine.check(*shell(script), answers=answers)
    assert 'Good "file" signature for ada@example.org with ECDSA-SK key' in said
    assert "sk-ecdsa-sha2-nistp256@openssh.com" in said


def test_a_command_runs_in_a_machine_of_its_own() -> None:
    words = [
        sys.executable,
        "-m",
        "tests.clients.vm",
        "--",
        "sh",
        "-c",
        "ls /dev/hidraw* /dev/ttyACM*; exit 3",
    ]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, cwd=ROOT)
    assert done.returncode == 3, done.stderr
    assert done.stdout.split() == ["/dev/hidraw0", "/dev/ttyACM0", "/dev/ttyACM1", "/dev/ttyACM2"]


def test_the_host_driver_speaks_with_the_display_through_a_serial_port(desk: Desk) -> None:
    said = desk.machine.check(
        SEGL, "--device", f"serial:{_serial(desk, 'Segl code display')}", "info", "--json"
    )
    told = json.loads(said[said.index("{") :])
    assert told["serial"].replace(" ", "").startswith("SGCD")


def test_nodes_go_and_come_with_the_devices(desk: Desk) -> None:
    for _ in range(20):
        for device in desk.devices.values():
            desk.unplug(device)
        desk.machine.wait(NODES, 0)
        for device in desk.devices.values():
            desk.plug(device)
        desk.attach_all()
    assert "FIDO_2_1" in desk.machine.check("fido2-token", "-I", _hidraw(desk))


def test_a_device_that_is_detached_is_the_simulated_computers_again(desk: Desk) -> None:
    chip = desk.devices[CHIP]
    desk.unplug(chip)
    desk.machine.wait(NODES, ALL - 2)
    desk.plug(chip)
    place = desk.attach(CHIP)
    desk.machine.wait(NODES, ALL)
    desk.machine.detach(place)
    desk.machine.wait(NODES, ALL - 2)
    desk.known(chip, lambda: None)
    desk.attach(CHIP)
    desk.machine.wait(NODES, ALL)


def _hidraw(desk: Desk) -> str:
    (node,) = desk.machine.wait(["dev/hidraw*"], 1)
    return node


def _serial(desk: Desk, product: str) -> str:
    script = f'for one in /sys/class/tty/ttyACM*; do grep -qx "{product}" $one/device/../product && basename $one; done'
    return "/dev/" + desk.machine.run("sh", "-c", script)[1].strip()


def _random() -> str:
    return base64.b64encode(os.urandom(32)).decode()
