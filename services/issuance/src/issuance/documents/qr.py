"""The QR code of a certificate as SVG."""

import zxingcpp


def qr_svg(text: str) -> str:
    """`text` as a QR code with its quiet zone, error correction level M (15 %)."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return str(barcode.to_svg(scale=1, add_quiet_zones=True))
