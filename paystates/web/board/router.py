"""All the routes of the board."""

from fastapi import APIRouter

from paystates.web.board import entrance, looking, ordering

router = APIRouter()
for each in (entrance, ordering, looking):
    router.include_router(each.router)
