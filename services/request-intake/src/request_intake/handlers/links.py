"""The addresses that a request gives out: each carries its own permission."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from madoguchi.contracts.vocabulary import MunicipalityCode, RequestId
from madoguchi.web import links
from request_intake.domain.state import RequestState


@dataclass(frozen=True, slots=True, repr=False)
class Links:
    """Signed with each town's newest link key, read with any."""

    keys: Mapping[MunicipalityCode, tuple[bytes, ...]]
    intake_url: str
    issuance_url: str

    def status_url(self, state: RequestState) -> str:
        """The status page; the same address for the whole life of the request, until its data is erased."""
        terms = state.terms
        until = state.submitted_at + terms.proof + terms.payment + terms.retention
        return links.status_url(self._key(state), self.intake_url, state.request_id, until)

    def download_url(self, state: RequestState) -> str | None:
        """Where the certificate is handed out, if there is one."""
        until = state.issuance.download_until
        if until is None:
            return None
        return links.download_url(self._key(state), self.issuance_url, state.request_id, until)

    def request_of(self, token: str, now: datetime) -> tuple[MunicipalityCode, RequestId]:
        """Town and request of a status link's token. Raises `LinkInvalid`, `LinkExpired`."""
        return links.read_any(self.keys, token, "status", now)

    def _key(self, state: RequestState) -> bytes:
        return self.keys[state.municipality][0]
