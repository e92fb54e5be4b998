"""docs/metadata-chip.json says of the chip what a running chip says of itself, in words that relying parties read."""

import base64
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fido2.attestation.packed import PackedAttestation
from fido2.ctap import CtapError
from fido2.ctap2.base import Ctap2, Info
from fido2.ctap2.pin import ClientPin
from fido2.mds3 import MetadataStatement
from PIL import Image

from segl_sim import Chip, World
from tests.docs.pages import ROOT
from tools import gen_metadata

TEXT = (ROOT / "docs" / "metadata-chip.json").read_text(encoding="utf-8")
FOUND: dict[str, Any] = json.loads(TEXT)
STATEMENT = MetadataStatement.from_dict(FOUND)
# By python-fido2's names, which are not FIDO's.
FACTS = {
    "versions": "versions",
    "extensions": "extensions",
    "options": "options",
    "maxMsgSize": "max_msg_size",
    "pinUvAuthProtocols": "pin_uv_protocols",
    "maxCredentialCountInList": "max_creds_in_list",
    "maxCredentialIdLength": "max_cred_id_length",
    "transports": "transports",
    "algorithms": "algorithms",
    "maxSerializedLargeBlobArray": "max_large_blob",
    "forcePINChange": "force_pin_change",
    "minPINLength": "min_pin_length",
    "firmwareVersion": "firmware_version",
    "maxCredBlobLength": "max_cred_blob_length",
    "maxRPIDsForSetMinPINLength": "max_rpids_for_min_pin",
    "remainingDiscoverableCredentials": "remaining_disc_creds",
    "attestationFormats": "attestation_formats",
    "longTouchForReset": "long_touch_for_reset",
    "maxPINLength": "max_pin_length",
}


@pytest.fixture(name="chip", scope="module")
def chip_fixture() -> Iterator[Chip]:
    """A new chip, which remembers what one test did to it."""
    with World(seed=1) as world:
        yield world.chip()


@pytest.fixture(name="ctap", scope="module")
def ctap_fixture(chip: Chip) -> Ctap2:
    return Ctap2(chip.ctap())


@pytest.fixture(name="info", scope="module")
def info_fixture(ctap: Ctap2) -> Info:
    """What it said when it was new."""
    return ctap.get_info()


def test_the_committed_statement_is_what_the_tool_writes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("sys.argv", ["gen_metadata.py", "--check"])
    assert gen_metadata.main() == 0
    monkeypatch.setattr(gen_metadata, "PAGE", tmp_path / "metadata-chip.json")
    gen_metadata.PAGE.write_text(TEXT.replace('"minPINLength": 4', '"minPINLength": 6'), encoding="utf-8")
    assert gen_metadata.main() == 1
    assert "metadata-chip.json is out of date" in capsys.readouterr().err


def test_python_fido2_reads_it_and_nothing_gets_lost():
    assert dict(STATEMENT) == FOUND


def test_it_has_what_getinfo_has_and_no_more(info: Info):
    told: Mapping[str, Any] = FOUND["authenticatorGetInfo"]
    assert {name: value for name, value in told.items() if name != "aaguid"} == {
        name: getattr(info, ours) for name, ours in FACTS.items()
    }
    assert told["aaguid"] == info.aaguid.hex()


def test_it_is_about_this_chip_in_this_version(info: Info):
    assert STATEMENT.aaguid == info.aaguid
    assert STATEMENT.authenticator_version == info.firmware_version
    versions = {"FIDO_2_0": (1, 0), "FIDO_2_1": (1, 1)}
    assert [(version.major, version.minor) for version in STATEMENT.upv] == [
        versions[name] for name in info.versions if name != "U2F_V2"
    ]
    assert (STATEMENT.protocol_family, STATEMENT.schema) == ("fido2", 3)
    assert [extension.id for extension in STATEMENT.supported_extensions or ()] == info.extensions


def test_each_algorithm_is_named_by_its_curve_and_hash(info: Info):
    names = {
        -7: "secp256r1_ecdsa_sha256_raw",
        -9: "secp256r1_ecdsa_sha256_raw",
        -8: "ed25519_eddsa_sha512_raw",
    }
    assert set(STATEMENT.authentication_algorithms or ()) == {names[one["alg"]] for one in info.algorithms}
    assert STATEMENT.public_key_alg_and_encodings == ["cose"]


def test_a_credential_attests_itself_and_there_is_no_root(chip: Chip, ctap: Ctap2):
    def asked(status: int) -> None:
        if status == 2:
            chip.touch(after=0.1)

    site, user = {"id": "example.com"}, {"id": b"alice", "name": "alice"}
    algorithms: list[Mapping[str, Any]] = [{"type": "public-key", "alg": -7}]
    made = ctap.make_credential(bytes(32), site, user, algorithms, on_keepalive=asked)
    assert (made.fmt, set(made.att_stmt)) == ("packed", {"alg", "sig"})
    PackedAttestation().verify(made.att_stmt, made.auth_data, bytes(32))
    assert made.auth_data.credential_data
    assert made.auth_data.credential_data.aaguid == STATEMENT.aaguid
    assert STATEMENT.attestation_types == ["basic_surrogate"]
    assert list(STATEMENT.attestation_root_certificates) == []


def test_a_user_is_told_by_a_touch_a_pin_both_or_nothing(chip: Chip, ctap: Ctap2, info: Info):
    methods = [[one.user_verification_method for one in both] for both in STATEMENT.user_verification_details]
    touch, pin = "presence_internal", "passcode_external"
    assert methods == [["none"], [touch], [pin], [touch, pin]]
    client = ClientPin(ctap)
    client.set_pin("1234")
    guesses = client.get_pin_retries()[0]
    for code in (one.ca_desc for both in STATEMENT.user_verification_details for one in both):
        if code:
            assert (code.base, code.min_length, code.max_retries, code.block_slowdown) == (
                64,
                info.min_pin_length,
                guesses,
                0,
            )
    began = chip.world.now
    with pytest.raises(CtapError):
        client.get_pin_token("4321", ClientPin.PERMISSION.GET_ASSERTION, "example.com")
    assert chip.world.now - began < 2e9  # no slowing down


def test_it_promises_no_more_than_software_on_a_cable():
    assert list(STATEMENT.key_protection) == ["software", "remote_handle"]
    assert list(STATEMENT.matcher_protection) == ["software"]
    assert list(STATEMENT.attachment_hint) == ["external", "wired"]
    assert list(STATEMENT.tc_display) == []


def test_its_icon_is_a_picture():
    kind, _, data = (STATEMENT.icon or "").partition(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (64, 64)
        assert len(picture.getcolors() or []) == 2
