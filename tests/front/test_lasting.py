"""What cannot be undone is read from the declarations: the requests that last, and the actions that lead to them."""

from paystates.front.lasting import cannot_be_undone
from states.procedures import NEWEST


def test_only_what_writes_off_or_deletes_cannot_be_undone() -> None:
    """A choice, a hold or a confirmation of a move can be made undone by another; a look back at the beginning judges anew."""
    lasting = {
        (procedure.name, action)
        for procedure in NEWEST.values()
        for action in procedure.actions
        if cannot_be_undone(procedure, action)
    }
    assert lasting == {("charge-retry", "write_off"), ("delete-with-dependents", "confirm")}
