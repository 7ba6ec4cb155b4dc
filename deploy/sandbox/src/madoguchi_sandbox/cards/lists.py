"""Revocation lists over HTTP: the current generation's in DER, both generations' in PEM. With entity tags."""

import asyncio

from asn1crypto import pem
from fastapi import APIRouter, Request
from starlette.responses import Response

from madoguchi_sandbox.pki.card_box import CardBox, etag

DER_TYPE, PEM_TYPE = "application/pkix-crl", "application/x-pem-file"


def router(box: CardBox) -> APIRouter:
    """`/crl.der` and `/crl.pem`."""
    routes = APIRouter()

    @routes.get("/crl.der")
    async def der(request: Request) -> Response:
        """The current generation's list."""
        current, _ = await asyncio.to_thread(box.revocation_lists)
        return _conditional(request, current, DER_TYPE)

    @routes.get("/crl.pem")
    async def both(request: Request) -> Response:
        """The lists of both generations, one after the other."""
        lists = await asyncio.to_thread(box.revocation_lists)
        return _conditional(request, b"".join(pem.armor("X509 CRL", one) for one in lists), PEM_TYPE)

    return routes


def _conditional(request: Request, content: bytes, media_type: str) -> Response:
    tag = etag(content)
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
