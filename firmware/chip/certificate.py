"""The certificate that a U2F registration wants: one for each credential, signed by its own key, which tells nothing.

A certificate that all credentials shared would let relying parties know a chip again. Source: RFC 5280 section 4.1,
RFC 5480, FIDO U2F Raw Message Formats 1.2 section 4.3.
"""

_ECDSA_SHA256 = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
_P256_KEY = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"
_NAME = b"\x30\x14\x31\x12\x30\x10\x06\x03\x55\x04\x03\x0c\x09Segl chip"  # CN=Segl chip
_VALIDITY = b"\x30\x20\x17\x0d260101000000Z\x18\x0f99991231235959Z"
_VERSION_3 = b"\xa0\x03\x02\x01\x02"


def self_signed(credential, point, curves):
    """Compute the certificate, in DER, of a credential's key.

    Args:
        credential: The Credential; of P-256.
        point: Its public key, uncompressed, 65 bytes.
        curves: The Curves.
    """
    serial = b"\x02\x08\x01" + credential.secret(b"serial")[:7]
    body = _sequence(_VERSION_3 + serial + _ECDSA_SHA256 + _NAME + _VALIDITY + _NAME + _P256_KEY + point)
    signature = yield from curves.sign_es256(credential.key, body)
    return _sequence(body + _ECDSA_SHA256 + b"\x03" + _length(len(signature) + 1) + b"\x00" + signature)


def _sequence(content):
    return b"\x30" + _length(len(content)) + content


def _length(size):
    if size < 0x80:
        return bytes((size,))
    if size < 0x100:
        return bytes((0x81, size))
    return b"\x82" + size.to_bytes(2, "big")
