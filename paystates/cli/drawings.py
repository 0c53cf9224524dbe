"""`diagram`, `procedures` and `rules`: what is derived from the declarations, put on the terminal."""

from paystates.cli import terminal
from paystates.cli.errors import BadInput
from paystates.cli.known import NEWEST, RELEASED, catalogue, procedure
from paystates.cli.terminal import safe
from paystates.engine import Arrow, Chart, Node, Rule, chart, mermaid
from paystates.front.phrases import Json
from states.rules import numbers_of


def show_diagram(name: str, *, at: str | None, mermaid_text: bool, json: bool) -> None:
    """A procedure as tables, or as Mermaid text to be pasted where that is drawn."""
    made = chart(procedure(name))
    states = [node.name for node in made.nodes]
    if at is not None and at not in states:
        message = f"--at {at!r} is no state of {made.definition}: use one of {', '.join(states)}"
        raise BadInput(message)
    if json:
        terminal.show_json(_chart_data(made, at))
    elif mermaid_text:
        terminal.console().out(mermaid(made, at=at), end="")
    else:
        _show_tables(made, at)


def _show_tables(made: Chart, at: str | None) -> None:
    out = terminal.console()
    out.print(f"[bold]{made.definition}[/]")
    out.print(terminal.table("", "state", "kind", "what it is", rows=[_state(node, at) for node in made.nodes]))
    out.print(terminal.table("from", "on", "to", "when · given · by", rows=[_move(arrow) for arrow in made.arrows]))


def _state(node: Node, at: str | None) -> tuple[str, str, str, str]:
    here = node.name == at
    name = f"[bold]{node.name}[/]" if here else node.name
    return "→" if here else "", name, f"{node.kind} ({safe(node.detail)})", safe(node.title)


def _move(arrow: Arrow) -> tuple[str, str, str, str]:
    given = [f"when {arrow.when.replace('_', ' ')}"] if arrow.when else []
    given += [f"given {', '.join(arrow.rules)}"] if arrow.rules else []
    given += [f"by {', '.join(arrow.by)}"] if arrow.by else []
    target = "(stays)" if arrow.stays else arrow.target
    return arrow.source, safe(arrow.event.replace("_", " ")), target, safe(" · ".join(given))


def _chart_data(made: Chart, at: str | None) -> Json:
    return {
        "definition": made.definition,
        "initial": made.initial,
        "at": at,
        "states": [{"name": one.name, "kind": one.kind, "title": one.title, "detail": one.detail} for one in made.nodes],
        "moves": [
            {
                "on": one.event,
                "from": one.source,
                "to": one.target,
                "stays": one.stays,
                "when": one.when,
                "rules": list(one.rules),
                "by": list(one.by),
                "action": one.is_action,
            }
            for one in made.arrows
        ],
    }


def show_procedures(*, json: bool) -> None:
    """Every procedure and version that a worker of this version keeps."""
    data = [
        {
            "name": one.name,
            "definition": one.id,
            "newest": NEWEST[one.name] is one,
            "states": len(one.states),
            "moves": len(one.moves),
            "actions": list(one.actions),
        }
        for one in RELEASED.values()
    ]
    if json:
        terminal.show_json(data)
        return
    rows = [
        (str(one["definition"]), str(one["states"]), str(one["moves"]), safe(", ".join(RELEASED[str(one["definition"])].actions)))
        for one in data
    ]
    terminal.show(terminal.table("procedure", "states", "moves", "actions", rows=rows))


def show_rules(language: str, *, json: bool) -> None:
    """Every rule: what it says and what helps in that language, which action of ours does, its source and what it guards."""
    if json:
        terminal.show_json(
            [
                {
                    "code": rule.code,
                    "numbers": list(numbers_of(rule)),
                    "source": rule.source,
                    "sentence": _texts(rule, language)[0],
                    "remedy": _texts(rule, language)[1],
                    "helps": rule.helps,
                    "used": [{"procedure": use.procedure, "actions": list(use.actions)} for use in uses],
                }
                for rule, uses in catalogue()
            ]
        )
        return
    out = terminal.console()
    for rule, uses in catalogue():
        used = "; ".join(f"{use.procedure}: {', '.join(use.actions)}" for use in uses) or "nowhere yet"
        out.print(f"[bold]{rule.code}[/]  [dim]{safe(rule.source)}[/]")
        sentence, remedy = _texts(rule, language)
        rows = [("  says", safe(sentence)), ("  helps", safe(remedy))]
        rows.append(("  with", safe(rule.helps or "outside")))
        out.print(terminal.pairs([*rows, ("  guards", safe(used))]))
        out.print()


def _texts(rule: Rule, language: str) -> tuple[str, str]:
    return rule.others.get(language, (rule.sentence, rule.remedy))
