"""The picture in the message that says a certificate is ready: 20:13, 1040 × 676 pixels, without personal data."""

import asyncio
import base64
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.resources import files

import typst

from madoguchi.policy.models import Municipality

PIXELS_PER_INCH = 144
_SIZE = struct.Struct(">II")
_SIZE_AT = 16
"""Where a PNG says how wide and high it is (ISO/IEC 15948, IHDR)."""
_LAYOUT = files("issuance.adapters") / "hero.typ"


@dataclass(frozen=True, slots=True)
class HeroPicture:
    """Puts a picture of a sheet of nobody (`sheet(town)`, PNG) on the town's colour."""

    sheet: Callable[[Municipality], Awaitable[bytes]]

    async def __call__(self, town: Municipality) -> bytes:
        """PNG."""
        sheet = await self.sheet(town)
        return await asyncio.to_thread(_compose, sheet, town.branding.colour)


def _compose(sheet: bytes, colour: str) -> bytes:
    width, height = _SIZE.unpack_from(sheet, _SIZE_AT)
    # typst takes no binary input but files; an SVG around the picture is text.
    data = base64.b64encode(sheet).decode()
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" xlink:href="data:image/png;base64,{data}"/></svg>'
    )
    return typst.compile(
        _LAYOUT.read_bytes(), format="png", ppi=PIXELS_PER_INCH, sys_inputs={"colour": colour, "sheet": svg}
    )
