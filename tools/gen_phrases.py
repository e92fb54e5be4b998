"""Writes the list of sentences on docs/reader.md from the reader's phrases and its English voice.

python tools/gen_phrases.py           writes the part of the page between its two marks
python tools/gen_phrases.py --check   fails if that part is stale, or if a phrase is said that it does not explain
"""

import re
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "firmware")]


def _const(value: object) -> object:
    return value


# What the files of the firmware import on a board, and a computer lacks.
_board = types.ModuleType("micropython")
_board.__dict__["const"] = _const
sys.modules.setdefault("micropython", _board)

from audio_reader import clips, pack, phrases  # noqa: E402 - the tree need not be installed
from tools.phrases_explained import EXPLAINED, OF_ONE, VALUES  # noqa: E402

PAGE = ROOT / "docs" / "reader.md"
VOICE = ROOT / "firmware" / "audio_reader" / "voices" / "en.pack"
BEGIN, END = "<!-- phrases: begin, written by tools/gen_phrases.py -->", "<!-- phrases: end -->"


def main() -> int:
    wrong = unexplained()
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    page = PAGE.read_text(encoding="utf-8")
    fresh = placed(page, render())
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(fresh, encoding="utf-8")
        return 0
    if page == fresh:
        return 0
    print("docs/reader.md is stale: run `python tools/gen_phrases.py`", file=sys.stderr)
    return 1


def unexplained() -> list[str]:
    """Say of each phrase that the table lacks, has twice, or has for nothing."""
    explained = [name for rows in EXPLAINED.values() for name in rows]
    lacking = [f"{name}: explain it in tools/phrases_explained.py" for name in said() - set(explained)]
    idle = [f"{name}: explained, but never said" for name in set(explained) - said()]
    twice = [f"{name}: explained twice" for name in set(explained) if explained.count(name) > 1]
    return sorted(lacking + idle + twice)


def said() -> set[str]:
    """The phrases that the reader's firmware names somewhere, whole or by their beginning."""
    sources = [
        path for folder in ("audio_reader", "common") for path in (ROOT / "firmware" / folder).glob("*.py")
    ]
    code = "".join(path.read_text(encoding="utf-8") for path in sources if path.name != "phrases.py")
    words = set(re.findall(r'"([a-z_]+)"', code))
    joined = tuple(re.findall(r'"([a-z_]+_)" \+', code))
    keys = {"speak", "louder", "quieter", "menu", "code", "single_on", "single_off"}
    return {
        name
        for name in phrases.PHRASES
        if name in words or any(name == start + end for start in joined for end in keys)
    }


def render() -> str:
    """The list: for each state what is said, what it means, and what there is to do."""
    voice = pack.Pack(str(VOICE))
    lines: list[str] = []
    for title, rows in EXPLAINED.items():
        lines += [f"### {title}", ""]
        for name, (meaning, todo) in rows.items():
            lines += [f"**{sentence(voice, name)}**", "", f"- Means: {meaning}"]
            lines += [f"- Do: {todo}"] if todo else []
            lines.append("")
    voice.close()
    return "\n".join(lines)


def sentence(voice: pack.Pack, name: str) -> str:
    """A phrase as the English voice says it, with the table's example of each value."""
    utterance = clips.sentence(voice, name, **{**VALUES, **OF_ONE.get(name, {})})
    pieces = clips.text(voice, utterance)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value.replace("\n", " ")


def placed(page: str, part: str) -> str:
    """Put the list between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{part}{END}{after}"


if __name__ == "__main__":
    sys.exit(main())
