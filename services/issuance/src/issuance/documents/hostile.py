"""What the parsers we use raise on bytes that are not what they should be."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

HOSTILE: tuple[type[Exception], ...] = (
    ValueError,  # the usual complaint; UnicodeDecodeError and binascii.Error are kinds of it
    TypeError,
    KeyError,
    IndexError,
    AttributeError,  # asn1crypto, where an optional part is absent
    OverflowError,
    RecursionError,  # deep nesting
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    Warning,  # deprecated encodings, where warnings are errors
)
