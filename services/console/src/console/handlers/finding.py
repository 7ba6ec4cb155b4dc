"""Finding cases: those that wait, one by its id, one by the number of its certificate. Always within one town.

Dead letters likewise; those of which nothing tells the town are every town's, for somebody must see them.
"""

from collections.abc import Mapping, Sequence

from console.domain.case import Case
from console.domain.trouble import Letter, Retry
from console.handlers.deps import ABOUT, ANY_TOWN, AT, CAUSE, NUMBER, WAITING, WAITING_BY, Deps, cause_in
from madoguchi.contracts.vocabulary import CertificateNumber, MunicipalityCode, RequestId

QUEUE_AT_MOST = 200
"""Cases shown at once: those whose answer is due first."""
LETTERS_AT_MOST = 1000
"""Dead letters that are looked at for one page."""
TROUBLES_AT_MOST = 100
"""Retries, and dead letters, of one request."""


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


async def waiting_letters(deps: Deps, town: MunicipalityCode, limit: int = LETTERS_AT_MOST) -> list[Letter]:
    """The dead letters that wait, oldest first, no more than `limit`."""
    return await _letters(deps, [{WAITING: whose} for whose in (town, ANY_TOWN)], limit)


async def letters_by_cause(deps: Deps, town: MunicipalityCode, cause: str, limit: int) -> list[Letter]:
    """Those that wait for that cause, oldest first, no more than `limit`."""
    return await _letters(deps, [{CAUSE: cause_in(whose, cause)} for whose in (town, ANY_TOWN)], limit)


async def _letters(deps: Deps, wanted: Sequence[Mapping[str, str]], limit: int) -> list[Letter]:
    documents, kind = deps.letters.documents, deps.letters.collection
    found = [one for equal in wanted for one in await documents.find(kind, equal=equal, order_by=AT, limit=limit)]
    letters = [deps.letters.parse(document).state for document in found]
    return sorted(letters, key=lambda letter: (letter.at, letter.id))[:limit]


async def letter_by_id(deps: Deps, town: MunicipalityCode, letter_id: str) -> Letter | None:
    """The dead letter of that id, if the town may see it."""
    found = await deps.letters.load(letter_id)
    return found.state if found is not None and found.state.municipality in (town, None) else None


async def letters_of(deps: Deps, request_id: RequestId) -> list[Letter]:
    """The dead letters of one request."""
    return [one.state for one in await deps.letters.find(TROUBLES_AT_MOST, **{ABOUT: request_id})]


async def retries_of(deps: Deps, request_id: RequestId) -> list[Retry]:
    """Every time that an event of one request was put off."""
    return [one.state for one in await deps.retries.find(TROUBLES_AT_MOST, **{ABOUT: request_id})]
