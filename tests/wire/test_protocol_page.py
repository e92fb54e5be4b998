"""docs/protocol.md comes from the table and is up to date."""

import subprocess
import sys
from pathlib import Path

from segl_wire import frame, schema

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    subprocess.run([sys.executable, str(ROOT / "tools" / "gen_protocol.py"), "--check"], check=True)


def test_the_page_has_every_field_and_a_frame_that_decodes() -> None:
    for rows in [*schema.REQUESTS.values(), *schema.REPLIES.values()]:
        for number, row in enumerate(rows, 1):
            assert f"| {number} | `{row[0]}` | {row[1]} |" in PAGE
    raw = bytes.fromhex(PAGE.partition("    frame   ")[2].partition("\n")[0])
    payload = frame.Decoder().feed(raw)[0]
    assert schema.decode_request(payload) == (schema.CODE, 7, {"index": 0})
