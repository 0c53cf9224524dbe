"""Makes the board's responses: templates in the language of whoever looks, and a policy that lets in nothing from elsewhere."""

from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from paystates.front.languages import action, field, named, titled, word
from paystates.front.pages import trouble_words
from paystates.web.board.session import Session
from paystates.web.board.tongue import Tongue, tongue
from paystates.web.tongues import LANGUAGES, language_of

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Neither inline scripts nor inline styles, and nothing from elsewhere."""

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",  # with none at all a browser does not say either where a form comes from
    "Vary": "Cookie, Accept-Language",
}

STATIC: Final = Path(__file__).parents[1] / "static"
_LANGUAGE: Final = "paystates-language"

_pages = Environment(
    loader=PackageLoader("paystates.web"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)


def language(request: Request) -> str:
    """The language somebody chose, or that their browser asks for."""
    chosen = request.cookies.get(_LANGUAGE)
    return chosen if chosen in LANGUAGES else language_of(request)


def remember_language(response: HTMLResponse | Any, code: str, *, secure: bool) -> None:
    """Keep what somebody chose, for a year."""
    response.set_cookie(_LANGUAGE, code, max_age=365 * 24 * 3600, path="/board", secure=secure, httponly=True, samesite="lax")


def page(request: Request, template: str, session: Session | None, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page of the board."""
    code = language(request)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    known: dict[str, Any] = {"live": "", "here": "", "notices": (), "back": back, **facts}
    text = _environment(code).get_template(template).render(language=code, session=session, **known)
    return HTMLResponse(text, status, _HEADERS)


@cache
def _environment(code: str) -> Environment:
    """The templates in one language."""
    speaks: Tongue = tongue(code)

    def moment(instant: datetime, zone: ZoneInfo) -> str:
        return speaks.moment(instant, zone)

    def month(day: date) -> str:
        return speaks.month(day)

    made = _pages.overlay()

    def title(text: str) -> str:
        return titled(text, code)

    def day(instant: date) -> str:
        return speaks.day(instant)

    # An overlay has the very dictionaries of what it lies over: each language needs its own.
    made.filters = {**_pages.filters, "moment": moment, "month": month, "day": day, "title": title}
    made.filters["trouble"] = lambda one: trouble_words(one, code)
    made.filters |= {"action": lambda kind: action(kind, code), "named": lambda name: named(name, code)}
    made.filters["field"] = lambda path: field(path, code)
    made.globals = {**_pages.globals, "static": static, "word": lambda one: word(one, code)}
    made.globals |= {"_": speaks.say, "gettext": speaks.say, "ngettext": speaks.count}
    return made


@cache
def static(name: str) -> str:
    """The address of a file of ours; it changes with the content, so that it may be kept for ever."""
    content = (STATIC / name).read_bytes()
    return f"/board/static/{name}?{sha256(content).hexdigest()[:12]}"
