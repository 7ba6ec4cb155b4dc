"""From a `RenderInput` to a sealed certificate.

A worker process renders and leaves room for the signature. The private-key operation, the time stamp and the last check
happen here, so waiting for the time-stamp authority keeps no worker from rendering, and no worker holds a key.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from issuance.documents import dss, worker
from issuance.documents.check import Examination, Verdict, examine
from issuance.documents.model import RenderInput
from issuance.documents.pool import Workers
from issuance.documents.sample import sample
from issuance.documents.seal import complete
from issuance.documents.town_seal import TownSeals
from issuance.documents.tsa import TimeStampClient
from madoguchi.policy.models import Municipality
from madoguchi.policy.rules import day_in_japan
from madoguchi.policy.secrets import SecretFolder

PREVIEW_PPI = 72


class SealBroken(Exception):
    """What was sealed does not pass our own check; nothing was released. The argument is the certificate's number."""


@dataclass(frozen=True, slots=True, repr=False)
class SealedDocument:
    """A certificate ready to be handed out."""

    pdf: bytes
    sha256: str
    """Of `pdf`, hexadecimal."""
    sheets: int
    sealed_at: datetime
    """By the time stamp, UTC."""


class Press:
    """Makes sealed certificates. Open it with `opened`."""

    def __init__(
        self, seals: TownSeals, stamps: TimeStampClient, workers: Workers, clock: Callable[[], datetime]
    ) -> None:
        self.seals = seals
        self._stamps = stamps
        self._workers = workers
        self._clock = clock

    async def make(self, document: RenderInput) -> SealedDocument:
        """Render, seal, check.

        Raises `CannotRender` (`GlyphsMissing`, `DoesNotFit`): a clerk must look; `SealUnusable`: the operator must;
        `TimeStampUnavailable`, `WorkersLost` (kinds of ConnectionError): try again; `TimeStampRejected`, `SealBroken`.
        """
        now = self._clock()
        seal = self.seals.usable(document.issuer.code, now)
        prepared = await self._workers.run(worker.make, document, seal.dressing, now)
        attributes = seal.cms.attributes(prepared.digest)
        signature = await asyncio.to_thread(seal.sign, attributes)
        digest = hashlib.sha256(signature).digest()
        stamp = await self._stamps.stamp(seal.tsa_url, digest, seal.material.tsa_chain, self._clock())
        sealed = complete(prepared, seal.cms.signed_data(attributes, signature, stamp.token))
        pdf = sealed + dss.update(sealed, seal.certificates, seal.crls)
        expected = Examination(Verdict.GENUINE, document.number, document.issuer.code, stamp.at)
        if examine(pdf, seal.known) != expected:
            raise SealBroken(document.number)
        return SealedDocument(pdf, hashlib.sha256(pdf).hexdigest(), prepared.sheets, stamp.at)

    async def preview(self, town: Municipality) -> bytes:
        """A picture (PNG) of a certificate without personal data."""
        document = sample(town, day_in_japan(self._clock()))
        return await self._workers.run(worker.picture, document, PREVIEW_PPI)

    def examine(self, pdf: bytes) -> Examination:
        """Judge an uploaded file against the seals of all towns; takes milliseconds. Raises `SealUnusable`."""
        return examine(pdf, self.seals.known(self._clock()))


@asynccontextmanager
async def opened(
    towns: Mapping[str, Municipality],
    secrets_dir: Path,
    *,
    clock: Callable[[], datetime],
    font: Path | None = None,
    workers: int | None = None,
) -> AsyncIterator[Press]:
    """A warm press. `font`: a TrueType/OpenType file such as IPAmj Mincho; by default Noto Serif JP from its wheel."""
    seals = TownSeals({code: (town, SecretFolder(secrets_dir, code)) for code, town in towns.items()})
    pool = Workers(font=font, count=workers)
    try:
        await pool.warm(sample(next(iter(towns.values())), day_in_japan(clock())))
        async with httpx.AsyncClient() as client:
            yield Press(seals, TimeStampClient(client), pool, clock)
    finally:
        pool.close()
