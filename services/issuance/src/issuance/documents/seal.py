"""The PDF side of a PAdES seal: prepare the file with room for the signature, and put the signature in.

The seal is a certifying signature (DocMDP, P=1: no change allowed) in one incremental update. What a validator needs
besides is appended by `issuance.documents.dss`, the one addition that P=1 allows.
"""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import InvisSigSettings, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest, SignatureObject

FIELD = "Seal"


@dataclass(frozen=True, slots=True)
class Dressing:
    """What goes into the file beside the signature. Plain values: it travels to worker processes."""

    name: str
    reason: str
    location: str
    reserved: int
    """Bytes kept free for the CMS."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file waiting for its signature. `start` and `end` bound the hexadecimal string (with its brackets)."""

    pdf: bytes
    start: int
    end: int
    digest: bytes
    """SHA-256 over all but that string."""
    sheets: int


def prepare(pdf: bytes, dressing: Dressing, *, contact: str, signed_at: datetime, sheets: int) -> Prepared:
    """`pdf` with an invisible certifying signature field and a gap for the CMS. `contact` holds the number."""
    # typst ends with %%EOF and no end of line; an update must start on a new line (ISO 19005-2, 6.1.9).
    writer = IncrementalPdfFileWriter(BytesIO(pdf + b"\n"))
    writer.register_extension(ESIC_EXTENSION_1)
    # Out of bounds: PDF/UA-1 wants a widget tagged or outside the page, PDF/A-2 forbids hiding it.
    field = SigFieldSpec(
        FIELD, readable_field_name="電子公印", invis_sig_settings=InvisSigSettings(box_out_of_bounds=True)
    )
    steps = PdfCMSEmbedder(new_field_spec=field).write_cms(FIELD, writer)
    next(steps)
    placeholder = SignatureObject(
        timestamp=signed_at,
        subfilter=SigSeedSubFilter.PADES,
        name=dressing.name,
        location=dressing.location,
        reason=dressing.reason,
        contact_info=contact,
        bytes_reserved=2 * dressing.reserved,
    )
    mdp = SigMDPSetup(md_algorithm="sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    steps.send(SigObjSetup(placeholder, mdp_setup=mdp))
    gap, output = steps.send(SigIOSetup(md_algorithm="sha256"))
    steps.close()
    return Prepared(output.getvalue(), gap.reserved_region_start, gap.reserved_region_end, gap.document_digest, sheets)


def complete(prepared: Prepared, cms: bytes) -> bytes:
    """The file with its signature. Raises pyHanko's `SigningError` when the CMS does not fit the room kept for it."""
    output = BytesIO(prepared.pdf)
    PreparedByteRangeDigest(prepared.digest, prepared.start, prepared.end).fill_with_cms(output, cms)
    return output.getvalue()
