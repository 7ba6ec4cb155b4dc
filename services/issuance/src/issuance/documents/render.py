"""Rendering a certificate with typst as PDF/A-2u and PDF/UA-1. The same input gives the same bytes."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import pylopdf_fonts_jp
import typst

from issuance.documents.glyphs import coverage
from issuance.documents.model import RenderInput
from issuance.documents.qr import qr_svg
from issuance.documents.view import PERSONS_PER_SHEET, sheets_of, texts, view

TEMPLATE = Path(__file__).with_name("residence_certificate.typ")
_OVERFLOW = "the sheets do not hold their text"


class CannotRender(Exception):
    """No sheet was made; a clerk must look. The message holds no personal data."""


class GlyphsMissing(CannotRender):
    """The font cannot draw these; `missing` holds code points, e.g. `U+9089 U+E010F`."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(missing)
        self.missing = missing

    def __str__(self) -> str:
        return f"{len(self.missing)} character(s) are not in the font"


class DoesNotFit(CannotRender):
    """A text is too long for a sheet, even with one person on it."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A PDF without a seal."""

    pdf: bytes
    sheets: int


class Renderer:
    """A warm typst compiler with one font. `font` is a file; by default Noto Serif JP from its wheel."""

    def __init__(self, font: Path | None = None) -> None:
        self._font = font or pylopdf_fonts_jp.serif_path()
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(self._font.parent)]
        )
        self._family = next(f.family for f in fonts.fonts() if f.path and Path(f.path).samefile(self._font))
        self._compiler = typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=fonts)
        self._coverage = coverage(self._font)

    def missing(self, document: RenderInput) -> tuple[str, ...]:
        """What of `document` the font cannot draw; empty when all is well."""
        return self._coverage.missing(texts(document))

    def render(self, document: RenderInput) -> Rendered:
        """The certificate as PDF. Raises `GlyphsMissing`, `DoesNotFit` and `CannotRender`."""
        if missing := self.missing(document):
            raise GlyphsMissing(missing)
        qr = qr_svg(document.verification_url)
        for per_sheet in range(PERSONS_PER_SHEET, 0, -1):
            sheets = len(sheets_of(document, per_sheet))
            data = json.dumps(view(document, family=self._family, qr=qr, per_sheet=per_sheet), ensure_ascii=False)
            try:
                return Rendered(self._compile(data, document), sheets)
            except typst.TypstError as error:
                if _OVERFLOW not in str(error):
                    # Diagnostics may quote the data, so nothing of them goes on.
                    raise CannotRender("typst did not accept the document") from None
        raise DoesNotFit("a text is too long for its sheet")

    def picture(self, document: RenderInput, ppi: int) -> bytes:
        """The first sheet as PNG. Raises `CannotRender`."""
        data = json.dumps(view(document, family=self._family, qr=qr_svg(document.verification_url)), ensure_ascii=False)
        try:
            drawn = self._compiler.compile(format="png", ppi=ppi, sys_inputs={"data": data})
        except typst.TypstError:
            raise CannotRender("typst did not accept the document") from None
        first = drawn[0] if isinstance(drawn, list) else drawn
        if first is None:
            raise CannotRender("typst made no picture")
        return first

    def _compile(self, data: str, document: RenderInput) -> bytes:
        pdf = self._compiler.compile(
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=["a-2u", "ua-1"],
            timestamp=datetime.combine(document.issued_on, time(), UTC),
        )
        if not isinstance(pdf, bytes):
            raise CannotRender("typst made no PDF")
        return pdf
