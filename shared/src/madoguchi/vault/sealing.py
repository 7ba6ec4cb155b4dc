"""Sealed text: `sealed:v1:<field>:<base64url(nonce || ciphertext || tag)>`, AES-256-GCM (NIST SP 800-38D), no padding.

Version, subject and field are authenticated: a seal moved to another person or another field does not open. Pure.
"""

import base64
import binascii
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from madoguchi.vault.keys import NONCE_BYTES
from madoguchi.vault.port import SealBroken

_VERSION = "v1"
_FORM = re.compile(rf"sealed:{_VERSION}:(?P<field>[a-z_]+):(?P<body>[A-Za-z0-9_-]+)", re.ASCII)
_FIELD = re.compile(r"[a-z_]+", re.ASCII)


def seal(key: bytes, subject: str, field: str, plaintext: bytes, nonce: bytes) -> str:
    """Seal `plaintext` under `key` (32 bytes). `nonce`: 96 bits, random, never used twice with one key."""
    if not _FIELD.fullmatch(field):
        raise ValueError(f"{field!r} is not a field name (a-z and _)")
    if len(nonce) != NONCE_BYTES:
        raise ValueError("the nonce has 96 bits")
    sealed = nonce + AESGCM(key).encrypt(nonce, plaintext, _context(subject, field))
    return f"sealed:{_VERSION}:{field}:{_encode(sealed)}"


def field_of(sealed: str) -> str:
    """The field a sealed text is of. Raises `SealBroken` when it isn't a sealed text."""
    return _parse(sealed)[0]


def unseal(key: bytes, subject: str, sealed: str) -> bytes:
    """What was sealed. Raises `SealBroken`."""
    field, body = _parse(sealed)
    try:
        return AESGCM(key).decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], _context(subject, field))
    except (InvalidTag, ValueError):
        raise SealBroken("this is not what was sealed for this subject and field") from None


def _context(subject: str, field: str) -> bytes:
    return f"{_VERSION}|{subject}|{field}".encode()


def _parse(sealed: str) -> tuple[str, bytes]:
    found = _FORM.fullmatch(sealed)
    if found is None:
        raise SealBroken("not a sealed text")
    try:
        body = base64.urlsafe_b64decode(found["body"] + "=" * (-len(found["body"]) % 4))
    except (binascii.Error, ValueError):
        raise SealBroken("not a sealed text") from None
    # Base64 has several spellings of the same bytes; only ours counts, so that any change of the text shows.
    if _encode(body) != found["body"]:
        raise SealBroken("not a sealed text")
    return found["field"], body


def _encode(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()
