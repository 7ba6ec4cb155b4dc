"""`/preview/{municipality}.png`: a picture of a certificate of nobody, for the message that says it is ready."""

import asyncio
from collections import defaultdict

from fastapi import APIRouter
from starlette.responses import Response

from issuance.http.doors import Doors
from madoguchi.web.problems import Problem, responses

DAY = 24 * 3600


def router(doors: Doors) -> APIRouter:
    """The route. A picture is made once per town and process."""
    routes = APIRouter()
    pictures: dict[str, bytes] = {}
    making: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @routes.get("/preview/{municipality}.png", response_class=Response, responses=responses(404))
    async def preview(municipality: str) -> Response:
        """PNG, 20:13, without personal data."""
        town = doors.towns.get(municipality)
        if town is None:
            raise Problem(404)
        async with making[municipality]:
            if municipality not in pictures:
                pictures[municipality] = await doors.picture(town.policy)
        headers = {"Cache-Control": f"public, max-age={DAY}", "Cross-Origin-Resource-Policy": "cross-origin"}
        return Response(pictures[municipality], media_type="image/png", headers=headers)

    return routes
