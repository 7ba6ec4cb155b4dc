"""The few DER encodings (X.690) written by hand here: for quick time stamps, and for names on cards."""


def tlv(tag: int, *content: bytes) -> bytes:
    """Tag, length, content."""
    body = b"".join(content)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + body


def sequence(*content: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(0x30, *content)


def set_of(*content: bytes) -> bytes:
    """SET OF: its elements in the order DER demands."""
    return tlv(0x31, *sorted(content))


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return tlv(0x04, content)


def integer(value: int) -> bytes:
    """INTEGER, 0 or more."""
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def utf8(text: str) -> bytes:
    """UTF8String."""
    return tlv(0x0C, text.encode())


def explicit(number: int, *content: bytes) -> bytes:
    """A constructed, context-specific tag."""
    return tlv(0xA0 | number, *content)


def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return tlv(0x06, bytes((first * 40 + second,)), *(_base128(arc) for arc in rest))


def _base128(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | (value & 0x7F))
    return bytes(reversed(digits))
