"""What every request may reach: the office, the book, the payment provider and the settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection

from gateways.port import Gateway
from paystates import clock
from paystates.settings import Settings
from paystates.web.guesses import Guesses
from paystates.web.pulse import Closing, Pulse
from paystates.web.seats import Seats
from store.port import Book

if TYPE_CHECKING:
    from paystates.front.office import Office


@dataclass(frozen=True, slots=True)
class House:
    """What an application serves. `travel`: the server lets time be skipped, which only a development server does."""

    office: "Office"
    book: Book
    gateway: Gateway
    settings: Settings
    travel: bool = False
    now: Callable[[], datetime] = clock.now
    guesses: Guesses = field(default_factory=Guesses)
    closing: Closing = field(default_factory=Closing)
    pulse: Pulse = field(init=False)
    seats: Seats = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seats", Seats(self.settings.http_streams))
        object.__setattr__(self, "pulse", Pulse(self.book, self.closing))


def furnish(app: FastAPI, house: House) -> None:
    """Give it to the application, for `house_of`."""
    app.state.house = house


def within(app: FastAPI) -> House:
    """What an application serves."""
    house: House = app.state.house
    return house


def house_of(request: HTTPConnection) -> House:
    """What the application of a request serves."""
    return within(request.app)


InHouse = Annotated[House, Depends(house_of)]
