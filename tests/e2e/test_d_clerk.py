"""Cases that a clerk must decide: what the resident sees, and what follows from a decision."""

import re
from collections import Counter

import pytest

import decisions
from e2e.faults import to_the_signature
from e2e.inside import Archive, decides, vault_of
from e2e.outside import ONCE, Thread, all_is_well, comes_true, notices
from e2e.rest import Client, Json
from madoguchi.contracts.events import IdentityDecided, IssuanceDecided
from madoguchi.contracts.personal import ReviewNote
from madoguchi.vault.port import Access, LegalBasis, Purpose
from madoguchi_sandbox.launcher.plan import SANDBOX
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident, arrives, words
from towns import SECOND_TOWN, THIRD_TOWN, TOWN

pytestmark = pytest.mark.processes

CLERK = Access("clerk:0042", Purpose.CLERK_REVIEW, LegalBasis.RESIDENT_REGISTER_ACT_12)


async def approves(stack: Stack, town: str, request_id: str, persona: str) -> None:
    """The clerk says which register entry it is."""
    async with vault_of(stack) as vault:
        decision = await decisions.this_one(vault, request_id, town, persona)
    await decides(stack, decision)


async def refuses(stack: Stack, town: str, request_id: str) -> None:
    """The clerk says no."""
    await decides(stack, decisions.no(IssuanceDecided, request_id, town))


async def test_a_disclosure_block_looks_like_any_other_case_with_a_clerk(
    stack: Stack, archive: Archive, resident: Resident
) -> None:
    sandbox = stack.layout.url(SANDBOX)
    async with arrives(sandbox, TOWN, name="見本 花子", card="blocked-good") as guarded:
        resident.card = "double-good"
        double, blocked = Thread(resident), Thread(guarded)
        for thread in (double, blocked):
            await to_the_signature(thread)
            await thread.sign()
        for thread in (double, blocked):
            await thread.until("with_clerk")
            await thread.resident.expect_words("職員が確認しています")
            await thread.resident.say("いまどこ？")
            await thread.resident.expect_words("職員")
        seen = [await _all_that_is_seen(thread) for thread in (double, blocked)]
        assert seen[0] == seen[1]
        await archive.look(stack)
        notes = [_note(archive, thread.request_id) for thread in (double, blocked)]
        assert len(notes[0]) == len(notes[1])
        assert await _reason(stack, double.request_id, notes[0]) == "double_entry"
        assert await _reason(stack, blocked.request_id, notes[1]) == "disclosure_block"

        await approves(stack, TOWN, double.request_id, "double")
        await refuses(stack, TOWN, blocked.request_id)
        await double.fee_due()
        await double.pay()
        await double.ready()
        await all_is_well(double, {**ONCE, "with_clerk": 1})
        await guarded.expect_words("証明書をお出しできませんでした")
        expected = {"accepted": 1, "proof_needed": 1, "with_clerk": 1, "refused": 1}
        assert notices(await blocked.settled()) == expected
        assert await blocked.status() == "refused"


async def _all_that_is_seen(thread: Thread) -> list[str]:
    """Status page and chat, but for ids, times and links."""
    page = (await thread.resident.http.get(thread.status_url)).raise_for_status().text
    chat = [words(entry["message"]) for entry in await thread.resident.thread()]
    return [_plain(text) for text in (*page.splitlines(), *chat)]


def _plain(text: str) -> str:
    for pattern in (r"req_[0-9a-z]{26}(\.\d+\.[\w-]{43})?", r"\b[0-9a-f]{16}\b", r"[0-9A-Za-z]{6,}", r"\d+"):
        text = re.sub(pattern, "#", text)
    return text


def _note(archive: Archive, request_id: str) -> str:
    """The note for the clerk, sealed, as the event carries it."""
    referred = next(r for r in archive.of(request_id) if r.header("ce_type") == "jp.madoguchi.issuance.referred.v1")
    sealed = re.search(rb"sealed:v1:review:[\w-]+", referred.value or b"")
    assert sealed
    return sealed[0].decode()


async def _reason(stack: Stack, request_id: str, note: str) -> str:
    """What the clerk reads in it."""
    async with vault_of(stack) as vault:
        return (await vault.open(request_id, note, ReviewNote, CLERK)).reason


async def test_refused_after_paying_brings_the_money_back(stack: Stack, second_api: Client) -> None:
    made = await _paid_and_with_a_clerk(second_api, "refunded@example.jp")
    await refuses(stack, SECOND_TOWN, made["request_id"])
    ended = await second_api.until(made, "refused")
    assert ended["refusal"] == "refused_by_clerk"
    kinds = await second_api.mails("refunded@example.jp", at_least=6)
    assert Counter(kinds) == {
        "accepted": 1, "proof_needed": 1, "fee_due": 1, "with_clerk": 1, "refused": 1, "refunded": 1,
    }  # fmt: skip
    assert (await second_api.read(made))["fee"]["refund"] == "done"
    assert len(await second_api.charges(made)) == len(await second_api.charges(made, "refunds")) == 1


async def test_approved_after_paying_goes_straight_on(stack: Stack, second_api: Client) -> None:
    made = await _paid_and_with_a_clerk(second_api, "approved@example.jp")
    for _ in range(2):
        await approves(stack, SECOND_TOWN, made["request_id"], "double")
    await second_api.until(made, "ready")
    kinds = await second_api.mails("approved@example.jp", at_least=5)
    assert Counter(kinds) == {**ONCE, "with_clerk": 1}


async def _paid_and_with_a_clerk(api: Client, email: str) -> Json:
    made: Json = (await api.create(email=email)).json()
    await api.sign(made, "double-good")
    await api.pay(made)
    await api.until(made, "with_clerk")

    async def paid() -> bool:
        return bool((await api.read(made))["fee"]["paid"])

    await comes_true(paid)
    return made


async def test_who_it_is_is_for_a_clerk_to_say(stack: Stack, third_api: Client) -> None:
    """No revocation list, so nobody can say whether the card still counts; and the certificate costs nothing here."""
    approved, refused = [(await third_api.create(email=f"{name}@example.jp")).json() for name in ("yes", "no")]
    for made in (approved, refused):
        await third_api.sign(made, "hanako-good")
    for made in (approved, refused):
        await third_api.until(made, "with_clerk")
    async with vault_of(stack) as vault:
        who = await decisions.this_person(vault, approved["request_id"], THIRD_TOWN, "hanako")
    await decides(stack, who)
    await decides(stack, decisions.no(IdentityDecided, refused["request_id"], THIRD_TOWN))
    ready = await third_api.until(approved, "ready")
    assert ready["fee"]["amount"] == 0
    assert ready["links"]["payment_page"] is None
    ended = await third_api.until(refused, "refused")
    assert ended["rejection"] == "refused_by_clerk"
    yes_mails = await third_api.mails("yes@example.jp", at_least=4)
    assert Counter(yes_mails) == {"accepted": 1, "proof_needed": 1, "with_clerk": 1, "ready": 1}
    no_mails = await third_api.mails("no@example.jp", at_least=4)
    assert Counter(no_mails) == {"accepted": 1, "proof_needed": 1, "with_clerk": 1, "proof_rejected": 1}
