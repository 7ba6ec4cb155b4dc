"""The sealed file in the eyes of pyHanko: valid from its own DSS alone, and no longer after any change."""

import io
from typing import Any

import pytest
from asn1crypto import cms, x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore

from issuance.documents import dss
from issuance.documents.der import read, read_whole
from issuance.documents.seal import Prepared, complete
from issuance.documents.signed_data import opened
from issuance.documents.town_seal import TownSeal
from madoguchi_sandbox.pki.town_authorities import TownAuthorities


async def validated(pdf: bytes, authorities: TownAuthorities) -> Any:
    """pyHanko's verdict with nothing but the two roots and the file's own DSS; revocation is a hard requirement."""
    reader = PdfFileReader(io.BytesIO(pdf))
    roots = [
        x509.Certificate.load(signer.issuers[-1].certificate.public_bytes(Encoding.DER))
        for signer in (authorities.seal, authorities.time_stamps)
    ]
    context = DocumentSecurityStore.read_dss(reader).as_validation_context(
        {"trust_roots": roots, "revocation_mode": "hard-fail", "allow_fetching": False}
    )
    (signature,) = reader.embedded_signatures
    return await async_validate_pdf_signature(
        signature, signer_validation_context=context, ts_validation_context=context
    )


async def test_the_seal_is_valid_from_the_files_own_evidence(sealed: bytes, authorities: TownAuthorities) -> None:
    status = await validated(sealed, authorities)
    assert status.bottom_line
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.docmdp_ok
    assert status.modification_level is ModificationLevel.LTA_UPDATES
    assert status.timestamp_validity.valid
    assert status.timestamp_validity.trusted


def test_it_is_a_certifying_cades_signature_with_the_towns_words(sealed: bytes) -> None:
    reader = PdfFileReader(io.BytesIO(sealed))
    (signature,) = reader.embedded_signatures
    said = signature.sig_object
    assert said["/SubFilter"] == "/ETSI.CAdES.detached"
    assert said["/Reason"] == "この写しは、住民票の原本と相違ないことを証明する。"
    assert said["/Name"] == "見本市長　窓口　花子"
    assert said["/Location"] == "見本県見本市"
    assert said["/ContactInfo"] == "990019-20261123-0123456789"
    assert signature.docmdp_level is not None
    assert signature.docmdp_level.value == 1
    assert "/DocMDP" in reader.root["/Perms"]


def test_an_update_starts_on_a_new_line(sealed: bytes) -> None:
    """ISO 19005-2, 6.1.9: typst ends its file without an end of line."""
    for part in sealed.split(b"%%EOF")[1:]:
        assert part.startswith(b"\n")


def test_the_store_holds_both_chains_and_every_list(sealed: bytes, own_seal: TownSeal) -> None:
    store = DocumentSecurityStore.read_dss(PdfFileReader(io.BytesIO(sealed)))
    assert len(store.certs) == len(own_seal.certificates) == 5
    assert len(store.crls) == len(own_seal.crls) == 3
    assert not store.vri_entries


@settings(max_examples=12, deadline=None)  # each one costs pyHanko a tenth of a second
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
async def test_any_flipped_bit_is_noticed(sealed: bytes, authorities: TownAuthorities, place: float, bit: int) -> None:
    start, end = _gap(sealed)
    signed = [*range(start), *range(end, sealed.index(b"%%EOF", end))]
    altered = bytearray(sealed)
    altered[signed[int(place * len(signed))]] ^= 1 << bit
    try:
        status = await validated(bytes(altered), authorities)
    except Exception:  # noqa: BLE001 - a broken file may fail to parse in any way
        return
    assert not status.bottom_line


async def test_an_appended_revision_is_noticed(sealed: bytes, authorities: TownAuthorities) -> None:
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(sealed))
    writer.root["/Lang"] = generic.TextStringObject("en")
    writer.update_root()
    output = io.BytesIO()
    writer.write(output)
    assert not (await validated(output.getvalue(), authorities)).bottom_line


def test_our_cms_is_what_asn1crypto_reads(sealed: bytes, own_seal: TownSeal) -> None:
    start, end = _gap(sealed)
    element, padding = read(bytes.fromhex(sealed[start + 1 : end - 1].decode()))
    assert not padding.strip(b"\0")
    witness = cms.ContentInfo.load(element.raw, strict=True)
    ours = opened(element.raw)
    (signer,) = witness["content"]["signer_infos"]
    assert signer["signature"].native == ours.signature
    assert signer["sid"].chosen["serial_number"].native == ours.serial
    assert b"\x31" + signer["signed_attrs"].dump()[1:] == ours.signed
    names = {attribute["type"].native for attribute in signer["signed_attrs"]}
    assert names == {"content_type", "message_digest", "signing_certificate_v2"}
    assert [a["type"].native for a in signer["unsigned_attrs"]] == ["signature_time_stamp_token"]
    assert ours.certificate() == own_seal.material.certificate


def test_a_cms_too_long_for_its_room_is_refused() -> None:
    waiting = Prepared(b"<00000000>", 0, 10, b"", 1)
    assert complete(waiting, b"\xff\xff") == b"<FFFF0000>"
    with pytest.raises(SigningError):
        complete(waiting, b"\xff" * 5)


def test_the_store_has_one_form(sealed: bytes, own_seal: TownSeal) -> None:
    inner, tail = _revisions(sealed)
    assert dss.update(inner, own_seal.certificates, own_seal.crls) == tail
    assert dss.is_update(tail, inner)
    assert dss.is_update(dss.update(inner, own_seal.certificates, ()), inner)


@pytest.mark.parametrize(
    "change",
    [
        lambda tail: tail + b"\n",
        lambda tail: b"\n" + tail,
        lambda tail: tail[:-1],
        lambda tail: tail.replace(b"/DSS", b"/XXX", 1),
        lambda tail: tail.replace(b"/Pages 1 0 R", b"/Pages 2 0 R"),
        lambda tail: tail.replace(b"endobj\n", b"endobj\n9999 0 obj\n<<>>\nendobj\n", 1),
        lambda tail: tail.replace(b"/Prev ", b"/Prev 1"),
        lambda tail: tail + tail,
        lambda tail: b"",
        lambda tail: tail[: len(tail) // 2],
    ],
)
def test_any_other_form_is_no_store(sealed: bytes, change: Any) -> None:
    inner, tail = _revisions(sealed)
    assert not dss.is_update(change(tail), inner)


def test_a_stream_that_is_neither_certificate_nor_list_is_no_store(sealed: bytes, own_seal: TownSeal) -> None:
    inner, _ = _revisions(sealed)
    assert not dss.is_update(dss.update(inner, [*own_seal.certificates, b"q 1 0 0 1 0 0 cm Q"], own_seal.crls), inner)
    assert not dss.is_update(dss.update(inner, own_seal.certificates * 9, own_seal.crls), inner)


def test_a_file_of_another_form_takes_no_store(own_seal: TownSeal) -> None:
    for strange in (b"", b"%PDF-1.7\n%%EOF\n", b"\ntrailer\n<<\n/Size 3\n/Root 1 0 R\n>>\nstartxref\n5\n%%EOF\n"):
        with pytest.raises(dss.NotOurForm):
            dss.update(strange, own_seal.certificates, own_seal.crls)


def test_der_is_read_strictly() -> None:
    assert read_whole(b"\x30\x03\x02\x01\x05").children()[0].content == b"\x05"
    for wrong in (
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x81\x05hello",
        b"\x1f\x01\x00",
        b"\x02\x02\x01",
        b"\x05\x00\x00",
    ):
        with pytest.raises(ValueError, match=r"."):
            read_whole(wrong)


def _gap(pdf: bytes) -> tuple[int, int]:
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    _, first, second, _ = (int(number) for number in signature.byte_range)
    return first, second


def _revisions(pdf: bytes) -> tuple[bytes, bytes]:
    """What the seal covers (and its gap), and the store."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    _, _, second, length = (int(number) for number in signature.byte_range)
    return pdf[: second + length], pdf[second + length :]
