"""The drawn sheet: its text, its standards, the same bytes for the same input."""

import io
from collections.abc import Callable
from typing import Any

import pylopdf_fonts_jp
import pypdf
import pytest

from issuance.documents.model import ForeignResident, Issuer, Person, RenderInput, ResidenceStatus
from issuance.documents.render import CannotRender, DoesNotFit, Renderer
from madoguchi.contracts.vocabulary import CertificateForm

Make = Callable[..., RenderInput]
Who = Callable[..., Person]


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def test_the_same_input_gives_the_same_bytes(renderer: Renderer, certificate: Make, person: Who) -> None:
    document = certificate(person())
    first = renderer.render(document).pdf
    renderer.render(certificate(person(name="別人　花子")))
    assert renderer.render(document).pdf == first == Renderer().render(document).pdf


def test_the_text_can_be_taken_out_and_omitted_items_are_not_in_it(
    renderer: Renderer, certificate: Make, person: Who
) -> None:
    (shown,) = pages(renderer.render(certificate(person())).pdf)
    for value in (
        "見本　太郎",
        "みほん　たろう",
        "昭和60年4月12日",
        "１００３号室",
        "見本　筆頭",
        "架空県遠方市旧町９番地",
    ):
        assert value in shown
    (hidden,) = pages(renderer.render(certificate(person(domicile=None, registrant=None))).pdf)
    assert "見本　筆頭" not in hidden
    assert "五番地" not in hidden
    assert "省略" in hidden


def test_foreign_items_are_shown_only_when_given(renderer: Renderer, certificate: Make, person: Who) -> None:
    status = ResidenceStatus(
        nationality="ブラジル", category="中長期在留者", status="永住者", card_number="AB12345678CD"
    )
    resident = person(
        name="MARIA DOS SANTOS",
        birth_date="1990年1月2日",
        foreign=ForeignResident(status=status),
        domicile=None,
        registrant=None,
    )
    (shown,) = pages(renderer.render(certificate(resident)).pdf)
    assert all(value in shown for value in ("MARIA DOS SANTOS", "1990年1月2日", "ブラジル", "永住者", "AB12345678CD"))
    silent = resident.model_copy(update={"foreign": ForeignResident()})
    (hidden,) = pages(renderer.render(certificate(silent)).pdf)
    assert "ブラジル" not in hidden
    assert "AB12345678CD" not in hidden


def test_variation_sequences_survive(renderer: Renderer, certificate: Make, person: Who) -> None:
    name = "邊\U000e0101田　葛\U000e0101子"
    (shown,) = pages(renderer.render(certificate(person(name=name, former_surname="𠮷田"))).pdf)
    assert name in shown
    assert "𠮷田" in shown


def test_the_attestation_stands_on_the_last_sheet_only(renderer: Renderer, certificate: Make, person: Who) -> None:
    rendered = renderer.render(certificate(*[person()] * 6))
    first, last = pages(rendered.pdf)
    assert rendered.sheets == 2
    assert "証明する" not in first
    assert "電子公印" not in first
    assert "この写しは、住民票の原本と相違ないことを証明する。" in last
    assert "令和8年11月23日" in last
    assert "見本市長　窓口　花子" in last
    assert "1／2" in first
    assert "2／2" in last
    assert "以下余白" in last


def test_a_household_of_four_fits_one_sheet(renderer: Renderer, certificate: Make, person: Who) -> None:
    assert renderer.render(certificate(*[person()] * 4)).sheets == 1


def test_given_long_texts_when_four_do_not_fit_then_fewer_share_a_sheet(
    renderer: Renderer, certificate: Make, person: Who
) -> None:
    rendered = renderer.render(certificate(*[person(previous_address="遠方の長い住所" * 30)] * 4))
    assert rendered.sheets == len(pages(rendered.pdf)) > 1


def test_given_a_text_beyond_a_sheet_then_it_is_refused(renderer: Renderer, certificate: Make, person: Who) -> None:
    wide = "あ" * 400
    tall = person(
        name=wide, kana=wide, previous_address=wide, domicile=wide, registrant=wide, relationship=wide, sex=wide
    )
    with pytest.raises(DoesNotFit):
        renderer.render(certificate(tall))


@pytest.mark.parametrize(
    "text",
    ['#panic("x")', "$ x $", "*太字* _斜_", "= 見出し", "<label> @ref", "\\u{41}", "// 注", '"]#sys.inputs', "[#text]"],
)
def test_no_text_is_code(renderer: Renderer, certificate: Make, person: Who, text: str) -> None:
    (shown,) = pages(renderer.render(certificate(person(previous_address=text))).pdf)
    assert text in shown


def test_the_sandbox_says_so_on_every_sheet_and_a_real_town_does_not(
    renderer: Renderer, certificate: Make, person: Who
) -> None:
    for page in pages(renderer.render(certificate(*[person()] * 5)).pdf):
        assert "これは試験用の見本です" in page
    real = Issuer(code="990019", name="架空市", prefecture="架空県", mayor="架空市長　山田　一郎")
    (page,) = pages(renderer.render(certificate(person(name="山田　花子"), issuer=real)).pdf)
    assert "試験用" not in page


@pytest.mark.parametrize("form", list(CertificateForm))
def test_the_file_declares_its_standards_title_and_language(
    renderer: Renderer, certificate: Make, person: Who, form: CertificateForm
) -> None:
    reader = pypdf.PdfReader(io.BytesIO(renderer.render(certificate(person(), form=form)).pdf))
    xmp = reader.xmp_metadata
    assert xmp is not None
    packet = xmp.stream.get_data().decode()
    for mark in ("<pdfaid:part>2<", "<pdfaid:conformance>U<", "<pdfuaid:part>1<"):
        assert mark in packet
    catalog: Any = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert str(catalog["/Lang"]).lower().startswith("ja")
    assert reader.metadata is not None
    assert "住民票の写し" in str(reader.metadata.title)


def test_labels_are_table_headers_and_the_code_has_a_text(renderer: Renderer, certificate: Make, person: Who) -> None:
    reader = pypdf.PdfReader(io.BytesIO(renderer.render(certificate(person())).pdf))
    kinds = [item["/S"] for item in _structure(reader)]
    assert {"/Table", "/TH", "/TD", "/H1", "/Figure"} <= set(kinds)
    (figure,) = [item for item in _structure(reader) if item["/S"] == "/Figure"]
    assert "二次元コード" in str(figure["/Alt"])


def test_diagnostics_do_not_leave_the_renderer(
    renderer: Renderer, certificate: Make, person: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuance.documents.render.qr_svg", lambda text: "見本　太郎 is no picture")
    with pytest.raises(CannotRender) as refused:
        renderer.render(certificate(person()))
    assert "太郎" not in str(refused.value)
    assert refused.value.__cause__ is None


def _structure(reader: pypdf.PdfReader) -> list[Any]:
    """All structure elements."""
    catalog: Any = reader.trailer["/Root"]
    found: list[Any] = []
    waiting: list[Any] = [catalog["/StructTreeRoot"]["/K"]]
    while waiting:
        item = waiting.pop().get_object()
        if isinstance(item, pypdf.generic.ArrayObject):
            waiting += item
        elif isinstance(item, pypdf.generic.DictionaryObject):
            if "/S" in item:
                found.append(item)
            if "/K" in item:
                waiting.append(item["/K"])
    return found


def test_another_font_may_be_named(certificate: Make, person: Who) -> None:
    pdf = Renderer(pylopdf_fonts_jp.sans_path()).render(certificate(person())).pdf
    page: Any = pypdf.PdfReader(io.BytesIO(pdf)).pages[0]
    fonts = page["/Resources"]["/Font"].values()
    assert all("NotoSansJP" in str(font.get_object()["/BaseFont"]) for font in fonts)
