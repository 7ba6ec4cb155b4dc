"""`python -m bench.bare <what> <folder> <seconds>`: raw baselines that do only the unavoidable work.

Prints times a second and processor milliseconds each. Runs on the processors that its parent gave it.
"""

import asyncio
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from asn1crypto import cms, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.validation import async_validate_detached_cms
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext

from bench.running import TOWN
from identity.jpki import signed_data
from identity.jpki.profile import pinned, profile
from identity.jpki.revocation import index
from identity.jpki.verify import Trust, verify
from madoguchi.service.clock import utc_now
from madoguchi_sandbox.pki.card_box import CardBox

TEXT = "住民票の写しを申請します。\nnonce: 0123456789abcdef0123456789abcdef\n"
Once = Callable[[], Awaitable[None]]


def box_in(folder: Path) -> CardBox:
    """The sandbox's cards."""
    return CardBox(folder / "sandbox" / "pki" / "jpki", utc_now)


def pyhanko_check(folder: Path) -> Once:
    """pyHanko's own validation of a detached signature, with revocation lists at hand and required."""
    box = box_in(folder)
    der, lists = box.sign("hanako-good", TEXT), list(box.revocation_lists())
    authorities = (box.authorities.current, box.authorities.older)
    roots = [x509.Certificate.load(a.certificate.public_bytes(Encoding.DER)) for a in authorities]
    wanted = KeyUsageConstraints(key_usage={"non_repudiation"})

    async def once() -> None:
        context = ValidationContext(trust_roots=roots, crls=lists, revocation_mode="require")
        status = await async_validate_detached_cms(
            TEXT.encode(),
            cms.ContentInfo.load(der)["content"],
            signer_validation_context=context,
            key_usage_settings=wanted,
        )
        if not status.bottom_line:
            raise RuntimeError("pyHanko says no")

    return once


def own_check(folder: Path) -> Once:
    """identity's check alone, without service, store and vault."""
    box = box_in(folder)
    roots = pinned(box.authorities.roots())
    trust = Trust(roots, profile(sandbox=True), tuple(index(der, roots) for der in box.revocation_lists()))
    encoded = b64encode(box.sign("hanako-good", TEXT)).decode()

    async def once() -> None:
        now = utc_now()
        verify(TEXT, encoded, trust, at=now, now=now)

    return once


def rsa_verify(folder: Path) -> Once:
    """Nothing but the RSA operation."""
    box = box_in(folder)
    signature = signed_data.read(b64decode(b64encode(box.sign("hanako-good", TEXT))))
    key = signature.certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise TypeError("the card's key is not RSA")
    check = partial(key.verify, signature.value, signature.signed, padding.PKCS1v15(), hashes.SHA256())

    async def once() -> None:
        check()

    return once


def certificate(folder: Path) -> Once:
    """Render and seal, with the service's template, font and key; the time stamp is signed here."""
    from bench.bare_press import loop_of

    return loop_of(folder, TOWN)


WHAT: dict[str, Callable[[Path], Once]] = {
    "pyhanko": pyhanko_check,
    "verify": own_check,
    "rsa": rsa_verify,
    "certificate": certificate,
}


async def repeated(once: Once, seconds: float) -> tuple[float, float]:
    """Times a second, and processor milliseconds each; after a moment to get warm."""
    for _ in range(5):
        await once()
    done, began, on_cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        await once()
        done += 1
    return done / (time.perf_counter() - began), 1000 * (time.process_time() - on_cpu) / done


def main() -> None:
    """Run it."""
    what, folder, seconds = sys.argv[1:4]
    rate, each = asyncio.run(repeated(WHAT[what](Path(folder)), float(seconds)))
    sys.stdout.write(f"{rate} {each}\n")


if __name__ == "__main__":
    main()
