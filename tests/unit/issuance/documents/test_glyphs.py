"""The guard: what the font cannot draw exactly is named, not drawn as something else."""

from collections.abc import Callable

import pylopdf_fonts_jp
import pytest

from issuance.documents.glyphs import Coverage, coverage
from issuance.documents.model import Person, RenderInput
from issuance.documents.render import GlyphsMissing, Renderer


@pytest.fixture(scope="module")
def font() -> Coverage:
    return coverage(pylopdf_fonts_jp.serif_path())


@pytest.mark.parametrize(
    "text", ["見本　太郎", "邊\U000e0101田", "葛\U000e0101", "𠮷田", "髙﨑", "MARIA DOS SANTOS", ""]
)
def test_what_the_font_has_is_not_missing(font: Coverage, text: str) -> None:
    assert font.missing([text]) == ()


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("渡邊\U000e010f", "U+908A U+E010F"),  # a Moji_Joho sequence; this font knows Adobe-Japan1
        ("あ\U000e0100", "U+3042 U+E0100"),
        ("\U000e0100田", "U+E0100"),
        ("邊\U000e0101\U000e0101", "U+E0101"),
        ("\U0002e9ff", "U+2E9FF"),
        ("見\u202e本", "U+202E"),
        ("見\u200b本", "U+200B"),
        ("見\x00本", "U+0000"),
        ("見\n本", "U+000A"),
        ("\ue000", "U+E000"),
    ],
)
def test_what_it_lacks_is_named(font: Coverage, text: str, gap: str) -> None:
    assert font.missing([text, text]) == (gap,)


def test_gaps_come_in_the_order_of_the_text(font: Coverage) -> None:
    assert font.missing(["\ue001見\ue000", "\ue001"]) == ("U+E001", "U+E000")


def test_given_a_gap_when_rendering_then_it_is_refused_and_the_name_is_not_told(
    renderer: Renderer, certificate: Callable[..., RenderInput], person: Callable[..., Person]
) -> None:
    document = certificate(person(name="渡邊\U000e010f　花子"))
    with pytest.raises(GlyphsMissing) as refused:
        renderer.render(document)
    assert refused.value.missing == ("U+908A U+E010F",)
    assert "花子" not in str(refused.value)
    assert "U+" not in str(refused.value)
