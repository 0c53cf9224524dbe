"""A typer application whose data commands all take `--output`, and those that ask a server `--profile`, as Temporal's own do."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from paystates.cli import terminal
from paystates.cli.terminal import Form

_Command = TypeVar("_Command", bound=Callable[..., Any])

_Output = Annotated[Form | None, typer.Option("--output", "-o", help="How to print data; `--json` is short for `--output json`.")]
_Profile = Annotated[
    str | None,
    typer.Option("--profile", metavar="NAME", help="A profile of Temporal’s configuration file, instead of TEMPORAL_PROFILE."),
]
_PROFILE = "TEMPORAL_PROFILE"


class App(typer.Typer):
    """`asks_server`: its commands connect to Temporal, unless they are declared otherwise."""

    def __init__(self, *, asks_server: bool = True, **more: Any) -> None:
        super().__init__(**more)
        self._asks_server = asks_server

    def command(self, name: str | None = None, *, asks_server: bool | None = None, **more: Any) -> Callable[[_Command], _Command]:
        """As typer's; a command that has `json` among its parameters is given what all data commands have."""
        declare = super().command(name, **more)
        profile = self._asks_server if asks_server is None else asks_server

        def declared(function: _Command) -> _Command:
            declare(_with_shared(function, profile=profile) if "json" in signature(function).parameters else function)
            return function

        return declared


def _with_shared(function: Callable[..., Any], *, profile: bool) -> Callable[..., Any]:
    """The function with the shared options among its parameters; it is called without them."""
    shared = {"output_form": _Output, **({"temporal_profile": _Profile} if profile else {})}

    @wraps(function)
    def command(*arguments: Any, output_form: Form | None = None, temporal_profile: str | None = None, **named: Any) -> Any:
        form = output_form or (Form.JSON if named["json"] else Form.TABLE)
        named["json"] = named["json"] or form is not Form.TABLE
        with terminal.printing(form), _under(temporal_profile):
            return function(*arguments, **named)

    own = signature(function)
    added = [Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=kind) for name, kind in shared.items()]
    command.__signature__ = own.replace(parameters=[*own.parameters.values(), *added])  # type: ignore[attr-defined]  # what typer reads
    command.__annotations__ = get_type_hints(function, include_extras=True) | shared
    return command


@contextmanager
def _under(profile: str | None) -> Iterator[None]:
    """With a profile named, everything that reads Temporal's configuration reads that one."""
    before = os.environ.get(_PROFILE)
    if profile is not None:
        os.environ[_PROFILE] = profile
    try:
        yield
    finally:
        if profile is not None:
            os.environ.pop(_PROFILE)
            os.environ.update({_PROFILE: before} if before is not None else {})
