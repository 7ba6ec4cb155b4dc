"""A town with a seal and a time-stamp authority in memory, and certificates to print."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from issuance.documents import dss
from issuance.documents.der import read_whole
from issuance.documents.model import Issuer, Person, RenderInput
from issuance.documents.render import Renderer
from issuance.documents.seal import complete, prepare
from issuance.documents.timestamp import request
from issuance.documents.town_seal import TownSeal, town_seal
from issuance.documents.tsa import TimeStampClient
from madoguchi.contracts.vocabulary import CertificateForm
from madoguchi.policy.load import load_town
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi_sandbox.pki import town_authorities
from madoguchi_sandbox.pki.authority import key_pem
from madoguchi_sandbox.pki.town_authorities import TownAuthorities
from madoguchi_sandbox.tsa import TimeStamper

TOWN_FILE = Path(__file__).parents[4] / "deploy" / "municipalities" / "990019.yaml"
TSA_URL = "http://tsa.test/tsa"
NUMBER = "990019-20261123-0123456789"

Seal = Callable[..., bytes]


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="session")
def authorities(tmp_path_factory: pytest.TempPathFactory, now: datetime) -> TownAuthorities:
    return town_authorities.opened(tmp_path_factory.mktemp("pki"), now, town="Mihon City", office="見本市長")


@pytest.fixture(scope="session")
def secrets_dir(tmp_path_factory: pytest.TempPathFactory, authorities: TownAuthorities, now: datetime) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    own = folder / "990019"
    own.mkdir()
    for name, der in authorities.revocation_lists(now).items():
        (own / name).write_bytes(der)
    (own / "seal-key.pem").write_bytes(key_pem(authorities.seal.key))
    (own / "seal-chain.pem").write_bytes(authorities.seal.chain)
    (own / "tsa-chain.pem").write_bytes(authorities.time_stamps.chain)
    return folder


@pytest.fixture(scope="session")
def town() -> Municipality:
    policy = load_town(TOWN_FILE)
    return policy.model_copy(update={"seal": policy.seal.model_copy(update={"tsa_url": TSA_URL})})


@pytest.fixture(scope="session")
def own_seal(town: Municipality, secrets_dir: Path) -> TownSeal:
    return town_seal(town, SecretFolder(secrets_dir, town.code))


@pytest.fixture(scope="session")
def stamper(authorities: TownAuthorities) -> TimeStamper:
    return TimeStamper(authorities.time_stamps.certificate, authorities.time_stamps.key)


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    return Renderer()


@pytest.fixture(scope="session")
def person() -> Callable[..., Person]:
    """A resident; name what differs."""

    def make(**changes: Any) -> Person:
        values: dict[str, Any] = {
            "name": "見本　太郎",
            "kana": "みほん　たろう",
            "birth_date": "昭和60年4月12日",
            "sex": "男",
            "address": "見本県見本市中央一丁目２番３－４５号　見本レジデンス１００３号室",
            "head": "見本　太郎",
            "relationship": "世帯主",
            "domicile": "見本県見本市中央一丁目５番地",
            "registrant": "見本　筆頭",
            "resident_since": "平成28年4月1日",
            "address_since": "令和2年10月5日",
            "notified_on": "令和2年10月8日",
            "previous_address": "架空県遠方市旧町９番地",
        }
        return Person(**(values | changes))

    return make


@pytest.fixture(scope="session")
def certificate() -> Callable[..., RenderInput]:
    """A certificate of the persons given; name what differs."""

    def make(*persons: Person, **changes: Any) -> RenderInput:
        values: dict[str, Any] = {
            "issuer": Issuer(
                code="990019", name="見本市", prefecture="見本県", mayor="見本市長　窓口　花子", sandbox=True
            ),
            "number": NUMBER,
            "form": CertificateForm.HOUSEHOLD,
            "persons": persons,
            "attestation": "この写しは、住民票の原本と相違ないことを証明する。",
            "issued_on": date(2026, 11, 23),
            "verification_url": f"http://127.0.0.1:8403/verify/{NUMBER}?k=ABCDEFGHJKMNPQRS",
        }
        return RenderInput(**(values | changes))

    return make


@pytest.fixture(scope="session")
def seal_file(own_seal: TownSeal, stamper: TimeStamper, now: datetime) -> Seal:
    """Seals a PDF step by step, without processes and network."""

    def seal(pdf: bytes, number: str = NUMBER) -> bytes:
        waiting = prepare(pdf, own_seal.dressing, contact=number, signed_at=now, sheets=1)
        attributes = own_seal.cms.attributes(waiting.digest)
        signature = own_seal.sign(attributes)
        token = _token(stamper, signature, now)
        done = complete(waiting, own_seal.cms.signed_data(attributes, signature, token))
        return done + dss.update(done, own_seal.certificates, own_seal.crls)

    return seal


@pytest.fixture(scope="session")
def sealed(
    renderer: Renderer, seal_file: Seal, certificate: Callable[..., RenderInput], person: Callable[..., Person]
) -> bytes:
    """A sealed certificate of one person."""
    return seal_file(renderer.render(certificate(person())).pdf)


def _token(stamper: TimeStamper, signature: bytes, now: datetime) -> bytes:
    response = stamper.answer(request(hashlib.sha256(signature).digest(), 7), now)
    return read_whole(response).children()[1].raw


@pytest.fixture
def stamps(stamper: TimeStamper) -> Callable[..., TimeStampClient]:
    """A client whose authority answers in memory; `answer` may bend what it says."""

    def make(answer: Callable[[httpx.Request], httpx.Response] | None = None) -> TimeStampClient:
        def honest(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=stamper.answer(request.content, datetime.now(UTC)))

        return TimeStampClient(httpx.AsyncClient(transport=httpx.MockTransport(answer or honest)))

    return make
