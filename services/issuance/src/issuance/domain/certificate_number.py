"""Certificate numbers (発行番号) and their check codes: derived, so that doing it again gives the same. Pure.

The number is keyed by the town's secret, so it tells nothing about the request and can't be guessed. The check code in
the QR is a second secret: who knows a number only (from a queue, a log, a conversation) learns nothing on the
verification page.
"""

import hashlib
import hmac
from collections.abc import Sequence
from datetime import date

from madoguchi.contracts.vocabulary import CertificateNumber, MunicipalityCode, RequestId

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_NUMBER_LENGTH = 10
_CODE_LENGTH = 10


def number_of(key: bytes, municipality: MunicipalityCode, request_id: RequestId, issued_on: date) -> CertificateNumber:
    """The number of what is issued for `request_id` on `issued_on` (a day in Japan)."""
    said = f"{municipality}|{request_id}|{issued_on.isoformat()}"
    return f"{municipality}-{issued_on:%Y%m%d}-{_letters(key, 'number', said, _NUMBER_LENGTH)}"


def check_code(key: bytes, number: CertificateNumber) -> str:
    """The `k` of the verification address: ten Crockford base-32 characters (50 bits)."""
    return _letters(key, "check", number, _CODE_LENGTH)


def code_fits(keys: Sequence[bytes], number: CertificateNumber, code: str) -> bool:
    """Whether `code` is the number's by one of the keys, compared in constant time; case doesn't count."""
    given = code.upper().encode()
    return any(hmac.compare_digest(check_code(key, number).encode(), given) for key in keys)


def verification_url(base: str, key: bytes, number: CertificateNumber) -> str:
    """What the QR code holds."""
    return f"{base.rstrip('/')}/verify/{number}?k={check_code(key, number)}"


def _letters(key: bytes, purpose: str, said: str, count: int) -> str:
    mac = hmac.digest(key, f"madoguchi-certificate-v1|{purpose}|{said}".encode(), hashlib.sha256)
    value = int.from_bytes(mac, "big")
    return "".join(_CROCKFORD[(value >> 5 * place) & 31] for place in range(count))
