"""Each firmware rule catches its slip, lets the remedy pass, and names it."""

import pytest

from tools.lint_firmware import MAX_LINES, check

HEADER = '"""A file."""\n'

# code, what is wrong, what is right; both after a header, in common/ unless said otherwise
RULES = [
    ("FW000", "def f(:\n", "def f():\n    pass\n"),
    ("FW001", "# only when simulated\n", "# only on a board\n"),
    ("FW001", "import sys\nx = sys.platform\n", "import sys\nx = sys.path\n"),
    ("FW001", "from sys import implementation\n", "from sys import exit\n"),
    ("FW001", "import os\nx = os.uname()\n", "import os\nx = os.urandom(4)\n"),
    ("FW002", "import machine\n", "import struct\n"),
    ("FW002", "from rp2 import Flash\n", "from common.store import Store\n"),
    ("FW002", "import cryptolib\n", "import hashlib\n"),
    ("FW003", "import typing\n", "from micropython import const\n"),
    ("FW003", "import hmac\n", "from binascii import crc32\n"),
    ("FW003", "from collections.abc import X\nimport enum\n", "from collections import deque\n"),
    ("FW003", "import platform\n", "from . import store\n"),
    ("FW004", "match x:\n    case 1:\n        pass\n", "if x == 1:\n    pass\n"),
    ("FW005", "y = {**x}\n", "y = dict(x)\n"),
    ("FW005", "y = [*x]\n", "y = list(x)\n"),
    ("FW005", "y = (*x, 1)\n", "first, *rest = x\n"),
    ("FW005", "y = {*x}\n", "f(*x)\n"),
    ("FW006", "def f(a, /):\n    pass\n", "def f(a, *, b):\n    pass\n"),
    ("FW007", "y = pow(x, -1, 7)\n", "y = pow(x, 5, 7)\n"),
    ("FW008", "y = x.bit_length()\n", "y = x.digest()\n"),
    ("FW008", "y = x.hexdigest()\n", "y = hexlify(x.digest())\n"),
    ("FW008", "y = x.zfill(6)\n", "y = '%06d' % x\n"),
    ("FW008", "y = x.hex(':')\n", "y = x.hex()\n"),
    ("FW009", "y = x.to_bytes(8, 'big', signed=True)\n", "y = x.to_bytes(8, 'big')\n"),
    ("FW010", "del x[:4]\n", "del x[4]\n"),
    ("FW011", "import asyncio\n", "from common import loop\n"),
    ("FW011", "asyncio.run(x)\n", "loop.run(x)\n"),
    ("FW012", "y = x / 30\n", "y = x // 30\n"),
    ("FW012", "x /= 2\n", "x //= 2\n"),
    ("FW013", "import time\ny = time.time()\n", "import time\ny = time.ticks_ms()\n"),
    ("FW013", "from time import sleep\n", "from time import ticks_ms\n"),
    ("FW013", "import time\ntime.sleep_ms(5)\n", "import time\ntime.ticks_diff(1, 2)\n"),
    ("FW014", "x = 1\n" * MAX_LINES, "x = 1\n" * (MAX_LINES - 1)),
    ("FW016", "y = x[::-1]\n", "y = x[1:2]\n"),
    ("FW017", "import hashlib\nh = hashlib.sha512()\n", "import hashlib\nh = hashlib.sha256()\n"),
    (
        "FW018",
        "try:\n    import array\nexcept ImportError:\n    pass\n",
        "try:\n    f()\nexcept OSError:\n    pass\n",
    ),
]


@pytest.mark.parametrize(("code", "wrong", "right"), RULES)
def test_a_slip_is_caught_and_its_remedy_passes(code: str, wrong: str, right: str) -> None:
    found = check(HEADER + wrong, "common/x.py")
    assert {finding.code for finding in found} == {code}
    assert check(HEADER + right, "common/x.py") == []


def test_every_file_has_a_header() -> None:
    assert [finding.code for finding in check("x = 1\n", "common/x.py")] == ["FW015"]
    assert check("", "common/x.py") != []
    assert check("# What it is.\nx = 1\n", "common/x.py") == []


@pytest.mark.parametrize("code", ["import machine\n", "import rp2\n", "import time\ntime.sleep_us(5)\n"])
def test_boards_may_touch_the_hardware(code: str) -> None:
    assert check(HEADER + code, "boards/x.py") == []
    assert check(HEADER + code, "code_display/x.py") != []


def test_a_reason_beside_the_line_allows_it_and_only_it() -> None:
    assert check(HEADER + "y = x / 2  # FW012: volts, shown with one decimal\n", "common/x.py") == []
    assert len(check(HEADER + "y = x / 2  # FW012:\n", "common/x.py")) == 1
    assert len(check(HEADER + "y = x / 2  # FW010: not this rule\n", "common/x.py")) == 1


def test_a_finding_names_place_code_and_remedy() -> None:
    (found,) = check(HEADER + "\ny = x / 30\n", "common/x.py")
    assert str(found) == "firmware/common/x.py:3: FW012 use // : board floats have 32 bits"
