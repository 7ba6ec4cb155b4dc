"""What residents and channels can do; the REST API, the pages and the chat all come through here.

Every act is durable when it returns, and safe to repeat.
"""

from dataclasses import dataclass
from functools import partial

from madoguchi.contracts.ids import new_request_id
from madoguchi.contracts.personal import Contact, NamedPerson, SigningEvidence
from madoguchi.contracts.vocabulary import (
    Channel,
    MunicipalityCode,
    OtherWay,
    ProofMethod,
    RequestId,
    SealedText,
)
from madoguchi.store.aggregates import ABSENT
from madoguchi.vault.port import AccessRecord
from request_intake.domain import closing, proof
from request_intake.domain.challenge import Subject, new_challenge
from request_intake.domain.state import Challenge, RequestState
from request_intake.domain.submit import Accepted, Wish, objections
from request_intake.domain.submit import submit as accepted
from request_intake.handlers.deps import Deps, log


class NotOffered(Exception):
    """The town can't take this wish; `objections` are pairs of (field, code)."""

    def __init__(self, found: tuple[tuple[str, str], ...]) -> None:
        super().__init__("; ".join(f"{field}: {code}" for field, code in found))
        self.objections = found


@dataclass(frozen=True, slots=True)
class Sender:
    """Where a request comes from."""

    municipality: MunicipalityCode
    channel: Channel
    client: str
    """Id of the API key, or the channel's name."""
    live: bool = True


@dataclass(frozen=True, slots=True)
class SealedWish:
    """A wish whose personal data is sealed already under `request_id` (fields `contact`, `member`)."""

    request_id: RequestId
    wish: Wish
    contact: SealedText
    member: SealedText | None


def reserve(deps: Deps) -> RequestId:
    """An id for a request that is about to be made."""
    return new_request_id(deps.clock(), deps.randomness)


async def seal(
    deps: Deps, sender: Sender, wish: Wish, *, request_id: RequestId, contact: Contact, member: NamedPerson | None
) -> SealedWish:
    """Make the request's key and seal what is personal. Raises `NotOffered` before anything is stored."""
    _check(deps, sender, wish, member=member is not None)
    personal: dict[str, Contact | NamedPerson] = {"contact": contact}
    if member is not None:
        personal["member"] = member
    sealed = await deps.vault.begin(request_id, sender.municipality, personal)
    return SealedWish(request_id, wish, sealed["contact"], sealed.get("member"))


async def submit(deps: Deps, sender: Sender, sealed: SealedWish) -> RequestState:
    """Accept a request (申請). Stored when this returns; the same id again returns the request as it is.

    Raises `NotOffered`."""
    _check(deps, sender, sealed.wish, member=sealed.member is not None)
    town, now, wish = deps.towns[sender.municipality], deps.clock(), sealed.wish
    subject = Subject(sealed.request_id, wish.certificate, wish.options, wish.language)
    order = Accepted(
        wish=wish,
        request_id=sealed.request_id,
        channel=sender.channel,
        client=sender.client,
        live=sender.live,
        contact=sealed.contact,
        member=sealed.member,
        challenge=new_challenge(subject, town, deps.catalogue, now, deps.randomness),
    )
    decision = partial(accepted, accepted=order, town=town, now=now)
    state = await deps.apply(sealed.request_id, decision, now, known=ABSENT)
    log.info("request_accepted", request_id=state.request_id, municipality=state.municipality, channel=sender.channel)
    return state


def _check(deps: Deps, sender: Sender, wish: Wish, *, member: bool) -> None:
    found = objections(deps.towns[sender.municipality], wish, deps.clock(), member=member)
    if found:
        raise NotOffered(found)


async def text_to_sign(deps: Deps, request_id: RequestId) -> Challenge:
    """The present text to sign; a new one when the last is used or (nearly) over. Raises `NoSuchRequest`, `NotNow`."""
    present = await deps.present(request_id)
    state = present.state
    subject = Subject(request_id, state.certificate, state.options, state.language)
    town = deps.towns[state.municipality]
    fresh = new_challenge(subject, town, deps.catalogue, deps.clock(), deps.randomness)
    after = await deps.decide(request_id, lambda s, now: proof.new_challenge(s, fresh, now), known=present)
    return after.proof.challenges[-1]


async def hand_in(deps: Deps, request_id: RequestId, challenge_id: str, cms: str) -> RequestState:
    """Hand in a signature: `cms` is the detached CMS over the text of that challenge, DER in base64.

    It is sealed before anything is stored. Raises `NoSuchRequest`, `NotNow`."""
    present = await deps.present(request_id)
    state = present.state
    challenge = proof.challenge_of(state, challenge_id, deps.clock())
    if challenge.used_at is not None:
        return state
    proof.open_for_proof(state)
    evidence = SigningEvidence(text=challenge.text, cms=cms)
    sealed = await deps.vault.seal(request_id, "evidence", evidence)
    method = ProofMethod.JPKI_SIGNATURE
    after = await deps.decide(
        request_id, lambda s, now: proof.submit_evidence(s, challenge_id, method, sealed, now), known=present
    )
    log.info("evidence_handed_in", request_id=request_id, challenge_id=challenge_id)
    return after


async def cancel(deps: Deps, request_id: RequestId) -> RequestState:
    """Take the request back (取下げ). Raises `NoSuchRequest`, `NotNow`."""
    return await deps.decide(request_id, closing.cancel)


async def choose_other_way(deps: Deps, request_id: RequestId, way: OtherWay) -> RequestState:
    """Go on at the counter or by post. Raises `NoSuchRequest`, `NotNow`, and `NotOffered` for a way this town lacks."""
    state = await deps.load(request_id)
    if way not in deps.towns[state.municipality].other_ways:
        raise NotOffered((("way", "not_offered"),))
    return await deps.decide(request_id, lambda s, now: closing.choose_other_way(s, way, now))


async def revoke_consent(deps: Deps, request_id: RequestId) -> RequestState:
    """Withdraw the consent: ends an open request, and brings the erasure forward. Raises `NoSuchRequest`."""
    return await deps.decide(request_id, closing.revoke_consent)


async def access_log(deps: Deps, request_id: RequestId) -> tuple[AccessRecord, ...]:
    """Who looked at this request's personal data, when and why; complete by construction. Raises `NoSuchRequest`."""
    await deps.load(request_id)
    return await deps.vault.access_log(request_id)
