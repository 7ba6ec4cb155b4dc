"""Reading the certificate's QR code back from the page as it looks, the way a phone's camera would."""

import io

import pypdfium2
import zxingcpp

DOTS_PER_POINT = 3.0


def read_qr(pdf: bytes) -> str:
    """The text of the QR code on the last sheet. Raises `ValueError` when there is none."""
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    try:
        picture = document[len(document) - 1].render(scale=DOTS_PER_POINT, grayscale=True).to_pil()
        codes = [code.text for code in zxingcpp.read_barcodes(picture)]
    finally:
        document.close()
    urls = [text for text in codes if "/verify/" in text]
    if not urls:
        raise ValueError("no QR code with a verification address on the last sheet")
    return urls[0]
