"""Finding cases: those that wait, one by its id, one by the number of its certificate. Always within one town."""

from console.domain.case import Case
from console.handlers.deps import NUMBER, WAITING, WAITING_BY, Deps
from madoguchi.contracts.vocabulary import CertificateNumber, MunicipalityCode, RequestId

QUEUE_AT_MOST = 200
"""Cases shown at once: those whose answer is due first."""


async def waiting(deps: Deps, town: MunicipalityCode) -> list[Case]:
    """What awaits a clerk of that town, most urgent first."""
    found = await deps.cases.documents.find(
        deps.cases.collection, equal={WAITING: town}, order_by=WAITING_BY, limit=QUEUE_AT_MOST
    )
    return [deps.cases.parse(document).state for document in found]


async def by_id(deps: Deps, town: MunicipalityCode, request_id: RequestId) -> Case | None:
    """The case of that id, if it is the town's."""
    found = await deps.cases.load(request_id)
    return found.state if found is not None and found.state.municipality == town else None


async def by_certificate(deps: Deps, town: MunicipalityCode, number: CertificateNumber) -> Case | None:
    """The case whose certificate has that number, if it is the town's."""
    found = await deps.cases.find(**{NUMBER: number}, limit=1)
    return next((one.state for one in found if one.state.municipality == town), None)
