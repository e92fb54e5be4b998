"""Screens of 128 by 64 dots: each function draws one of them, whole, into the buffer of the screen."""

from micropython import const

from common import draw

_WIDTH = const(128)
_PAGES = const(8)
_MARGIN = const(2)  # six digits leave two columns at either side; name and bar keep to them
_BAR = const(68)  # what the longest time, 10:00, leaves of the line
_COLUMN = const(84)  # where the right column begins beside codes of seven or eight digits


def code(buffer: bytearray, name: str, digits: str, left: int | None, span: int) -> None:
    """Show a code: six digits on one line, seven or eight on two.

    Args:
        buffer: the screen.
        name: the key's name.
        digits: the code.
        left: whole seconds that the code still holds; None for a code without time.
        span: seconds that such a code holds in all.
    """
    draw.clear(buffer)
    if len(digits) > 6:
        draw.large(buffer, 0, 0, digits[:4])
        draw.large(buffer, 0, 4, digits[4:])
        _lines(buffer, _COLUMN, 0, _name(name, _WIDTH - _COLUMN, 5))
        if left is not None:
            draw.text2(buffer, _COLUMN, 5, _seconds(left))
            _left(buffer, _COLUMN, _WIDTH - _COLUMN, left, span)
        return
    _lines(buffer, _MARGIN, 0, _name(name, _WIDTH - 2 * _MARGIN, 2))
    draw.large(buffer, _MARGIN, 2, digits[:3] + " " + digits[3:])
    if left is not None:
        number = _seconds(left)
        draw.text(buffer, _WIDTH - _MARGIN - draw.width(number), 7, number)
        _left(buffer, _MARGIN, 98, left, span)


def wait(buffer: bytearray, words: str, seconds: int) -> None:
    """Show `words` and below them, large, how many seconds are still to wait."""
    draw.clear(buffer)
    draw.text2(buffer, max(0, _WIDTH // 2 - draw.width(words)), 0, words)
    number = str(max(0, seconds))
    x = (_WIDTH - 20 * len(number) - 12) // 2
    x = draw.large(buffer, x, 3, number)
    draw.text2(buffer, x + 2, 5, "s")


def message(buffer: bytearray, title: str, body: str) -> None:
    """Show a title and what there is to do, in the largest letters that leave nothing out."""
    for _ in message_by_lines(buffer, title, body):
        pass


def message_by_lines(buffer: bytearray, title: str, body: str):
    """Do what `message` does, a line at a time: a generator that yields after each."""
    draw.clear(buffer)
    yield from _words(buffer, title, body, _PAGES)


def countdown(buffer: bytearray, title: str, body: str, seconds: int | None, fraction: int) -> None:
    """Show a message over a shrinking bar.

    Args:
        buffer: the screen.
        title: what happens.
        body: what there is to do.
        seconds: what is left, shown as 9:59 or, below a minute, as 59 s; None shows no number.
        fraction: how much of the bar is filled, in 128ths.
    """
    draw.clear(buffer)
    length = _WIDTH
    if seconds is not None:
        number = _seconds(seconds) if seconds < 60 else "%d:%02d" % (seconds // 60, seconds % 60)
        x = _WIDTH - 2 * draw.width(number)
        draw.text2(buffer, x, 6, number)
        length = _BAR
    for _ in _words(buffer, title, body, 6):
        pass
    draw.bar(buffer, 0, 7, length, fraction * length // _WIDTH)


def info(buffer: bytearray, lines: list[str]) -> None:
    """Show lines of small text, up to four of them with a dark page between."""
    draw.clear(buffer)
    broken = []
    for line in lines:
        broken += draw.wrap(line, _WIDTH)
    step = 2 if len(broken) <= 4 else 1
    page = 0
    for line in broken:
        draw.text(buffer, 0, page, line)
        page += step


def _seconds(left: int) -> str:
    return "%d s" % max(0, left)


def _left(buffer: bytearray, x: int, length: int, left: int, span: int) -> None:
    draw.bar(buffer, x, 7, length, length * left // span)


def _lines(buffer: bytearray, x: int, page: int, lines: list[str]) -> None:
    for line in lines:
        draw.text(buffer, x, page, line)
        page += 1


def _name(name: str, columns: int, count: int) -> list[str]:
    """Break a name into at most `count` lines, within its words if it must be."""
    lines = draw.wrap(name, columns)
    if len(lines) > count:
        lines = draw.wrap(name.replace(" ", "\xa0"), columns)
    return lines[:count]


def _words(buffer: bytearray, title: str, body: str, pages: int):
    """Write title and body on the first `pages` pages: both double, or the title only, or neither; yield each line."""
    head = draw.wrap(title, _WIDTH // 2)
    room = pages - 2 * len(head)
    big_head = big_rest = draw.width(body) <= room // 2 * (_WIDTH // 2)  # else wrapping it is idle
    if big_rest:
        rest = draw.wrap(body, _WIDTH // 2)
        big_rest = 2 * len(rest) <= room
    if not big_rest:
        rest = draw.wrap(body, _WIDTH)
        big_head = len(rest) <= room
    if not big_head:
        head = draw.wrap(title, _WIDTH)
    yield
    page = yield from _block(buffer, 0, head, big_head)
    after = page + len(rest) * (2 if big_rest else 1)
    if rest and after < pages:
        draw.rule(buffer, 0, page, 20)
        page += 1
    yield from _block(buffer, page, rest, big_rest)


def _block(buffer: bytearray, page: int, lines: list[str], big: bool):
    for line in lines:
        if big:
            draw.text2(buffer, 0, page, line)
            page += 2
        else:
            draw.text(buffer, 0, page, line)
            page += 1
        yield
    return page
