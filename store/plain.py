"""The few operations over which every question of the port is told; SQL and memory have them each in its own way."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import Any, TypeVar

R = TypeVar("R")


class Plain(ABC):
    """Records by their key and by their lookup fields, as `store.records` describes them."""

    @abstractmethod
    def _one(self, record: type[R], key: Any, *, lock: bool = False) -> R | None:
        """The record of that key: the key field's value, or a tuple of them. `lock`: ours until the end."""

    @abstractmethod
    def _all(self, record: type[R]) -> list[R]:
        """Every record of the class, in the order of its shape."""

    @abstractmethod
    def _of(self, record: type[R], field: str, value: str) -> list[R]:
        """The records whose `field`, a lookup or unique field of the shape, has that value, in the shape's order."""

    @abstractmethod
    def _put(self, record: object) -> None:
        """Insert it, or replace the one of the same key."""

    @abstractmethod
    def _add(self, record: object) -> bool:
        """Insert it; False, and nothing is written, when there is one of the same key."""

    @abstractmethod
    def _remove(self, record: object) -> None:
        """Delete the one of the same key, if any."""

    @abstractmethod
    def _remove_before(self, record: type[Any], field: str, instant: datetime) -> None:
        """Delete the records of the class whose `field`, an instant, is before that one."""
