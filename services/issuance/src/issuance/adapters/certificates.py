"""Sealed certificates in the service's own store, one document each; written once, never changed."""

from dataclasses import asdict, dataclass
from typing import Any

from issuance.ports import StoredCertificate
from madoguchi.contracts.vocabulary import CertificateNumber
from madoguchi.store.port import Collection, Documents, DuplicateKey

CERTIFICATES = Collection("certificates")


@dataclass(frozen=True, slots=True)
class StoredCertificates:
    """See `issuance.ports.Certificates`."""

    documents: Documents

    async def keep(self, certificate: StoredCertificate) -> StoredCertificate:
        """Store it, once."""
        document: dict[str, Any] = {"_id": certificate.number, "version": 1, **asdict(certificate)}
        try:
            await self.documents.insert(CERTIFICATES, document)
        except DuplicateKey:
            # Someone was first, or we were and crashed before saying so: that one counts.
            present = await self.get(certificate.number)
            if present is None:
                raise
            return present
        return certificate

    async def get(self, number: CertificateNumber) -> StoredCertificate | None:
        """The certificate with that number."""
        document = await self.documents.get(CERTIFICATES, number)
        if document is None:
            return None
        return StoredCertificate(**{key: value for key, value in document.items() if key not in ("_id", "version")})
