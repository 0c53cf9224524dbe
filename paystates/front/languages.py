"""Tells refusals in the language that was asked for; what is not said in it is said in English."""

from collections.abc import Sequence

from paystates.engine import Refusal


def told(refusals: Sequence[Refusal], language: str) -> tuple[Refusal, ...]:
    """The same refusals, in that language as far as it is known."""
    if language == "en":
        return tuple(refusals)
    from states.rules.norwegian import tell  # noqa: PLC0415 - most people read English, and its table is long

    return tuple(tell(one, language) for one in refusals)
