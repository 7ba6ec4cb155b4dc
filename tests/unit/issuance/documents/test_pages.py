"""The sealed sheet through system programs: poppler draws it, checks the signature, and the QR code is read back."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from issuance.documents.model import Person, RenderInput
from issuance.documents.render import Renderer

pytestmark = pytest.mark.pages

Seal = Callable[..., bytes]


def _run(*command: str) -> str:
    assert shutil.which(command[0]), f"{command[0]} is missing: install poppler-utils"
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()


def test_poppler_says_the_signature_is_valid(sealed: bytes, tmp_path: Path) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(sealed)
    report = _run("pdfsig", "-nocert", str(file))
    assert "Signature is Valid" in report
    assert "ETSI.CAdES.detached" in report


def test_poppler_reads_name_and_variation_sequence(
    renderer: Renderer,
    seal_file: Seal,
    certificate: Callable[..., RenderInput],
    person: Callable[..., Person],
    tmp_path: Path,
) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(seal_file(renderer.render(certificate(person(name="邊\U000e0101田　葛\U000e0101子"))).pdf))
    assert "邊\U000e0101田" in _run("pdftotext", str(file), "-")


@pytest.mark.parametrize("resolution", [100, 200])
def test_the_code_on_the_printed_sheet_leads_to_the_verification_page(
    sealed: bytes, tmp_path: Path, resolution: int
) -> None:
    file = tmp_path / "certificate.pdf"
    file.write_bytes(sealed)
    _run("pdftoppm", "-r", str(resolution), "-png", "-singlefile", str(file), str(tmp_path / "sheet"))
    with Image.open(tmp_path / "sheet.png") as picture:
        (code,) = zxingcpp.read_barcodes(picture.convert("L"))
    assert code.text == "http://127.0.0.1:8403/verify/990019-20261123-0123456789?k=ABCDEFGHJKMNPQRS"


def test_a_variation_sequence_is_drawn_as_itself(
    renderer: Renderer, certificate: Callable[..., RenderInput], person: Callable[..., Person], tmp_path: Path
) -> None:
    """The base character and its variant must not look the same."""
    pictures = []
    for index, name in enumerate(("葛　花子", "葛\U000e0100　花子")):
        file = tmp_path / f"{index}.pdf"
        file.write_bytes(renderer.render(certificate(person(name=name, kana=None))).pdf)
        _run("pdftoppm", "-r", "150", "-png", "-singlefile", str(file), str(tmp_path / str(index)))
        with Image.open(tmp_path / f"{index}.png") as picture:
            pictures.append(picture.convert("L").tobytes())
    assert pictures[0] != pictures[1]
