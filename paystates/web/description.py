"""The description of the API (OpenAPI 3.1): what the routes say of themselves, the problem document they share, and examples."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from paystates.web.api.problem_model import ProblemDocument
from paystates.web.examples import illustrated

_TEMPLATE: Final = "#/components/schemas/{model}"

_ABOUT: Final = """\
Payment procedures of a business subscription account: start them, look at them, act on them, list them; and the account book
they live on. Every call has a token (`paystates token create`), which reaches some accounts and may do some things. It acts for a
person, named with `Paystates-Actor` where the token is made for nobody in particular, and never above that person's roles.

Money is an integer of minor units with its currency: 149500 NOK is 1495.00 NOK. Errors are problem documents (RFC 9457); a
refusal carries all its reasons, in the language of `Accept-Language` (en, nb). Every POST that writes takes an `Idempotency-Key`.
"""

_TAGS: Final = {
    "procedures": "Start procedures, look at them, act on them.",
    "definitions": "What the procedures are, and the rules that may refuse somebody.",
    "accounts": "Accounts, their people, and the roles these hold.",
    "payers": "Subscriptions and billing profiles.",
    "invoices": "Invoices, and what is booked on them.",
    "methods": "Payment methods, and what may be chosen instead.",
    "events": "What happened, in order, with a cursor.",
    "webhooks": "Who is told of ends and refusals.",
    "provider": "What the payment provider tells.",
}


def described(app: FastAPI) -> dict[str, Any]:
    """The description, made once."""
    if not app.openapi_schema:
        app.openapi_schema = illustrated(plain(app))
    return app.openapi_schema


def plain(app: FastAPI) -> dict[str, Any]:
    """The description without examples of answers."""
    schema = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=_ABOUT,
        routes=app.routes,
        webhooks=app.webhooks.routes,
        tags=[{"name": name, "description": sentence} for name, sentence in _TAGS.items()],
    )
    document = ProblemDocument.model_json_schema(ref_template=_TEMPLATE)
    parts = document.pop("$defs", {})
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    schemas.update({"ProblemDocument": document, **{name: part for name, part in parts.items() if name not in schemas}})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return schema
