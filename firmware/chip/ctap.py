"""Numbers of CTAP 2.1: commands, status codes, algorithms. Source: CTAP 2.1 sections 6.1 to 6.11, 6.5.5.7 and 8.2."""

from micropython import const

MAKE_CREDENTIAL = const(0x01)
GET_ASSERTION = const(0x02)
GET_INFO = const(0x04)
CLIENT_PIN = const(0x06)
RESET = const(0x07)
GET_NEXT_ASSERTION = const(0x08)
CREDENTIAL_MANAGEMENT = const(0x0A)
SELECTION = const(0x0B)
LARGE_BLOBS = const(0x0C)
CONFIG = const(0x0D)
CREDENTIAL_MANAGEMENT_PREVIEW = const(0x41)

OK = const(0x00)
INVALID_COMMAND = const(0x01)
INVALID_PARAMETER = const(0x02)
INVALID_LENGTH = const(0x03)
INVALID_SEQ = const(0x04)
CBOR_UNEXPECTED_TYPE = const(0x11)
INVALID_CBOR = const(0x12)
MISSING_PARAMETER = const(0x14)
LIMIT_EXCEEDED = const(0x15)
LARGE_BLOB_STORAGE_FULL = const(0x18)
CREDENTIAL_EXCLUDED = const(0x19)
UNSUPPORTED_ALGORITHM = const(0x26)
OPERATION_DENIED = const(0x27)
KEY_STORE_FULL = const(0x28)
UNSUPPORTED_OPTION = const(0x2B)
INVALID_OPTION = const(0x2C)
KEEPALIVE_CANCEL = const(0x2D)
NO_CREDENTIALS = const(0x2E)
USER_ACTION_TIMEOUT = const(0x2F)
NOT_ALLOWED = const(0x30)
PIN_INVALID = const(0x31)
PIN_BLOCKED = const(0x32)
PIN_AUTH_INVALID = const(0x33)
PIN_AUTH_BLOCKED = const(0x34)
PIN_NOT_SET = const(0x35)
PUAT_REQUIRED = const(0x36)
PIN_POLICY_VIOLATION = const(0x37)
INTEGRITY_FAILURE = const(0x3D)
INVALID_SUBCOMMAND = const(0x3E)
UNAUTHORIZED_PERMISSION = const(0x40)
OTHER = const(0x7F)

# Permissions of a pinUvAuthToken
MC = const(0x01)
GA = const(0x02)
CM = const(0x04)
LBW = const(0x10)
ACFG = const(0x20)

# Flags of authenticator data
UP = const(0x01)
UV = const(0x04)
AT = const(0x40)
ED = const(0x80)

# COSE algorithms (RFC 9053 and 9864)
ES256 = const(-7)
EDDSA = const(-8)
ESP256 = const(-9)
ALGORITHMS = (ES256, EDDSA, ESP256)

MAX_MESSAGE = const(3072)
MAX_LIST = const(20)
MAX_BLOB = const(32)
MAX_LARGE_BLOBS = const(4096)
MAX_RP_IDS = const(8)

# Says which kind of authenticator this is, to whoever looks it up in a FIDO metadata statement.
AAGUID = b"\x5e\x91\xc4\x1f\x5a\x6b\x4c\x1e\x9d\x0a\x53\x65\x67\x6c\x00\x01"


class CtapError(Exception):
    """Ends a command; args[0] is its status code."""
