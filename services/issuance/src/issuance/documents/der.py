"""The little of DER (X.690) that a signature and a time stamp need: writing it, and reading it strictly."""

from dataclasses import dataclass

SEQUENCE, SET, OCTETS, INTEGER, OID, TIME = 0x30, 0x31, 0x04, 0x02, 0x06, 0x18


def tlv(tag: int, *parts: bytes) -> bytes:
    """Tag, length, value; the value is `parts` one after another."""
    value = b"".join(parts)
    size = len(value)
    if size < 0x80:
        return bytes((tag, size)) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + value


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    """SET OF, in the order DER demands."""
    return tlv(0x31, *sorted(parts))


def octets(value: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, value)


def integer(value: int) -> bytes:
    """INTEGER, not negative."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def identifier(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    encoded = bytearray()
    for arc in (first * 40 + second, *rest):
        chunk = [arc & 0x7F]
        while arc := arc >> 7:
            chunk.append(0x80 | (arc & 0x7F))
        encoded.extend(reversed(chunk))
    return tlv(0x06, bytes(encoded))


TRUE = b"\x01\x01\xff"
"""BOOLEAN TRUE."""


@dataclass(frozen=True, slots=True)
class Element:
    """One encoded value: `raw` with tag and length, `content` without."""

    tag: int
    content: bytes
    raw: bytes

    def expect(self, tag: int) -> "Element":
        """Itself. Raises ValueError when it has another tag."""
        if self.tag != tag:
            raise ValueError(f"tag {self.tag:#04x} where {tag:#04x} belongs")
        return self

    def children(self) -> list["Element"]:
        """What a constructed value holds. Raises ValueError when it holds none, or not DER."""
        if not self.tag & 0x20:
            raise ValueError("a primitive value holds no others")
        found = []
        rest = self.content
        while rest:
            element, rest = read(rest)
            found.append(element)
        return found


def read(encoded: bytes) -> tuple[Element, bytes]:
    """The first value of `encoded`, and what follows it. Raises ValueError for anything but DER with one-byte tags."""
    if len(encoded) < 2 or encoded[0] & 0x1F == 0x1F:
        raise ValueError("no DER value")
    start, size = 2, encoded[1]
    if size >= 0x80:
        start += size & 0x7F
        if not 3 <= start <= 6 or len(encoded) < start or encoded[2] == 0:
            raise ValueError("no DER length")
        size = int.from_bytes(encoded[2:start], "big")
        if size < 0x80:
            raise ValueError("no DER length")
    end = start + size
    if len(encoded) < end:
        raise ValueError("the value is cut short")
    return Element(encoded[0], encoded[start:end], encoded[:end]), encoded[end:]


def read_whole(encoded: bytes) -> Element:
    """The one value that `encoded` is. Raises ValueError."""
    element, rest = read(encoded)
    if rest:
        raise ValueError("something follows the value")
    return element
