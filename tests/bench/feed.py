"""Events for one service, as the others would publish them, with real keys, seals and signatures behind them.

`before` is handed in and done with before anything is measured; `then` is what is measured.
"""

import asyncio
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.running import TOWN, handled
from e2e.inside import broker_of, vault_of
from madoguchi.bus.producer import Producer
from madoguchi.contracts import events as e
from madoguchi.contracts import vocabulary as v
from madoguchi.contracts.envelope import Envelope, envelop
from madoguchi.contracts.flow import BY_TYPE
from madoguchi.contracts.ids import new_request_id
from madoguchi.contracts.personal import CardAttributes, Contact, SigningEvidence
from madoguchi.service.clock import utc_now
from madoguchi.vault.vault import StoredVault
from madoguchi_sandbox.launcher.stack import Stack
from madoguchi_sandbox.pki.card_box import CardBox
from madoguchi_sandbox.register import PERSONAS

CARD = "hanako-good"
AT_ONCE = 100
Envelopes = list[Envelope[Any]]
Make = Callable[[StoredVault, str], Awaitable[tuple[Envelopes, Envelopes]]]


@dataclass(slots=True)
class Fed:
    """Events of many requests."""

    before: Envelopes = field(default_factory=list)
    then: Envelopes = field(default_factory=list)


async def made(stack: Stack, count: int, make: Make) -> Fed:
    """`count` requests with their keys in the vault, and what `make` gives for each."""
    fed = Fed()
    async with vault_of(stack) as vault:

        async def one() -> None:
            request_id = new_request_id(utc_now(), secrets.token_bytes)
            await vault.create_key(request_id, TOWN)
            before, then = await make(vault, request_id)
            fed.before += before
            fed.then += then

        for start in range(0, count, AT_ONCE):
            await asyncio.gather(*(one() for _ in range(min(AT_ONCE, count - start))))
    return fed


async def for_issuance(vault: StoredVault, request_id: str) -> tuple[Envelopes, Envelopes]:
    """Asked for and paid; then verified: the certificate is made at once."""
    now = utc_now()
    sealed = await vault.seal(request_id, "attributes", attributes())
    settled = e.FeeSettled(
        request_id=request_id, municipality=TOWN, payment_id=f"pay_{request_id[4:]}", amount=300, settled_at=now
    )
    verified = e.IdentityVerified(
        request_id=request_id,
        municipality=TOWN,
        method=v.ProofMethod.JPKI_SIGNATURE,
        assurance_level=v.AssuranceLevel.IAL3,
        rule="bench",
        attributes=sealed,
        verified_at=now,
    )
    before = [await submitted(vault, request_id), envelop(settled, time=now, key=settled.payment_id)]
    return before, [envelop(verified, time=now)]


def for_identity(box: CardBox) -> Make:
    """Asked for; then evidence, signed with the card."""

    async def make(vault: StoredVault, request_id: str) -> tuple[Envelopes, Envelopes]:
        now, nonce = utc_now(), secrets.token_hex(16)
        text = f"{TOWN}\n{request_id}\nnonce: {nonce}\n"
        signed = SigningEvidence(text=text, cms=b64encode(box.sign(CARD, text)).decode())
        event = e.EvidenceSubmitted(
            request_id=request_id,
            municipality=TOWN,
            certificate=v.CertificateKind.RESIDENCE_CERTIFICATE,
            method=v.ProofMethod.JPKI_SIGNATURE,
            challenge_id=f"chl_{nonce}",
            nonce=nonce,
            challenge_expires_at=now + timedelta(minutes=30),
            evidence=await vault.seal(request_id, "evidence", signed),
            submitted_at=now,
        )
        return [await submitted(vault, request_id)], [envelop(event, time=now, key=event.challenge_id)]

    return make


async def submitted(vault: StoredVault, request_id: str) -> Envelope[e.RequestSubmitted]:
    """The request itself."""
    now = utc_now()
    event = e.RequestSubmitted(
        request_id=request_id,
        municipality=TOWN,
        certificate=v.CertificateKind.RESIDENCE_CERTIFICATE,
        service_code="mihon-residents-001",
        options=e.CertificateOptions(),
        delivery=v.Delivery.DOWNLOAD,
        channel=v.Channel.API,
        language=v.Language.JAPANESE,
        contact=await vault.seal(request_id, "contact", Contact(email="bench@mihon.example")),
        submitted_at=now,
        deadline_at=now + timedelta(days=1),
    )
    return envelop(event, time=now)


def attributes() -> CardAttributes:
    """What the first resident's card says."""
    holder = PERSONAS["hanako"].holder()
    spelled = holder.attributes()
    return CardAttributes(
        name=spelled.name,
        name_substitutions=spelled.name_flags,
        sex=holder.sex,
        birth_date=holder.birth_date,
        address=spelled.address,
        address_substitutions=spelled.address_flags,
        certificate_serial="1",
    )


async def hand_in(stack: Stack, envelopes: Sequence[Envelope[Any]]) -> None:
    """Publish."""
    async with Producer(broker_of(stack), "bench") as producer:
        for start in range(0, len(envelopes), AT_ONCE):
            await producer.send(envelopes[start : start + AT_ONCE])


async def prepared(stack: Stack, service: str, fed: Fed, within: float = 300.0) -> None:
    """Hand in what comes before, and return when the service has handled it."""
    kinds = {envelope.type for envelope in fed.before}
    wanted = len(fed.before) + sum(handled(stack, service, kind) for kind in kinds)
    await hand_in(stack, fed.before)
    async with asyncio.timeout(within):
        while sum(handled(stack, service, kind) for kind in kinds) < wanted:  # noqa: ASYNC110 - metrics tell nobody
            await asyncio.sleep(0.2)


@dataclass(slots=True)
class Ear:
    """Hears events of one type as they are published."""

    client: AIOKafkaConsumer
    kind: bytes

    async def hear(self, count: int, within: float) -> list[float]:
        """When each of `count` events was heard, in seconds of one clock. Raises `TimeoutError`."""
        moments: dict[bytes, float] = {}
        async with asyncio.timeout(within):
            while len(moments) < count:
                for records in (await self.client.getmany(timeout_ms=100)).values():
                    for record in records:
                        if dict(record.headers).get("ce_type") == self.kind:
                            moments.setdefault(record.key, perf_counter())
        return list(moments.values())


@asynccontextmanager
async def listening(stack: Stack, kind: type[e.Event]) -> AsyncIterator[Ear]:
    """Hear what is published from now on."""
    options = broker_of(stack).options()
    client = AIOKafkaConsumer(**options, enable_auto_commit=False, auto_offset_reset="latest", fetch_max_wait_ms=20)
    await client.start()
    try:
        topic = BY_TYPE[kind.TYPE].topic
        client._client.add_topic(topic)
        await client._client.force_metadata_update()
        places = [TopicPartition(topic, number) for number in client.partitions_for_topic(topic) or ()]
        client.assign(places)
        await client.seek_to_end(*places)
        yield Ear(client, kind.TYPE.encode())
    finally:
        await client.stop()
