"""`/health-today`: how the town stands, in plain words, for anybody who is signed in."""

from fastapi import APIRouter
from starlette.responses import Response

from console.handlers import telling
from console.http.site import AtDesk

router = APIRouter(include_in_schema=False)


@router.get("/health-today")
async def health_today(desk: AtDesk) -> Response:
    """One page."""
    return desk.render("health-today.html", today=await telling.told(desk.deps, desk.staff.municipality))
