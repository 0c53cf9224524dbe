"""Refusals that are results: in both languages, with the same facts."""

import re

import pytest

from states.results import RESULTS, Result
from states.rules.norwegian import tell

PLACES = re.compile(r"\{(\w+)")


@pytest.mark.parametrize("result", RESULTS, ids=lambda one: one.code)
def test_a_result_is_told_in_both_languages(result: Result) -> None:
    """Sentence and remedy have the same facts in each, and bokmål is no English."""
    for english, norwegian in zip((result.sentence, result.remedy), result.nb, strict=True):
        assert set(PLACES.findall(english)) == set(PLACES.findall(norwegian))
    refusal = result.refusal(**dict.fromkeys(PLACES.findall(result.sentence + result.remedy), "subscription"))
    told = tell(refusal, "nb")
    assert "{" not in refusal.sentence + refusal.remedy + told.sentence + told.remedy
    assert (told.sentence, told.remedy) != (refusal.sentence, refusal.remedy)
    assert tell(refusal, "en") == refusal
