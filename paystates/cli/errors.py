"""What the command line says when something goes wrong: for each kind of error a sentence and an exit code.

Fault        the root of what commands raise
├── Unmet    something is not as it should be: exit code 1
└── BadInput the command line, a file or a setting is wrong: exit code 2
"""

from collections.abc import Mapping
from typing import Any, Final

from paystates.cli import terminal

FAILED: Final = 1
BAD_INPUT: Final = 2

CODES: Final[Mapping[str, int]] = {
    "paystates.cli.errors.Unmet": FAILED,
    "paystates.cli.errors.BadInput": BAD_INPUT,
    "paystates.orders.BadOrder": BAD_INPUT,
    "paystates.orders.NotFound": BAD_INPUT,
    "paystates.orders.PaystatesError": FAILED,
    "paystates.temporal.binary.ServerMissing": FAILED,
    "paystates.temporal.server.ServerFailed": FAILED,
    "paystates.temporal.messages.UnknownDefinition": FAILED,
    "domain.data.DataError": BAD_INPUT,
    "domain.webhooks.BadEndpoint": BAD_INPUT,
    "domain.money.MoneyError": BAD_INPUT,
    "gateways.script.ScriptError": BAD_INPUT,
    "gateways.port.GatewayUnavailable": FAILED,
    "activities.bookkeeping.BookkeepingError": FAILED,
    "store.errors.BookError": FAILED,
}
"""The errors whose own sentence is for people. By name, so that saying one imports nothing."""


class Fault(Exception):
    """What a command raises; its text is for a person."""


class Unmet(Fault):
    """Something is not as it should be; the text says what would help."""


class BadInput(Fault):
    """The command line, a file or a setting is wrong; the text names the field and the remedy."""


def explain(error: Exception) -> tuple[int, str]:
    """The exit code and the sentence for an error, whatever it is."""
    for kind in type(error).__mro__:
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name == "paystates.orders.Refused":
            return FAILED, refused(getattr(error, "refusals", ()))
        if name in CODES:
            return CODES[name], _sentence(error)
        if name == "sqlalchemy.exc.DBAPIError":
            return FAILED, f"The account book could not be read or written ({_first_line(error)}). Nothing was changed by this."
    if isinstance(error, OSError) and error.filename is not None:
        return FAILED, f"{error.filename}: {error.strerror or type(error).__name__}."
    return FAILED, (
        f"Something went wrong that paystates did not expect: {type(error).__name__}. "
        "Run it again with PAYSTATES_DEBUG=1 for the details."
    )


def refused(refusals: Any) -> str:
    """All refusals, each with its remedy."""
    lines = [f"Refused: {one.sentence} {one.remedy} ({one.code})" for one in refusals]
    return "\n".join(lines) or "Refused."


def _sentence(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    text = text[0].upper() + text[1:] if text[0].islower() and " " in text and not _is_name(text.split()[0]) else text
    return text if text.endswith((".", "!", "?", ")")) or "\n" in text else f"{text}."


def _is_name(word: str) -> bool:
    """Whether a sentence begins with a name, which keeps its small letter: a field, a file, an id."""
    return word.endswith(":") or any(character in word for character in "/._@-0123456789`")


def _first_line(error: Exception) -> str:
    return terminal.safe(str(getattr(error, "orig", error)).strip().partition("\n")[0])
