"""Erasure by destroying the request's key: proven by trying to open everything that was ever sealed under it."""

import re

import pytest

from e2e.databases import documents, on_disk, wrapped_key
from e2e.faults import to_the_signature
from e2e.inside import Archive, vault_of
from e2e.outside import Thread, comes_true
from madoguchi.vault.port import Access, KeyErased, LegalBasis, Purpose, SealBroken
from madoguchi.vault.vault import StoredVault
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.resident import Resident

pytestmark = pytest.mark.processes

TEST = Access("clerk:0042", Purpose.CLERK_REVIEW, LegalBasis.CONSENT)
_SEALED = re.compile(r"sealed:v1:[a-z_]+:[A-Za-z0-9_-]+")


async def test_what_was_sealed_opens_no_more_once_the_consent_is_withdrawn(
    stack: Stack, archive: Archive, resident: Resident
) -> None:
    thread = Thread(resident)
    await to_the_signature(thread)
    await thread.sign()
    await thread.fee_due()
    await thread.pay()
    await thread.ready()
    await thread.certificate()
    await archive.look(stack)
    request_id, key = thread.request_id, wrapped_key(stack, thread.request_id)
    seals = _seals_of(stack, archive, request_id)
    async with vault_of(stack) as vault:
        opened = [sealed for sealed in seals if await _opens(vault, request_id, sealed)]
        fields = {sealed.split(":")[2] for sealed in opened}
        assert fields == {"contact", "evidence", "attributes", "certificate"}
        looks = len(await _looks(thread))

        form = await resident.http.post(f"{thread.status_url}/consent")
        assert form.status_code == 303

        async def erased() -> bool:
            return not await _opens(vault, request_id, opened[0])

        await comes_true(erased)
        for sealed in (*opened, *_seals_of(stack, archive, request_id)):
            with pytest.raises(KeyErased):
                await vault.open_bytes(request_id, sealed, TEST)

    async def gone() -> bool:
        return not on_disk(stack, key)

    await comes_true(gone)
    assert (await resident.http.get(f"{thread.download_url}/certificate.pdf")).status_code == 410
    assert len(await _looks(thread)) >= looks
    assert (await resident.http.get(thread.status_url)).status_code == 200


async def test_withdrawing_the_consent_ends_an_open_request(stack: Stack, resident: Resident) -> None:
    thread = Thread(resident)
    await to_the_signature(thread)
    await resident.http.post(f"{thread.status_url}/consent")
    await thread.until("cancelled")
    async with vault_of(stack) as vault:

        async def erased() -> bool:
            try:
                await vault.seal(thread.request_id, "contact", b"anything")
            except KeyErased:
                return True
            return False

        await comes_true(erased)


def _seals_of(stack: Stack, archive: Archive, request_id: str) -> list[str]:
    """Every sealed text on the topics and in the databases that is in one place with the request's id."""
    texts = [record.value.decode() for record in archive.of(request_id) if record.value]
    texts += [text for text in documents(stack) if request_id in text]
    return sorted({sealed for text in texts for sealed in _SEALED.findall(text)})


async def _opens(vault: StoredVault, request_id: str, sealed: str) -> bool:
    try:
        await vault.open_bytes(request_id, sealed, TEST)
    except (KeyErased, SealBroken):
        return False
    return True


async def _looks(thread: Thread) -> list[object]:
    answer = await thread.resident.http.get(f"{thread.status_url}/access-log.json")
    return list(answer.raise_for_status().json()["looks"])
