"""Identity's handlers on twins in memory: repeats, disorder, nonces used twice, the law of the day."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from identity.adapters.card_check import JpkiCheck
from identity.adapters.nonces import NONCES, StoredNonces
from identity.domain.case import Stage
from madoguchi.contracts import events as e
from madoguchi.contracts import vocabulary as v
from madoguchi.contracts.envelope import envelop
from madoguchi.contracts.personal import CardAttributes, SigningEvidence
from madoguchi.vault.port import Access, LegalBasis, Purpose
from madoguchi_sandbox.pki.card_kinds import CardKind
from unit.identity.desk import COMMON, REQUEST, TOWN, Desk, closed, submitted
from unit.identity.world import HOLDER, NONCE, NOW, TEXT, World

CLERK = Access("clerk:s-17", Purpose.CLERK_REVIEW, LegalBasis.RESIDENT_REGISTER_ACT_12)
R = v.IdentityReason


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


async def test_a_good_card_is_verified_and_its_attributes_stay_sealed(desk: Desk) -> None:
    await desk.hear(submitted(), await desk.evidence())
    (verified,) = await desk.published()
    assert isinstance(verified, e.IdentityVerified)
    assert verified.rule == "住民基本台帳の一部の写しの閲覧並びに住民票の写し等の交付に関する省令（電子署名）"
    who = await desk.vault.open(REQUEST, verified.attributes, CardAttributes, CLERK)
    assert who.name == "例野　花子"
    assert desk.said == {("verified", ""): 1}
    log = await desk.vault.access_log(REQUEST)
    assert (log[0].actor, log[0].purpose) == ("identity", Purpose.VERIFY_IDENTITY)
    assert "例野" not in repr(desk.documents.collections)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (CardKind.REVOKED, R.CERTIFICATE_REVOKED),
        (CardKind.ON_HOLD, R.CERTIFICATE_ON_HOLD),
        (CardKind.EXPIRED, R.CERTIFICATE_EXPIRED),
        (CardKind.FUTURE, R.CERTIFICATE_NOT_YET_VALID),
        (CardKind.AUTHENTICATION, R.WRONG_CERTIFICATE_KIND),
        (CardKind.ROGUE, R.UNTRUSTED_ISSUER),
    ],
)
async def test_every_bad_card_is_rejected_with_its_own_reason(desk: Desk, kind: CardKind, reason: R) -> None:
    await desk.hear(await desk.evidence(kind))
    (rejected,) = await desk.published()
    assert isinstance(rejected, e.IdentityRejected)
    assert (rejected.reason, rejected.final) == (reason, False)
    assert desk.said == {("rejected", reason.value): 1}


async def test_twice_the_same_event_is_once(desk: Desk) -> None:
    evidence = await desk.evidence()
    await desk.hear(evidence, evidence)
    assert len(await desk.published()) == 1
    assert await desk.looks() == 1


async def test_the_same_event_at_the_same_time_is_once(desk: Desk) -> None:
    evidence = await desk.evidence()
    await asyncio.gather(*(desk.hear(evidence) for _ in range(5)))
    assert [type(event) for event in await desk.published()] == [e.IdentityVerified]


async def test_a_crash_after_the_nonce_was_used_does_not_cost_the_resident_anything(desk: Desk) -> None:
    evidence = await desk.evidence()
    assert await desk.deps.nonces.consume(NONCE, evidence.id)  # and then the process died
    await desk.hear(evidence)
    assert isinstance((await desk.published())[0], e.IdentityVerified)


async def test_another_event_with_the_same_nonce_is_nonce_reused(desk: Desk) -> None:
    await desk.hear(await desk.evidence(CardKind.EXPIRED), await desk.evidence(challenge="chl_2"))
    assert [event.reason for event in await desk.published()] == [R.CERTIFICATE_EXPIRED, R.NONCE_REUSED]  # type: ignore[attr-defined]
    assert await desk.looks() == 1  # nothing is opened for a used nonce


async def test_the_nonce_is_used_up_even_when_the_challenge_is_over(desk: Desk) -> None:
    over = NOW - timedelta(seconds=1)
    await desk.hear(await desk.evidence(challenge_expires_at=over), await desk.evidence(challenge="chl_2"))
    assert [event.reason for event in await desk.published()] == [R.CHALLENGE_EXPIRED, R.NONCE_REUSED]  # type: ignore[attr-defined]


async def test_a_text_without_its_nonce_is_text_altered(desk: Desk) -> None:
    await desk.hear(await desk.evidence(text=TEXT.replace(NONCE, "")))
    assert (await desk.published())[0].reason is R.TEXT_ALTERED  # type: ignore[attr-defined]


async def test_the_last_allowed_attempt_is_final_and_then_nothing_is_looked_at(desk: Desk) -> None:
    for number in range(5):
        await desk.hear(await desk.evidence(CardKind.EXPIRED, nonce=f"{number:032d}", challenge=f"chl_{number}"))
    assert [event.final for event in await desk.published()] == [False, False, True]  # type: ignore[attr-defined]
    assert await desk.looks() == TOWN.max_proof_attempts


async def test_a_failed_attempt_does_not_spoil_the_next(desk: Desk) -> None:
    await desk.hear(await desk.evidence(CardKind.EXPIRED), await desk.evidence(nonce="a" * 32, challenge="chl_2"))
    assert [type(event) for event in await desk.published()] == [e.IdentityRejected, e.IdentityVerified]


async def test_evidence_before_its_request_is_judged(desk: Desk) -> None:
    await desk.hear(await desk.evidence(), submitted())
    assert [type(event) for event in await desk.published()] == [e.IdentityVerified]


@pytest.mark.parametrize("first", ["closed", "evidence"])
async def test_a_closed_request_hears_no_verdict_any_more(desk: Desk, first: str) -> None:
    evidence = await desk.evidence()
    await desk.hear(*((closed(), evidence) if first == "closed" else (evidence, closed(), evidence)))
    assert len(await desk.published()) == (0 if first == "closed" else 1)
    case = await desk.deps.cases.load(REQUEST)
    assert case is not None
    assert case.state.stage is Stage.CLOSED


async def test_after_erasure_nothing_can_be_read_and_nothing_is_said(desk: Desk) -> None:
    evidence = await desk.evidence()
    await desk.vault.erase(REQUEST)
    await desk.hear(evidence)
    assert await desk.published() == []


async def test_a_redriven_event_is_answered_again_with_the_same_id(desk: Desk) -> None:
    evidence = await desk.evidence()
    await desk.hear(evidence)
    first = await desk.outbox()
    document = await desk.documents.get(desk.deps.cases.collection, REQUEST)
    assert document is not None
    emptied = {**document, "outbox": [], "version": document["version"] + 1}
    await desk.documents.replace(desk.deps.cases.collection, emptied)
    await desk.hear(evidence)
    assert await desk.outbox() == []
    await desk.hear(evidence.redriven())
    assert await desk.outbox() == first
    assert await desk.looks() == 1


async def test_without_a_fresh_list_a_clerk_decides(desk: Desk) -> None:
    desk.feed.lists = ()
    await desk.hear(await desk.evidence())
    (referred,) = await desk.published()
    assert isinstance(referred, e.IdentityReferred)
    assert referred.reason is R.REVOCATION_UNKNOWN
    assert referred.attributes is not None
    stated = await desk.vault.open(REQUEST, referred.attributes, CardAttributes, CLERK)
    assert (stated.name, stated.birth_date) == (HOLDER.name, HOLDER.birth_date)
    attributes = await desk.vault.seal(REQUEST, "attributes", SigningEvidence(text="", cms=""))
    decided = e.IdentityDecided(**COMMON, decision="approve", clerk="s-17", decided_at=NOW, attributes=attributes)
    await desk.hear(envelop(decided, time=NOW), envelop(decided, time=NOW))
    assert [type(event) for event in await desk.published()] == [e.IdentityReferred, e.IdentityVerified]


@pytest.mark.parametrize(
    ("day", "method", "reason"),
    [
        (datetime(2015, 12, 31, 14, 59, tzinfo=UTC), "jpki_signature", R.PROOF_NOT_LAWFUL),
        (
            datetime(2015, 12, 31, 15, 0, tzinfo=UTC),
            "jpki_signature",
            R.UNTRUSTED_ISSUER,
        ),  # 1 January in Japan, no root yet
        (datetime(2020, 9, 1, tzinfo=UTC), "photo_and_selfie", R.PROOF_NOT_LAWFUL),  # lawful then, but not checked here
        (datetime(2021, 10, 1, tzinfo=UTC), "photo_and_selfie", R.PROOF_NOT_LAWFUL),
    ],
)
async def test_the_law_of_the_day_of_the_hand_in_counts(desk: Desk, day: datetime, method: str, reason: R) -> None:
    end = day + timedelta(minutes=1)
    await desk.hear(await desk.evidence(submitted_at=day, challenge_expires_at=end, method=method))
    (rejected,) = await desk.published()
    assert isinstance(rejected, e.IdentityRejected)
    assert rejected.reason is reason
    assert await desk.looks() == (reason is not R.PROOF_NOT_LAWFUL)  # what the law does not take is not even opened


async def test_another_towns_roots_do_not_count(desk: Desk) -> None:
    own = desk.deps.cards.towns["990019"]  # type: ignore[attr-defined]
    stranger = JpkiCheck({"990019": replace(own, roots={})})
    desk.deps = replace(desk.deps, cards=stranger)
    await desk.hear(await desk.evidence())
    assert (await desk.published())[0].reason is R.UNTRUSTED_ISSUER  # type: ignore[attr-defined]


async def test_old_nonces_are_forgotten(desk: Desk) -> None:
    await desk.deps.nonces.consume("old", "event")
    later = StoredNonces(desk.documents, lambda: NOW + timedelta(days=91), timedelta(days=90))
    await later.consume("young", "event")
    await later.forget()
    assert set(desk.documents.collections[NONCES.name]) == {"young"}
