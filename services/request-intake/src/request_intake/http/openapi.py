"""The OpenAPI document, as committed in `openapi.json`: `python -m request_intake.http.openapi > openapi.json`."""

import json
import sys

from request_intake.http.app import application


def document() -> str:
    """The document as text, the same for the same code."""
    return json.dumps(application().openapi(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
