"""otpauth URIs: what services really print is read, anything else is one sentence without the secret."""

import dataclasses
import re
from base64 import b32encode
from urllib.parse import quote

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

import segl
from segl.otpauth import Key, decode_secret, parse

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
KEY = b"12345678901234567890"

names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=32)
totp = st.builds(
    Key,
    names,
    st.binary(min_size=1, max_size=64),
    st.just("totp"),
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
    st.sampled_from([6, 7, 8]),
    st.sampled_from([30, 60]),
)
hotp = st.builds(
    Key,
    names,
    st.binary(min_size=1, max_size=64),
    st.just("hotp"),
    st.sampled_from(["SHA1", "SHA256", "SHA512"]),
    st.sampled_from([6, 7, 8]),
    counter=st.integers(0, 2**64 - 1),
)


@pytest.mark.parametrize(
    ("uri", "key"),
    [
        (f"otpauth://totp/Shop:alice@x.org?secret={SECRET}&issuer=Shop", Key("Shop: alice@x.org", KEY)),
        (f"OTPAUTH://TOTP/a?SECRET={SECRET.lower()}", Key("a", KEY)),
        (f"otpauth://totp/a?secret={SECRET[:8]}%20{SECRET[8:20]}-{SECRET[20:]}%3D%3D", Key("a", KEY)),
        (f"otpauth://totp/a?secret={SECRET[:16]}+{SECRET[16:]}&", Key("a", KEY)),
        (f"otpauth://totp/?secret={SECRET}", Key("key", KEY)),
        (f"otpauth://totp/a?secret={SECRET}&issuer=", Key("a", KEY)),
        (f"otpauth://totp/?secret={SECRET}&issuer=Big+Co%2E", Key("Big Co.", KEY)),
        (f"otpauth://totp/Old%3A%20a%20b?secret={SECRET}&issuer=New", Key("New: a b", KEY)),
        (f"otpauth://totp/Old:a?secret={SECRET}", Key("Old: a", KEY)),
        (f"otpauth://totp/%C3%A6%C3%B8%C3%A5?secret={SECRET}", Key("æøå", KEY)),
        (f"otpauth://totp/a%0A%00b?secret={SECRET}", Key("a b", KEY)),
        (f"otpauth://totp/a?secret={SECRET}&algorithm=sha256&digits=8&period=60",
         Key("a", KEY, "totp", "SHA256", 8, 60)),
        (f"otpauth://totp/a?secret={SECRET}&algorithm=HmacSHA512", Key("a", KEY, "totp", "SHA512")),
        (f"otpauth://totp/a?secret={SECRET}&algorithm=SHA-1&image=https%3A%2F%2Fx&counter=x", Key("a", KEY)),
        (f"otpauth://hotp/a?secret={SECRET}&counter=18446744073709551615&period=77",
         Key("a", KEY, "hotp", counter=2**64 - 1)),
        (f"otpauth://hotp/a?secret={SECRET}", Key("a", KEY, "hotp")),
        (f"  otpauth://totp/a?secret={SECRET}#x \n", Key("a", KEY)),
    ],
)  # fmt: skip
def test_what_services_print(uri: str, key: Key) -> None:
    assert parse(uri) == key


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Kommune:anna.margrethe@example.org", "Kommune: anna.margrethe"),
        ("A Very Long Organization Name Indeed:bob", "A Very Long Org: bob"),
        ("Organization:" + "x" * 40, "Organization: " + "x" * 18),
        ("x" * 40, "x" * 32),
        ("Organization of some things only:", "Organization of some things only"),
    ],
)
def test_a_long_label_keeps_the_beginnings(label: str, name: str) -> None:
    assert parse(f"otpauth://totp/{quote(label)}?secret={SECRET}").name == name


@pytest.mark.parametrize(
    ("uri", "piece"),
    [
        ("", "otpauth"),
        ("https://example.org/", "otpauth"),
        ("otpauth:/totp/a?secret=GEZDGNBV", "otpauth"),
        ("otpauth://steam/a?secret=GEZDGNBV", "totp"),
        ("otpauth-migration://offline?data=CjEK", "otpauth"),
        ("otpauth://totp/a", "parameters"),
        ("otpauth://totp/a?issuer=b", "secret"),
        ("otpauth://totp/a?secret=", "secret"),
        ("otpauth://totp/a?secret=-%20=", "secret"),
        ("otpauth://totp/a?secret=GEZDGNB1", "Base32"),
        ("otpauth://totp/a?secret=GEZDGN\u0131V", "Base32"),
        ("otpauth://totp/a?secret=GEZDGNBVG", "cut off"),
        ("otpauth://totp/a?secret=" + "A" * 104, "64"),
        ("otpauth://totp/a?secret=GEZDGNBV&secret=GEZDGNBV", "secret"),
        ("otpauth://totp/a?secret=GEZDGNBV&digits=6&Digits=6", "digits"),
        ("otpauth://totp/a?secret=GEZDGNBV&digits=5", "5"),
        ("otpauth://totp/a?secret=GEZDGNBV&digits=six", "digits"),
        ("otpauth://totp/a?secret=GEZDGNBV&digits=\u0666", "digits"),
        ("otpauth://totp/a?secret=GEZDGNBV&digits=" + "9" * 5000, "digits"),
        ("otpauth://totp/a?secret=GEZDGNBV&period=45", "45"),
        ("otpauth://totp/a?secret=GEZDGNBV&period=-30", "period"),
        ("otpauth://totp/a?secret=GEZDGNBV&algorithm=MD5", "algorithm"),
        ("otpauth://hotp/a?secret=GEZDGNBV&counter=", "counter"),
        ("otpauth://hotp/a?secret=GEZDGNBV&counter=18446744073709551616", "counter"),
        ("otpauth://totp/a%?secret=GEZDGNBV", "label"),
        ("otpauth://totp/%FF?secret=GEZDGNBV", "label"),
        ("otpauth://totp/a?secret=GEZDGNBV&issuer=%C3", "issuer"),
    ],
)
def test_each_fault_is_one_sentence_that_names_it(uri: str, piece: str) -> None:
    with pytest.raises(segl.InputError) as caught:
        parse(uri)
    message = str(caught.value)
    assert piece in message
    assert re.fullmatch(r"[^\n]+[;,][^\n]+\.", message)
    assert "GEZD" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@given(totp | hotp)
def test_round_trip(key: Key) -> None:
    back = parse(key.uri())
    assert (back.secret, back.kind, back.algorithm, back.digits, back.period, back.counter) == (
        key.secret, key.kind, key.algorithm, key.digits, key.period, key.counter,
    )  # fmt: skip


@given(totp)
def test_pyotp_reads_what_we_write(key: Key) -> None:
    key = dataclasses.replace(key, secret=key.secret.ljust(14, b"x"))  # pyotp refuses shorter ones
    other = pyotp.parse_uri(key.uri())
    assert isinstance(other, pyotp.totp.TOTP)
    assert (other.byte_secret(), other.digits, other.interval) == (key.secret, key.digits, key.period)


PIECES = ["otpauth://", "totp/", "hotp/", "?", "&", "=", "%", "%41", "secret=", "digits=", "6", SECRET]
PIECES += ["\0", "[", "@", ":", "é"]
texts = st.one_of(
    st.text(),
    st.text().map(lambda text: "otpauth://totp/" + text),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
)


@given(texts)
def test_any_text_gives_a_key_or_one_sentence(text: str) -> None:
    try:
        key = parse(text)
    except segl.InputError as error:
        message = str(error)
    else:
        message = ""
        assert 1 <= len(key.name) <= 32
    assert SECRET not in message


@given(st.binary(min_size=1, max_size=64), st.randoms(use_true_random=False))
def test_a_typed_secret_may_have_spaces_dashes_and_any_case(secret: bytes, random: object) -> None:
    choose = random.choice  # type: ignore[attr-defined]
    text = "".join(
        choose([char, char.lower(), f" {char}", f"-{char}"]) for char in b32encode(secret).decode()
    )
    assert decode_secret(text) == secret


def test_a_key_never_prints_its_secret() -> None:
    assert "12345" not in repr(Key("a", KEY))


@pytest.mark.parametrize(
    "change",
    [{"name": ""}, {"name": "x" * 33}, {"secret": b""}, {"secret": bytes(65)}, {"kind": "steam"},
     {"digits": 9}, {"algorithm": "MD5"}, {"period": 0}, {"counter": -1}],
)  # fmt: skip
def test_a_key_out_of_range_is_refused(change: dict) -> None:
    with pytest.raises(segl.InputError):
        Key(**{"name": "a", "secret": KEY, **change})
