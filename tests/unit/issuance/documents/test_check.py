"""Judging a file of anyone's making: genuine, altered, or not ours; and no way to upset the judge."""

import io
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from issuance.documents.check import LARGEST_FILE, Examination, KnownSeal, Verdict, examine
from issuance.documents.model import Person, RenderInput
from issuance.documents.render import Renderer
from issuance.documents.town_seal import TownSeal, town_seal
from madoguchi.policy.models import Municipality, RecognisedSeal
from madoguchi.policy.secrets import SecretFolder
from madoguchi_sandbox.pki import town_authorities
from madoguchi_sandbox.pki.authority import key_pem, pem

NUMBER = "990019-20261123-0123456789"
Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def known(own_seal: TownSeal) -> KnownSeal:
    (seal,) = own_seal.known
    return seal


def test_our_file_is_genuine_and_tells_its_number_and_time(sealed: bytes, known: KnownSeal, now: datetime) -> None:
    assert examine(sealed, [known]) == Examination(Verdict.GENUINE, NUMBER, "990019", now)


def test_it_is_genuine_without_its_store_too(sealed: bytes, known: KnownSeal) -> None:
    without = sealed[: sealed.rindex(b"%%EOF\n", 0, -10) + 6]
    assert examine(without, [known]).verdict is Verdict.GENUINE


def _with_another_revision(pdf: bytes) -> bytes:
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(pdf))
    writer.root["/Lang"] = generic.TextStringObject("en")
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        lambda pdf: pdf + b"\n",
        lambda pdf: pdf + b"%%EOF\n",
        _with_another_revision,
        lambda pdf: pdf.replace(b"/Title", b"/Tifle", 1),
        lambda pdf: pdf.replace(b"990019\\05520261123", b"990019\\05520261124"),
        lambda pdf: pdf.replace(b"/DSS ", b"/DSX "),
        lambda pdf: pdf[:-20],
    ],
)
def test_a_changed_file_is_altered(sealed: bytes, known: KnownSeal, change: Change) -> None:
    changed = change(sealed)
    assert changed != sealed
    assert examine(changed, [known]).verdict is Verdict.ALTERED


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_no_flipped_bit_changes_what_a_genuine_file_says(
    sealed: bytes, known: KnownSeal, place: float, bit: int
) -> None:
    index = int(place * len(sealed))
    changed = bytearray(sealed)
    changed[index] ^= 1 << bit
    examined = examine(bytes(changed), [known])
    if examined.verdict is Verdict.GENUINE:
        # A bit of the evidence beside the signature, e.g. a certificate of the path: nothing that is said.
        start, end, covered = _signed(sealed)
        assert changed[:start] == sealed[:start]
        assert changed[end:covered] == sealed[end:covered]


@given(st.binary(max_size=4000))
def test_bytes_of_any_kind_are_not_ours(known: KnownSeal, content: bytes) -> None:
    assert examine(content, [known]).verdict is Verdict.NOT_OURS


@given(
    noise=st.binary(max_size=300),
    first=st.integers(0, 99_999_999),
    second=st.integers(0, 99_999_999),
    length=st.integers(0, 99_999_999),
)
def test_byte_ranges_of_any_kind_upset_nothing(
    known: KnownSeal, noise: bytes, first: int, second: int, length: int
) -> None:
    text = b"<3080" + noise.hex().encode() + b">/ByteRange [0 %d %d %d]" % (first, second, length) + noise
    assert examine(text, [known]).verdict is Verdict.NOT_OURS
    inside = b"<" + noise.hex().encode() + b">/ByteRange [0 0 %d 9]" % (2 + 2 * len(noise))
    assert examine(inside, [known]).verdict is Verdict.NOT_OURS


def test_the_wrong_towns_seal_is_not_ours(sealed: bytes, known: KnownSeal) -> None:
    other = replace(known, municipality="131130", chain=known.tsa_chain)
    assert examine(sealed, [other]).verdict is Verdict.NOT_OURS
    assert examine(sealed, [other, known]).verdict is Verdict.GENUINE
    assert examine(sealed, []) == Examination(Verdict.NOT_OURS, NUMBER)


def test_a_seal_of_the_same_name_by_another_issuer_is_not_ours(
    sealed: bytes, tmp_path_factory: pytest.TempPathFactory, now: datetime
) -> None:
    rogue = town_authorities.opened(tmp_path_factory.mktemp("rogue"), now, town="Mihon City", office="見本市長")
    chain = (rogue.seal.certificate, *(issuer.certificate for issuer in rogue.seal.issuers))
    stamps = (rogue.time_stamps.certificate, *(issuer.certificate for issuer in rogue.time_stamps.issuers))
    assert examine(sealed, [KnownSeal("990019", chain, stamps)]).verdict is Verdict.NOT_OURS


def test_given_a_renewed_seal_when_an_old_file_comes_then_it_is_still_genuine(
    sealed: bytes,
    known: KnownSeal,
    authorities: town_authorities.TownAuthorities,
    tmp_path_factory: pytest.TempPathFactory,
    now: datetime,
) -> None:
    folder = tmp_path_factory.mktemp("renewed")
    for label, authority in zip(("seal-ca", "seal-root"), authorities.seal.issuers, strict=True):
        (folder / f"{label}.key.pem").write_bytes(key_pem(authority.key))
        (folder / f"{label}.pem").write_bytes(pem(authority.certificate))
    renewed = town_authorities.opened(folder, now + timedelta(days=1), town="Mihon City", office="見本市長").seal
    chain = (renewed.certificate, *(issuer.certificate for issuer in renewed.issuers))
    assert renewed.certificate != known.chain[0]
    assert examine(sealed, [replace(known, chain=chain)]).verdict is Verdict.GENUINE


def test_a_file_without_seal_claims_its_number_at_most(
    renderer: Renderer, certificate: Callable[..., RenderInput], person: Callable[..., Person], known: KnownSeal
) -> None:
    unsealed = renderer.render(certificate(person())).pdf
    assert examine(unsealed, [known]) == Examination(Verdict.NOT_OURS, NUMBER)


@pytest.mark.parametrize(
    "piece",
    [
        b"/ByteRange [0 10 20 30]",
        b"/ByteRange" + b" " * 500,
        b"<" * 100,
        b"990019-20261123-",
        b"\ntrailer\n/Size 1\n/Root 1 0 R\n",
        b"9 0 obj\n<</Length 1>>\nstream\n",
        b"/ByteRange [0 1 4999000 1000]",
    ],
)
def test_hostile_bulk_is_judged_quickly(known: KnownSeal, piece: bytes) -> None:
    bulk = piece * (LARGEST_FILE // len(piece))
    started = time.perf_counter()
    assert examine(bulk, [known]).verdict is Verdict.NOT_OURS
    assert time.perf_counter() - started < 2


def _signed(pdf: bytes) -> tuple[int, int, int]:
    """The gap for the signature, and where what is signed ends."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    _, start, end, length = (int(number) for number in signature.byte_range)
    return start, end, end + length


def test_what_is_too_large_is_not_looked_at(sealed: bytes, known: KnownSeal) -> None:
    assert examine(sealed + b" " * LARGEST_FILE, [known]) == Examination(Verdict.NOT_OURS)


def test_what_an_earlier_seal_of_another_issuer_sealed_is_recognised_as_long_as_the_town_names_it(
    sealed: bytes, town: Municipality, secrets_dir: Path, tmp_path: Path, now: datetime
) -> None:
    own = tmp_path / town.code
    shutil.copytree(secrets_dir / town.code, own)
    for name in ("seal-chain.pem", "tsa-chain.pem"):
        (own / name).rename(own / f"old-{name}")
    fresh = town_authorities.opened(tmp_path / "pki", now, town="Mihon City", office="見本市長")
    for name, der in fresh.revocation_lists(now).items():
        (own / name).write_bytes(der)
    (own / "seal-key.pem").write_bytes(key_pem(fresh.seal.key))
    (own / "seal-chain.pem").write_bytes(fresh.seal.chain)
    (own / "tsa-chain.pem").write_bytes(fresh.time_stamps.chain)
    old = RecognisedSeal(chain="file:old-seal-chain.pem", tsa_chain="file:old-tsa-chain.pem")
    folder = SecretFolder(tmp_path, town.code)

    def known(*recognised: RecognisedSeal) -> tuple[KnownSeal, ...]:
        policy = town.model_copy(update={"seal": town.seal.model_copy(update={"recognised": recognised})})
        return town_seal(policy, folder).known

    assert examine(sealed, known()).verdict is Verdict.NOT_OURS
    assert examine(sealed, known(old)) == Examination(Verdict.GENUINE, NUMBER, "990019", now)


def test_a_seal_may_outlive_the_time_stamp_authority_it_was_used_with(
    sealed: bytes, known: KnownSeal, tmp_path: Path, now: datetime
) -> None:
    other = town_authorities.opened(tmp_path, now, town="Mihon City", office="見本市長").time_stamps
    present = replace(known, tsa_chain=(other.certificate, *(issuer.certificate for issuer in other.issuers)))
    assert examine(sealed, [present]).verdict is Verdict.ALTERED
    assert examine(sealed, [present, known]).verdict is Verdict.GENUINE
