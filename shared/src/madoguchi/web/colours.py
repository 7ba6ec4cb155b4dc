"""Colours that can be read: WCAG 2.2 contrast, and a town's colour darkened until white text on it is legible. Pure."""

ENOUGH = 4.5
"""WCAG 2.2, 1.4.3 (AA), text of normal size."""


def contrast(one: str, other: str) -> float:
    """The ratio of two colours written `#rrggbb`, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on_white(colour: str, ratio: float = ENOUGH) -> str:
    """`colour` itself when it stands out from white, else the nearest darker shade of it that does."""
    for percent in range(100, -1, -2):
        shade = darker(colour, percent)
        if contrast(shade, "#ffffff") >= ratio:
            return shade
    return "#000000"


def darker(colour: str, percent: int) -> str:
    """`colour` with each channel at `percent` of what it was."""
    return "#" + "".join(f"{channel * percent // 100:02x}" for channel in _channels(colour))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = [c / 255 for c in _channels(colour)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
