"""A seal is checked before it is used: each way it can be unfit has its own code."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from issuance.documents.material import SealFault, SealUnusable
from issuance.documents.town_seal import RELOAD_AFTER, TownSeals, town_seal
from madoguchi.policy.load import PolicyError
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder
from madoguchi_sandbox.pki.authority import Revocation, Validity, key_pem, pem
from madoguchi_sandbox.pki.town_authorities import TownAuthorities

Spoil = Callable[[Path, TownAuthorities, datetime], object]


@pytest.fixture
def folder(secrets_dir: Path, tmp_path: Path) -> Path:
    """A copy of the town's secrets to spoil."""
    own = tmp_path / "990019"
    own.mkdir()
    for file in (secrets_dir / "990019").iterdir():
        (own / file.name).write_bytes(file.read_bytes())
    return own


@pytest.fixture
def load(town: Municipality, folder: Path, authorities: TownAuthorities, now: datetime) -> Callable[[Spoil], object]:
    """Load the town's seal after it was spoilt."""

    def spoilt(spoil: Spoil) -> object:
        spoil(folder, authorities, now)
        return town_seal(town, SecretFolder(folder.parent, town.code))

    return spoilt


def _revoked(folder: Path, authorities: TownAuthorities, now: datetime) -> None:
    line = Revocation(authorities.seal.certificate.serial_number, now, x509.ReasonFlags.key_compromise)
    validity = Validity(now - timedelta(hours=1), now + timedelta(days=1))
    (folder / "seal-ca.crl").write_bytes(authorities.seal.issuers[0].crl([line], validity=validity, number=9))


def _reversed_chain(folder: Path, authorities: TownAuthorities, now: datetime) -> None:
    intermediate, root = authorities.seal.issuers
    chain = pem(authorities.seal.certificate, root.certificate, intermediate.certificate)
    (folder / "seal-chain.pem").write_bytes(chain)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda f, a, n: (f / "seal-key.pem").write_bytes(b"no key"), SealFault.MALFORMED),
        (lambda f, a, n: (f / "seal-chain.pem").write_bytes(b"no chain"), SealFault.MALFORMED),
        (lambda f, a, n: (f / "seal-ca.crl").write_bytes(b"no list"), SealFault.MALFORMED),
        (
            lambda f, a, n: (f / "seal-key.pem").write_bytes(key_pem(rsa.generate_private_key(65537, 2048))),
            SealFault.NOT_P256,
        ),
        (
            lambda f, a, n: (f / "seal-key.pem").write_bytes(key_pem(ec.generate_private_key(ec.SECP384R1()))),
            SealFault.NOT_P256,
        ),
        (
            lambda f, a, n: (f / "seal-key.pem").write_bytes(key_pem(ec.generate_private_key(ec.SECP256R1()))),
            SealFault.KEY_MISMATCH,
        ),
        (_reversed_chain, SealFault.CHAIN_BROKEN),
        (lambda f, a, n: (f / "seal-chain.pem").write_bytes(pem(a.seal.certificate)), SealFault.CHAIN_BROKEN),
        (lambda f, a, n: (f / "tsa-chain.pem").write_bytes(a.seal.chain), SealFault.WRONG_USAGE),
        (
            lambda f, a, n: (f / "seal-root.crl").write_bytes((f / "tsa-ca.crl").read_bytes()),
            SealFault.CRL_MISSING,
        ),
        (_revoked, SealFault.REVOKED),
    ],
)
def test_an_unfit_seal_is_not_loaded(load: Callable[[Spoil], object], spoil: Spoil, fault: SealFault) -> None:
    with pytest.raises(SealUnusable) as refused:
        load(spoil)
    assert refused.value.fault is fault


def test_without_time_stamps_there_is_no_seal(town: Municipality, folder: Path) -> None:
    bare = town.model_copy(update={"seal": town.seal.model_copy(update={"tsa_url": None})})
    with pytest.raises(SealUnusable) as refused:
        town_seal(bare, SecretFolder(folder.parent, town.code))
    assert refused.value.fault is SealFault.TSA_MISSING


def test_a_missing_file_is_named(town: Municipality, folder: Path) -> None:
    (folder / "seal-key.pem").unlink()
    with pytest.raises(PolicyError, match=r"seal-key\.pem"):
        town_seal(town, SecretFolder(folder.parent, town.code))


def test_a_seal_is_used_only_in_its_time(town: Municipality, folder: Path, now: datetime) -> None:
    seals = TownSeals({town.code: (town, SecretFolder(folder.parent, town.code))})
    assert seals.usable(town.code, now).municipality == town.code
    for when, fault in (
        (now - timedelta(days=30), SealFault.NOT_VALID_NOW),
        (now + timedelta(days=91), SealFault.CRL_STALE),
        (now + timedelta(days=4000), SealFault.NOT_VALID_NOW),
    ):
        with pytest.raises(SealUnusable) as refused:
            seals.usable(town.code, when)
        assert refused.value.fault is fault
        assert seals.known(when)[0].municipality == town.code  # what it sealed in its day is still recognised


def test_a_renewed_list_is_taken_up_without_a_restart(
    town: Municipality, folder: Path, authorities: TownAuthorities, now: datetime
) -> None:
    seals = TownSeals({town.code: (town, SecretFolder(folder.parent, town.code))})
    seals.usable(town.code, now)
    later = now + timedelta(days=60)
    for name, der in authorities.revocation_lists(later).items():
        (folder / name).write_bytes(der)
    assert seals.usable(town.code, now + RELOAD_AFTER / 2).crls != seals.usable(town.code, later).crls
    assert seals.usable(town.code, now + timedelta(days=120))


def test_nothing_of_a_key_shows(town: Municipality, folder: Path, now: datetime) -> None:
    seal = town_seal(town, SecretFolder(folder.parent, town.code))
    assert "object at" in repr(seal)
    assert "object at" in repr(seal.material)
