"""The time-stamp authority, as pyHanko and asn1crypto see it."""

import hashlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.sign.timestamps import TimeStamper as PyHankoTimeStamper
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext

from madoguchi_sandbox.pki import town_authorities
from madoguchi_sandbox.tsa import MEDIA_TYPE, TimeStamper, build

NOW = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> town_authorities.TownAuthorities:
    return town_authorities.opened(tmp_path_factory.mktemp("town"), NOW, town="Mihon City", office="見本市長")


@pytest.fixture(scope="module")
def stamper(town: town_authorities.TownAuthorities) -> TimeStamper:
    return TimeStamper(town.time_stamps.certificate, town.time_stamps.key)


class Asked(PyHankoTimeStamper):
    """pyHanko's client side, without a network."""

    def __init__(self, stamper: TimeStamper) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._stamper = stamper

    async def async_request_tsa_response(self, req: Any) -> Any:
        return tsp.TimeStampResp.load(self._stamper.answer(req.dump(), NOW))


async def test_pyhanko_accepts_the_token(stamper: TimeStamper, town: town_authorities.TownAuthorities) -> None:
    imprint = hashlib.sha256(b"certificate").digest()
    token = await Asked(stamper).async_timestamp(imprint, "sha256")
    (root,) = town.time_stamps.issuers
    anchor = asn1_x509.Certificate.load(root.certificate.public_bytes(Encoding.DER))
    crl = town.revocation_lists(NOW)["tsa-ca.crl"]
    context = ValidationContext(trust_roots=[anchor], crls=[crl], revocation_mode="hard-fail", moment=NOW)
    status = await validate_tst_signed_data(token["content"], context, lambda _algorithm: imprint)
    assert status["intact"]
    assert status["valid"]
    assert status["trust_problem_indic"] is None
    assert status["timestamp"] == NOW


def request(algorithm: str = "sha256", size: int = 32, **more: Any) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": bytes(size)}
    dump: bytes = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, **more}).dump()
    return dump


@pytest.mark.parametrize(
    ("asked", "failure"),
    [
        (request("sha1", 20), "bad_alg"),
        (request(size=31), "bad_data_format"),
        (b"", "bad_data_format"),
        (request() + b"x", "bad_data_format"),
    ],
    ids=["sha1", "short", "empty", "trailing"],
)
def test_what_it_cannot_stamp_is_refused_with_its_reason(stamper: TimeStamper, asked: bytes, failure: str) -> None:
    answer = core.SequenceOf.load(stamper.answer(asked, NOW), strict=True, spec=tsp.PKIStatusInfo)
    assert len(answer) == 1  # no token
    assert answer[0]["status"].native == "rejection"
    assert answer[0]["fail_info"].native == {failure}


@given(st.binary(max_size=300))
def test_hostile_bytes_get_an_answer(content: bytes) -> None:
    assert _STAMPER.answer(content, NOW)[:1] == b"\x30"


async def test_over_http(stamper: TimeStamper) -> None:
    app = FastAPI()
    app.include_router(build(stamper, lambda: NOW))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        answer = await client.post("/tsa", content=request(nonce=7, cert_req=True))
        assert answer.headers["content-type"] == MEDIA_TYPE
        info = tsp.TimeStampResp.load(answer.content)["time_stamp_token"]["content"]["encap_content_info"]["content"]
        assert info.parsed["nonce"].native == 7
        assert (await client.post("/tsa", content=bytes(20_000))).status_code == 413


def _made_once() -> TimeStamper:
    with tempfile.TemporaryDirectory() as folder:
        made = town_authorities.opened(Path(folder), NOW, town="Mihon City", office="見本市長")
    return TimeStamper(made.time_stamps.certificate, made.time_stamps.key)


_STAMPER = _made_once()
