"""Deciding a case: which entry of the register it is, or no; by one person or by two."""

from functools import partial

from console.domain import review
from console.domain.acts import What
from console.domain.case import Case, Proposal, Question, Referral, Verdict
from console.domain.hand import Hand, NotNow, Refusal
from console.domain.staff import Staff
from console.handlers.acting import act, case_of
from console.handlers.deps import Deps
from console.handlers.opening import REGISTER_FIELD, access_of, is_own
from madoguchi.contracts.personal import CardAttributes, ClerkChoice
from madoguchi.contracts.vocabulary import RequestId
from madoguchi.register.model import Entry
from madoguchi.store.aggregates import Change


async def decide(
    deps: Deps, request_id: RequestId, hand: Hand, verdict: Verdict, reason: str, *, address_number: str = ""
) -> Case:
    """Decide or propose, as the town's rules say. `address_number` (宛名番号): the entry that an approval rests on.

    Raises `NotNow`, `NoSuchCase`, and what vault and register raise.
    """
    case = await case_of(deps, hand.staff, request_id)
    asked = review.may_decide(case, hand, verdict, reason)
    proposal = Proposal(referral=asked.id, verdict=verdict, reason=reason, staff=hand.staff.number, at=hand.now)
    if verdict is Verdict.APPROVE:
        proposal = await _resting_on(
            deps, hand.staff, asked, proposal, request_id=request_id, address_number=address_number
        )
    two = review.kind_of(verdict, asked.question) in hand.rules.two_persons
    what = What.PROPOSE if two else What.DECIDE
    return await act(deps, request_id, hand, partial(_decide, proposal), what, why=f"{verdict}:{reason}")


async def confirm(deps: Deps, request_id: RequestId, hand: Hand) -> Case:
    """The second person agrees. Raises `NotNow`, `NoSuchCase`."""
    return await act(deps, request_id, hand, review.confirm, What.CONFIRM)


async def send_back(deps: Deps, request_id: RequestId, hand: Hand) -> Case:
    """The second person does not agree. Raises `NotNow`, `NoSuchCase`."""
    return await act(deps, request_id, hand, review.send_back, What.SEND_BACK)


def _decide(proposal: Proposal, case: Case, hand: Hand) -> Change[Case]:
    return review.decide(case, hand, proposal)


async def _resting_on(
    deps: Deps, staff: Staff, asked: Referral, proposal: Proposal, *, request_id: RequestId, address_number: str
) -> Proposal:
    """With the entry sealed."""
    if is_own(deps, staff, [address_number]):
        raise NotNow(Refusal.OWN_REQUEST)
    await deps.vault.record(request_id, access_of(staff, asked), (REGISTER_FIELD,))
    entry = await deps.registers[staff.municipality].entry(address_number) if address_number else None
    if entry is None:
        raise NotNow(Refusal.NO_CHOICE)
    sealed = {"choice": await deps.vault.seal(request_id, "choice", ClerkChoice(address_number=address_number))}
    if asked.question is Question.IDENTITY:
        sealed["attributes"] = await deps.vault.seal(request_id, "attributes", _attributes(entry))
    return proposal.model_copy(update=sealed)


def _attributes(entry: Entry) -> CardAttributes:
    """What identity is told: the entry's own text, in which nothing is replaced, and no card's number."""
    return CardAttributes(
        name=entry.name,
        name_substitutions="0" * len(entry.name),
        sex=entry.sex.value,
        birth_date=entry.birth_date,
        address=entry.address,
        address_substitutions="0" * len(entry.address),
        certificate_serial="",
    )
