"""Reads the parameters of a command: a CBOR map by a table of what may be in it.

A row is (key, name, type, needed), where the type UINT is an int of zero or more. Keys that no row names are passed
over, as CTAP wants it, so that a newer platform can talk to this chip. Source: CTAP 2.1 sections 6 and 8.
"""

from chip import ctap
from segl_wire import cbor

UINT = "uint"

# The parameters of a command with subcommands.
SUBCOMMAND = (
    (1, "command", UINT, True),
    (2, "params", dict, False),
    (3, "protocol", UINT, False),
    (4, "signature", bytes, False),
)
DESCRIPTOR = (("id", "id", bytes, True), ("type", "type", str, True))
USER = (
    ("id", "id", bytes, True),
    ("name", "name", str, False),
    ("displayName", "displayName", str, False),
)


def read(data, rows):
    """Return the values of a command's parameters by their names; None for those that are absent.

    Args:
        data: CBOR; none at all is an empty map.
        rows: The table.

    Raises:
        CtapError: It is not such a map.
    """
    try:
        found = cbor.decode(data) if data else {}
    except ValueError:
        raise ctap.CtapError(ctap.INVALID_CBOR)
    return named(found, rows)


def named(found, rows):
    """Return what a map has, as `read` does.

    Raises:
        CtapError: A value has the wrong type, or one is missing.
    """
    if type(found) is not dict:
        raise ctap.CtapError(ctap.CBOR_UNEXPECTED_TYPE)
    values = {}
    for key, name, kind, needed in rows:
        value = found.get(key)
        if value is None:
            if key in found:
                raise ctap.CtapError(ctap.CBOR_UNEXPECTED_TYPE)
            if needed:
                raise ctap.CtapError(ctap.MISSING_PARAMETER)
        elif type(value) is not (int if kind == UINT else kind) or (kind == UINT and value < 0):
            raise ctap.CtapError(ctap.CBOR_UNEXPECTED_TYPE)
        values[name] = value
    return values


def options(found, allowed):
    """Return the options of a request by their names; unknown ones are ignored, as CTAP wants it.

    Args:
        found: The map of options, or None.
        allowed: Those that this command knows, with what holds when they are absent.

    Raises:
        CtapError: The value of a known one is no bool.
    """
    values = dict(allowed)
    for name in found or ():
        if name in allowed:
            if type(found[name]) is not bool:
                raise ctap.CtapError(ctap.CBOR_UNEXPECTED_TYPE)
            values[name] = found[name]
    return values


def descriptors(found):
    """Return the ids in a list of credential descriptors, those of other types left out.

    Raises:
        CtapError: An entry is no descriptor, or there are too many.
    """
    ids = []
    if len(found or ()) > ctap.MAX_LIST:
        raise ctap.CtapError(ctap.LIMIT_EXCEEDED)
    for entry in found or ():
        value = named(entry, DESCRIPTOR)
        if value["type"] == "public-key":
            ids.append(value["id"])
    return ids
