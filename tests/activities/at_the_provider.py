"""What the tests share that put methods on file and edit them: a scripted bank behind the desk, and whole procedures on it."""

from dataclasses import dataclass, replace
from typing import Any

from method_office import Office

from activities import effects
from domain.accounts import Grant, Method, Role
from gateways.port import GatewayUnavailable
from gateways.script import parse_script
from gateways.scripted import ScriptedBank
from paystates import clock
from paystates.engine import Errand, Event, Request, Step, Unavailable
from store.port import Pages

WITHDRAWN = Grant("anna", Role.BILLING_ADMIN, "fjord")


def with_bank(office: Office, script: str) -> ScriptedBank:
    """Let a scripted bank stand behind the desk."""
    bank = ScriptedBank(parse_script(script))
    office.desk = replace(office.desk, gateway=bank)
    return bank


def record(pages: Pages, name: str) -> Method:
    found = pages.method(name)
    assert found is not None
    return found


@dataclass
class AtTheOffice:
    """The effects themselves."""

    office: Office

    def answer(self, errand: Errand[Request[Any]]) -> Event:
        with clock.at(errand.now):
            try:
                return effects.by_request[type(errand.request)](self.office.desk, errand)
            except GatewayUnavailable as error:
                return Unavailable(detail=str(error))

    def journal(self, subject: str, run: str, steps: tuple[Step, ...]) -> None:
        self.office.desk.keep(subject, run, steps, "fjord")
