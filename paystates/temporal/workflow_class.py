"""Makes the workflow class of a declared procedure: its name, its messages, and the definitions it keeps."""

from collections.abc import Mapping
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from paystates.engine import Procedure
    from paystates.temporal.interpreter import DurableProcedure
    from paystates.temporal.messages import Accepted, Happened, Order, Outcome, Start, View


def workflow_class(name: str, released: Mapping[str, Procedure[Any]], action: Any) -> type[DurableProcedure]:
    """The class that runs the procedure `name`; `action` is the union of what may be sent to it.

    It runs outside Temporal's sandbox, which would guard nothing here: what a declaration names is pure, and the interpreter
    is the only code that meets the workflow's loop (ADR 17).
    """
    order: Any = Order.__class_getitem__(action)
    called = "".join(part.capitalize() for part in name.split("-")) + "Workflow"

    def __init__(self: DurableProcedure, start: Start) -> None:  # noqa: N807 - it becomes the method of that name
        """Pin the definition."""
        DurableProcedure.__init__(self, start)

    async def run(self: DurableProcedure, start: Start) -> Outcome:
        """Until it ends."""
        return await self.perform()

    async def act(self: DurableProcedure, order: Any) -> Accepted:
        """What somebody wants done."""
        return await self.take(order)

    def admit_order(self: DurableProcedure, order: Any) -> None:
        """What cannot be done now is refused before it is written to history."""
        self.admit(order)

    def view(self: DurableProcedure) -> View:
        """Where it stands, and what may be done."""
        return self.show()

    def happened(self: DurableProcedure, after: int) -> tuple[Happened, ...]:
        """What was decided after that decision."""
        return self.tell(after)

    for method in (__init__, run, act, admit_order, view, happened):  # as if they stood in a class of that module
        method.__qualname__ = f"{called}.{method.__name__}"
        method.__annotations__.pop("self", None)
    for method in (act, admit_order):
        method.__annotations__["order"] = order
    update = workflow.update(act)
    update.validator(admit_order)
    made = type(
        called,
        (DurableProcedure,),
        {
            "__module__": __name__,
            "__doc__": f"Runs {name} as `states` declares it.",
            "released": released,
            "__init__": workflow.init(__init__),
            "run": workflow.run(run),
            "act": update,
            "admit_order": admit_order,
            "view": workflow.query(view),
            "happened": workflow.query(happened),
        },
    )
    return workflow.defn(name=name, sandboxed=False)(made)
