"""What the demo leaves in `.madoguchi/demo/`, and the words at its end."""

import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from madoguchi_sandbox.demo.play import Played
from madoguchi_sandbox.demo.steps import Steps
from madoguchi_sandbox.phone.thread import thread_html


def write(folder: Path, secrets: Path, municipality: str, played: Played, steps: Steps) -> dict[str, object]:
    """Write every artefact; returns the report."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "certificate.pdf").write_bytes(played.certificate)
    _json(folder / "verification.json", played.verification)
    _json(folder / "access-log.json", played.access_log)
    (folder / "thread.html").write_text(thread_html(played.thread, images=played.pictures), "utf-8")
    report = {
        "request_id": played.request_id,
        "certificate_number": played.certificate_number,
        "municipality": municipality,
        "steps": steps.report(),
        "line_messages": sum(1 for entry in played.thread if entry["from"] != "resident"),
        "emails": len(played.mails),
        "access_records": len(played.access_log),
        "trust_anchors": _anchors(folder, secrets),
        "crls": _crls(folder, secrets),
    }
    _json(folder / "report.json", report)
    return report


def _json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _anchors(folder: Path, secrets: Path) -> list[str]:
    """The roots that a validator must trust: of the seal and of the time stamps, each a PEM file of its own."""
    paths = []
    for name, chain in (("seal-root.pem", "seal-chain.pem"), ("tsa-root.pem", "tsa-chain.pem")):
        root = x509.load_pem_x509_certificates((secrets / chain).read_bytes())[-1]
        path = folder / name
        path.write_bytes(root.public_bytes(Encoding.PEM))
        paths.append(str(path.resolve()))
    return paths


def _crls(folder: Path, secrets: Path) -> list[str]:
    """The revocation lists beside the certificate, DER."""
    paths = []
    for source in sorted(secrets.glob("*.crl")):
        raw = source.read_bytes()
        crl = x509.load_pem_x509_crl(raw) if raw.startswith(b"-----") else x509.load_der_x509_crl(raw)
        path = folder / source.name
        path.write_bytes(crl.public_bytes(Encoding.DER))
        paths.append(str(path.resolve()))
    return paths
