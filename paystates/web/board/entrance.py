"""Into the board and out of it: signing in with a token, signing out, the language, and the files that pages are made of."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from paystates.web.board.notices import BoardRoute, Notice
from paystates.web.board.render import STATIC, language, page, remember_language
from paystates.web.board.session import (
    close_session,
    forget,
    from_here,
    keep,
    open_session,
    session_of,
    way_back,
    with_word,
)
from paystates.web.board.tongue import tongue
from paystates.web.guesses import WITHIN
from paystates.web.house import InHouse
from paystates.web.problems import Problem, not_found
from paystates.web.tongues import LANGUAGES

router = APIRouter(prefix="/board", include_in_schema=False, route_class=BoardRoute)

_FILES = {each.name: each for each in STATIC.iterdir() if each.is_file()}
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@router.get("/login", name="sign_in")
def sign_in(request: Request, back: str = "/board") -> Response:
    """The form to sign in with."""
    return page(request, "login.html.j2", None, back=way_back(back))


@router.post("/login")
async def signed_in(request: Request, house: InHouse) -> Response:
    """Open a session with the token given, and go on where somebody wanted to."""
    from_here(request)
    address, now = request.client.host if request.client else "", house.now()
    if house.guesses.are_enough(address, now):
        raise Problem("too-many", 429, "Too many requests", _TOO_MANY, headers={"Retry-After": str(int(WITHIN.total_seconds()))})
    form = await request.form()
    secret, actor, back = (str(form.get(name, "")).strip() for name in ("token", "actor", "back"))
    try:
        cookie, _ = await run_in_threadpool(open_session, house, secret, actor)
    except Problem as problem:
        house.guesses.failed(address, now)
        notice = Notice(tongue(language(request)).say(_REASONS[problem.name]), "bad")
        return page(request, "login.html.j2", None, problem.status, back=way_back(back), notices=(notice,))
    answer = RedirectResponse(way_back(back), 303)
    keep(answer, request, cookie)
    return answer


_TOO_MANY = "Too many requests to sign in: wait a minute."
_REASONS = {
    "unauthorised": "The token is not known, has expired or was revoked.",
    "actor-missing": "Say which person you act for.",
    "actor-forbidden": "This token does not act for that person.",
}


@router.post("/logout")
async def sign_out(request: Request, house: InHouse) -> Response:
    """End the session."""
    from_here(request)
    session = await session_of(request)
    with_word(session, (await request.form()).get("csrf"))
    await run_in_threadpool(close_session, house, session)
    answer = RedirectResponse("/board/login", 303)
    forget(answer, request)
    return answer


@router.get("/language/{code}")
def choose_language(request: Request, code: str, back: str = "/board") -> Response:
    """Speak that language from now on."""
    if code not in LANGUAGES:
        raise not_found("language")
    answer = RedirectResponse(way_back(back), 303)
    remember_language(answer, code, secure=request.url.scheme == "https")
    return answer


@router.get("/static/{name}")
def file(name: str) -> Response:
    """One of the few files that pages are made of; its address changes with its content."""
    found = _FILES.get(name)
    if found is None:
        raise not_found("file")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(found, media_type=_TYPES[found.suffix], headers=headers)
