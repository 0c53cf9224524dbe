"""The language of an answer: what `Accept-Language` prefers of those that refusals are told in."""

from typing import Final

from starlette.requests import HTTPConnection

LANGUAGES: Final = ("en", "nb")
_SAID_AS: Final = {"no": "nb", "nn": "nb"}
"""Those who ask for Norwegian, or for the other one of its two, understand this one."""


def language_of(request: HTTPConnection) -> str:
    """The language a request asks for; English when it asks for none of ours."""
    return preferred(request.headers.get("accept-language", ""))


def preferred(accepted: str) -> str:
    """The best of `LANGUAGES` for an `Accept-Language` header (RFC 9110, 12.5.4).

    >>> preferred("de, no;q=0.8, en;q=0.7"), preferred("da"), preferred("nb;q=0, *")
    ('nb', 'en', 'en')
    """
    best, weight = "en", 0.0
    for part in accepted.split(","):
        tag, _, parameter = part.strip().partition(";")
        name = tag.strip().partition("-")[0].lower()
        name = _SAID_AS.get(name, name)
        quality = _quality(parameter.strip())
        if name in LANGUAGES and quality > weight:
            best, weight = name, quality
    return best


def _quality(parameter: str) -> float:
    if not parameter.startswith("q="):
        return 1.0
    try:
        return min(float(parameter[2:]), 1.0)
    except ValueError:
        return 0.0
