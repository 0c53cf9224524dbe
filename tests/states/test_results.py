"""Refusals that are results: in both languages, with the same facts."""

import re

from for_every import for_every

from states.results import CONFLICTS, RESULTS, Result
from states.rules.norwegian import tell

PLACES = re.compile(r"\{(\w+)")


def test_why_an_item_stays_is_among_them() -> None:
    """Conflicts of single items are told in both languages too; a rule that keeps one is told as the rule."""
    assert set(CONFLICTS) <= set(RESULTS)
    stays = CONFLICTS[0].refusal(name="Microsoft 365")
    assert tell(stays, "nb").sentence == "Microsoft 365 hører til en annen konto."


@for_every(RESULTS, lambda result: result.code)
def test_a_result_is_told_in_both_languages(result: Result) -> None:
    """Sentence and remedy have the same facts in each, and bokmål is no English."""
    for english, norwegian in zip((result.sentence, result.remedy), result.nb, strict=True):
        assert set(PLACES.findall(english)) == set(PLACES.findall(norwegian))
    refusal = result.refusal(**dict.fromkeys(PLACES.findall(result.sentence + result.remedy), "subscription"))
    told = tell(refusal, "nb")
    assert "{" not in refusal.sentence + refusal.remedy + told.sentence + told.remedy
    assert (told.sentence, told.remedy) != (refusal.sentence, refusal.remedy)
    assert tell(refusal, "en") == refusal
