"""Time stamps: only the right authority's, over the right digest, for the question asked."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from asn1crypto import tsp
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from issuance.documents.der import integer, read_whole, sequence
from issuance.documents.timestamp import TimeStampRejected, answered, checked, request
from issuance.documents.town_seal import TownSeal
from issuance.documents.tsa import ATTEMPTS, TimeStampClient, TimeStampUnavailable
from madoguchi_sandbox.pki import town_authorities
from madoguchi_sandbox.tsa import TimeStamper

DIGEST = hashlib.sha256(b"signature").digest()
URL = "http://tsa.test/tsa"
Stamps = Callable[..., TimeStampClient]


@pytest.fixture(scope="module")
def chain(own_seal: TownSeal) -> tuple[x509.Certificate, ...]:
    return own_seal.material.tsa_chain


@given(digest=st.binary(min_size=32, max_size=32), nonce=st.integers(0, 2**63 - 1))
def test_the_question_is_what_asn1crypto_reads(digest: bytes, nonce: int) -> None:
    asked = tsp.TimeStampReq.load(request(digest, nonce), strict=True)
    assert asked["message_imprint"]["hashed_message"].native == digest
    assert asked["message_imprint"]["hash_algorithm"]["algorithm"].native == "sha256"
    assert asked["nonce"].native == nonce
    assert asked["cert_req"].native is True


def test_an_honest_answer_counts(stamper: TimeStamper, chain: tuple[x509.Certificate, ...], now: datetime) -> None:
    response = stamper.answer(request(DIGEST, 7), now)
    stamp = answered(response, DIGEST, 7, chain, now)
    assert stamp.at == now
    witness = tsp.TimeStampResp.load(response)
    assert stamp.token == witness["time_stamp_token"].dump()
    assert checked(stamp.token, DIGEST, chain) == stamp


def test_what_is_not_the_answer_is_rejected(
    stamper: TimeStamper, chain: tuple[x509.Certificate, ...], now: datetime
) -> None:
    response = stamper.answer(request(DIGEST, 7), now)
    for digest, nonce, when in (
        (hashlib.sha256(b"other").digest(), 7, now),
        (DIGEST, 8, now),
        (DIGEST, 7, now + timedelta(minutes=6)),
        (DIGEST, 7, now - timedelta(minutes=6)),
    ):
        with pytest.raises(TimeStampRejected):
            answered(response, digest, nonce, chain, when)
    with pytest.raises(TimeStampRejected):
        answered(stamper.answer(b"\x30\x00", now), DIGEST, 7, chain, now)
    with pytest.raises(TimeStampRejected):
        answered(sequence(sequence(integer(2))), DIGEST, 7, chain, now)


def test_another_authority_is_rejected(
    chain: tuple[x509.Certificate, ...], now: datetime, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also one of the very same name."""
    rogue = town_authorities.opened(tmp_path_factory.mktemp("rogue-tsa"), now, town="Mihon City", office="見本市長")
    stamper = TimeStamper(rogue.time_stamps.certificate, rogue.time_stamps.key)
    with pytest.raises(TimeStampRejected):
        answered(stamper.answer(request(DIGEST, 7), now), DIGEST, 7, chain, now)


def test_a_seal_may_not_stamp(
    chain: tuple[x509.Certificate, ...], now: datetime, authorities: town_authorities.TownAuthorities
) -> None:
    seal = authorities.seal
    response = TimeStamper(seal.certificate, seal.key).answer(request(DIGEST, 7), now)
    seal_chain = (chain[0], *(issuer.certificate for issuer in seal.issuers))
    with pytest.raises(TimeStampRejected):
        answered(response, DIGEST, 7, seal_chain, now)


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_flipped_bit_of_a_token_gives_another_time_or_digest(
    stamper: TimeStamper, chain: tuple[x509.Certificate, ...], now: datetime, place: float, bit: int
) -> None:
    token = bytearray(read_whole(stamper.answer(request(DIGEST, 7), now)).children()[1].raw)
    token[int(place * len(token))] ^= 1 << bit
    try:
        stamp = checked(bytes(token), DIGEST, chain, nonce=7)
    except TimeStampRejected:
        return
    assert stamp.at == now  # a bit outside what is signed, e.g. in a version number


@given(st.binary(max_size=400))
def test_bytes_of_any_kind_are_rejected(chain: tuple[x509.Certificate, ...], content: bytes) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    with pytest.raises(TimeStampRejected):
        answered(content, DIGEST, 7, chain, now)
    with pytest.raises(TimeStampRejected):
        answered(sequence(sequence(integer(0)), content), DIGEST, 7, chain, now)


async def test_the_client_asks_as_the_rfc_says(
    stamps: Stamps, stamper: TimeStamper, chain: tuple[x509.Certificate, ...]
) -> None:
    asked: list[httpx.Request] = []

    def answer(question: httpx.Request) -> httpx.Response:
        asked.append(question)
        return httpx.Response(200, content=stamper.answer(question.content, datetime.now(UTC)))

    client = stamps(answer)
    now = datetime.now(UTC)
    await client.stamp(URL, DIGEST, chain, now)
    await client.stamp(URL, DIGEST, chain, now)
    assert asked[0].method == "POST"
    assert asked[0].headers["content-type"] == "application/timestamp-query"
    assert asked[0].content != asked[1].content  # a fresh nonce


async def test_a_short_outage_is_bridged_and_a_long_one_reported(
    stamps: Stamps, stamper: TimeStamper, chain: tuple[x509.Certificate, ...]
) -> None:
    calls = 0

    def limping(question: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise httpx.ConnectError("refused")
        if calls == 2:
            return httpx.Response(503)
        return httpx.Response(200, content=stamper.answer(question.content, datetime.now(UTC)))

    now = datetime.now(UTC)
    await stamps(limping).stamp(URL, DIGEST, chain, now)
    assert calls == 3

    def gone(_: httpx.Request) -> httpx.Response:
        nonlocal calls
        calls += 1
        raise httpx.ReadTimeout("slow")

    calls = 0
    with pytest.raises(TimeStampUnavailable) as failed:
        await stamps(gone).stamp(URL, DIGEST, chain, now)
    assert isinstance(failed.value, ConnectionError)
    assert calls == ATTEMPTS


async def test_an_endless_answer_is_cut(stamps: Stamps, chain: tuple[x509.Certificate, ...]) -> None:
    client = stamps(lambda _: httpx.Response(200, content=b"\x30" * 100_000))
    with pytest.raises(TimeStampUnavailable):
        await client.stamp(URL, DIGEST, chain, datetime.now(UTC))
