# CBOR in the one strict form that CTAP2 calls canonical: each value has exactly one encoding.
# Types: int (-2^64 to 2^64-1), bytes, str, list, dict, bool, None. No tags, floats, indefinite lengths.
# Source: RFC 8949 section 3; FIDO CTAP 2.1 section 8, "Message Encoding".

_DEPTH = 8  # containers inside one another: a bound on recursion, which ends early on a board
_ITEMS = (
    400  # values in one message, those in containers included: a bound on time, up to 0.3 ms each on a board
)
_OUT_OF_RANGE = "integer beyond 64 bits"
_TOO_DEEP = "nested too deeply"
_NOT_UTF8 = "not UTF-8"
_LIMITED = ((b"\xe0", 0xA0, 0xBF), (b"\xed", 0x80, 0x9F), (b"\xf0", 0x90, 0xBF), (b"\xf4", 0x80, 0x8F))


def encode(value: object) -> bytes:
    out = bytearray()
    _put(out, value, 0)
    return bytes(out)


def decode(data: bytes) -> object:
    # bytes() first: a memoryview or bytearray would hand out slices that change later
    data = bytes(data)
    try:
        value, at = _get(data, 0, 0, [_ITEMS])
    except IndexError:
        at = -1
    if at != len(data):
        raise ValueError("trailing bytes" if at >= 0 else "truncated")
    return value


def _put(out: bytearray, value: object, depth: int) -> None:
    kind = type(value)  # not isinstance: True is an int in CPython and is not on a board
    if kind is int:
        if value >= 0:
            _head(out, 0, value)
        else:
            _head(out, 0x20, -1 - value)
    elif kind is str:
        raw = value.encode()
        _head(out, 0x60, len(raw))
        out.extend(raw)
    elif kind is bytes:
        _head(out, 0x40, len(value))
        out.extend(value)
    elif kind is bool:
        out.append(0xF5 if value else 0xF4)
    elif value is None:
        out.append(0xF6)
    elif depth >= _DEPTH:
        raise ValueError(_TOO_DEEP)
    elif kind is list:
        _head(out, 0x80, len(value))
        for item in value:
            _put(out, item, depth + 1)
    elif kind is dict:
        _put_map(out, value, depth + 1)
    else:
        raise ValueError("a type that CBOR here does not carry")


def _put_map(out: bytearray, value: dict, depth: int) -> None:
    pairs = []
    for key in value:
        if type(key) is not int and type(key) is not str and type(key) is not bytes:
            raise ValueError("map key must be int, str or bytes")
        raw = bytearray()
        _put(raw, key, depth)
        pairs.append((_rank(bytes(raw)), key))
    pairs.sort(key=_first)  # a board's dict has no order of its own
    _head(out, 0xA0, len(pairs))
    for rank, key in pairs:
        out.extend(rank[2])
        _put(out, value[key], depth)


def _first(pair: tuple) -> tuple:
    return pair[0]


def _rank(raw: bytes) -> tuple:
    # CTAP2's order of keys: major type, then length, then bytes
    return (raw[0] >> 5, len(raw), raw)


def _head(out: bytearray, major: int, number: int) -> None:
    if number < 24:
        out.append(major | number)
    elif number < 0x100:
        out.append(major | 24)
        out.append(number)
    elif number < 0x10000:
        out.append(major | 25)
        out.extend(number.to_bytes(2, "big"))
    elif number < 0x100000000:
        out.append(major | 26)
        out.extend(number.to_bytes(4, "big"))
    elif number < 0x10000000000000000:
        out.append(major | 27)
        out.extend(number.to_bytes(8, "big"))
    else:
        raise ValueError(_OUT_OF_RANGE)


def _get(data: bytes, at: int, depth: int, left: list) -> tuple:
    # one item that starts at `at`: (value, where the next one starts); IndexError when the data end too soon
    # `left` counts down how many more there may be
    first = data[at]
    at += 1
    number = first & 31
    major = first >> 5
    if major == 7:
        if number == 20 or number == 21:
            return number == 21, at
        if number == 22:
            return None, at
        raise ValueError("floating point or unassigned simple value")
    if number > 23:
        number, at = _long(data, at, number)
    if major == 0:
        return number, at
    if major == 1:
        return -1 - number, at
    if major < 4:
        end = at + number
        if end > len(data):
            raise IndexError
        raw = data[at:end]
        return (raw if major == 2 else _text(raw)), end
    if major == 6:
        raise ValueError("tag")
    if depth >= _DEPTH:
        raise ValueError(_TOO_DEEP)
    left[0] -= number << (major & 1)  # a map has two for each of its pairs
    if left[0] < 0:
        raise ValueError("too many items")
    if major == 5:
        return _get_map(data, at, number, depth + 1, left)
    items = []
    while number:
        item, at = _get(data, at, depth + 1, left)
        items.append(item)
        number -= 1
    return items, at


def _get_map(data: bytes, at: int, count: int, depth: int, left: list) -> tuple:
    found = {}
    last = (-1,)
    while count:
        start = at
        if 4 <= data[at] >> 5:
            raise ValueError("map key must be int, str or bytes")
        key, at = _get(data, at, depth, left)
        rank = _rank(data[start:at])
        if rank <= last:
            raise ValueError("map keys out of order or twice")
        last = rank
        found[key], at = _get(data, at, depth, left)
        count -= 1
    return found, at


def _long(data: bytes, at: int, size: int) -> tuple:
    if size > 27:
        raise ValueError("indefinite or reserved length")
    size = 1 << (size - 24)
    end = at + size
    if end > len(data):
        raise IndexError
    number = int.from_bytes(data[at:end], "big")
    if number < 24 or (size > 1 and number >> (size * 4) == 0):
        raise ValueError("not the shortest form")
    return number, end


def _text(raw: bytes) -> str:
    text = str(raw, "utf-8")  # UnicodeError is a ValueError
    if len(text) != len(raw):
        # MicroPython lets overlong forms, surrogates and more than U+10FFFF pass: RFC 3629 section 4 tells them by the
        # first byte, or by the second. Searches in C, since a loop over characters took a board ten times as long.
        if b"\xc0" in raw or b"\xc1" in raw or b"\xf5" in raw or b"\xf6" in raw or b"\xf7" in raw:
            raise ValueError(_NOT_UTF8)
        if b"\xe0" in raw or b"\xed" in raw or b"\xf0" in raw or b"\xf4" in raw:
            _check_second(raw)
    return text


def _check_second(raw: bytes) -> None:
    for lead, low, high in _LIMITED:
        at = raw.find(lead)
        while at >= 0:
            if not low <= raw[at + 1] <= high:
                raise ValueError(_NOT_UTF8)
            at = raw.find(lead, at + 1)
