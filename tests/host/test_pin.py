"""What may be a PIN is known before anything is sent, so that no try is spent on what can be none."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segl.chip_results import PinTries
from segl.ctap_errors import pin_refused
from segl.errors import InputError
from segl.pin import new_pin, plain_pin


@given(st.text(max_size=70))
@example("1234")
@example("\u0065\u0301" * 4)  # four letters of two code points each
@example("é" * 31 + "e")
@example("x" * 63)
@example("x" * 64)
@example("12\0\0")
@example("12\ud800\ud800")
def test_a_pin_has_four_code_points_to_63_bytes_in_one_normal_form(text: str) -> None:
    normal = unicodedata.normalize("NFC", text)
    try:
        pin = plain_pin(text)
    except InputError:
        size = len(normal.encode(errors="surrogatepass"))
        assert (
            len(normal) < 4
            or size > 63
            or "\0" in normal
            or any("\ud800" <= sign <= "\udfff" for sign in normal)
        )
    else:
        assert pin == normal
        assert 4 <= len(pin) <= len(pin.encode()) <= 63


def test_a_letter_with_an_accent_counts_once_however_it_was_typed() -> None:
    assert plain_pin("cafe\u0301") == plain_pin("caf\u00e9") == "caf\u00e9"
    with pytest.raises(InputError, match="at least 4"):
        plain_pin("e\u0301\u0065\u0301e")


def test_a_new_pin_is_as_long_as_the_chip_wants_it() -> None:
    assert new_pin("123456", 6) == "123456"
    with pytest.raises(InputError, match="at least 6"):
        new_pin("12345", 6)


@pytest.mark.parametrize(
    ("name", "left", "replug", "words"),
    [
        ("PIN_INVALID", 7, False, "The PIN is wrong; 7 tries are left."),
        ("PIN_INVALID", 1, False, "The PIN is wrong; 1 try is left."),
        (
            "PIN_INVALID",
            5,
            True,
            "The PIN is wrong; unplug the chip and plug it in again, then 5 tries are left.",
        ),
        (
            "PIN_AUTH_BLOCKED",
            5,
            True,
            "Too many PINs in a row were wrong; unplug the chip and plug it in again, then",
        ),
        ("PIN_BLOCKED", 0, False, "The PIN is blocked for good; erase the chip with `segl fido reset`"),
        ("PIN_INVALID", 0, False, "The PIN is blocked for good"),
    ],
)
def test_a_wrong_pin_says_how_many_tries_are_left(name: str, left: int, replug: bool, words: str) -> None:
    error = pin_refused(name, PinTries(left, replug))
    assert str(error).startswith(words)
    assert error.tries_left == left
