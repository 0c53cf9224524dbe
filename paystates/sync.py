"""The front desk for code without an event loop: the same methods, which wait for their answers. For threads of any kind.

One thread in the background runs the loop; calls may come from as many threads as there are. In a process that forks, such as
a Celery worker, connect after the fork.
"""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Mapping
from concurrent.futures import CancelledError
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Self, TypeVar

from paystates import client
from paystates.client import TASK_QUEUE
from paystates.engine import Action
from paystates.handles import Handle
from paystates.orders import PATIENCE
from paystates.temporal.messages import Accepted, Happened, Outcome, View

if TYPE_CHECKING:
    from temporalio.service import TLSConfig

__all__ = ["Paystates", "SyncHandle"]

A_contra = TypeVar("A_contra", bound=Action, contravariant=True)
P = ParamSpec("P")
T = TypeVar("T")


class _Loop:
    """A loop in a thread of its own, and the way into it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._process = os.getpid()
        self._open = threading.RLock()  # garbage collected in the middle of a call may let go of something
        self._closed = False
        self._thread = threading.Thread(target=self._loop.run_forever, name="paystates", daemon=True)
        self._thread.start()

    def wait_for(self, doing: Coroutine[Any, Any, T]) -> T:
        """Its answer. `RuntimeError` where waiting would block a loop, or the loop is not to be had."""
        if self._is_forked():  # asked first: whoever held the lock at the fork is not here to open it
            doing.close()
            raise RuntimeError(_FORKED)
        with self._open:  # nothing may be left to a loop that is about to stop: nobody would ever answer
            wrong = self._wrong()
            answer = None if wrong else asyncio.run_coroutine_threadsafe(doing, self._loop)
        if answer is None:
            doing.close()
            raise RuntimeError(wrong)
        try:
            return answer.result()
        except CancelledError:
            raise RuntimeError(_CLOSED) from None
        finally:
            answer.cancel()  # whoever is interrupted waits no longer

    def let_go(self, doing: Coroutine[Any, Any, object]) -> None:
        """Have it done, and wait for nothing."""
        if self._is_forked():
            doing.close()
            return
        with self._open:
            if self._closed:
                doing.close()
            else:
                asyncio.run_coroutine_threadsafe(doing, self._loop)

    def _is_forked(self) -> bool:
        return os.getpid() != self._process

    def _wrong(self) -> str | None:
        if self._closed:
            return _CLOSED
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return None
        return "paystates.sync: called inside a running event loop, which it would block: use paystates.Paystates, and await it"

    def close(self) -> None:
        """Stop the loop and its thread; what is under way is given up. Twice does no harm."""
        if self._is_forked():
            return
        with self._open:
            closed, self._closed = self._closed, True
        if closed:
            return
        asyncio.run_coroutine_threadsafe(_give_up(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


_FORKED = "paystates.sync: this process was forked after connecting: connect in each process, after the fork"
_CLOSED = "paystates.sync: this front desk is closed: connect again"


async def _give_up() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for one in others:
        one.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _next(coming: AsyncIterator[Happened]) -> Happened | None:
    return await anext(coming, None)


class SyncHandle(Generic[A_contra]):
    """A `Handle` whose methods wait for their answers."""

    __slots__ = ("_handle", "_loop")

    def __init__(self, handle: Handle[A_contra], loop: _Loop) -> None:
        self._handle = handle
        self._loop = loop

    def __repr__(self) -> str:
        return f"SyncHandle({self.subject!r})"

    @property
    def subject(self) -> str:
        """The procedure's id."""
        return self._handle.subject

    def act(self, action: A_contra, *, actor: str, seen: int | None = None, request: str | None = None) -> Accepted:
        """See `Handle.act`."""
        return self._loop.wait_for(self._handle.act(action, actor=actor, seen=seen, request=request))

    def view(self) -> View:
        """See `Handle.view`."""
        return self._loop.wait_for(self._handle.view())

    def is_running(self) -> bool:
        """See `Handle.is_running`."""
        return self._loop.wait_for(self._handle.is_running())

    def result(self, within: float | None = None) -> Outcome:
        """See `Handle.result`."""
        return self._loop.wait_for(self._handle.result(within))

    def watch(self, *, after: int | Happened = 0) -> Generator[Happened, None, None]:
        """See `Handle.watch`; the iterator waits for each decision."""
        coming = self._handle.watch(after=after)
        try:
            while (happened := self._loop.wait_for(_next(coming))) is not None:
                yield happened
        finally:
            self._loop.let_go(coming.aclose())


def _waiting(
    start: "Callable[Concatenate[client.Paystates, P], Coroutine[Any, Any, Handle[A_contra]]]",
) -> "Callable[Concatenate[Paystates, P], SyncHandle[A_contra]]":
    """The same start, with the same arguments, that waits for its answer."""

    def started(self: "Paystates", /, *given: P.args, **named: P.kwargs) -> SyncHandle[A_contra]:
        return SyncHandle(self._loop.wait_for(start(self._desk, *given, **named)), self._loop)

    started.__name__, started.__doc__ = start.__name__, start.__doc__
    return started


class Paystates:
    """The front desk, by calls that wait. Use it as a context manager, or `close` it."""

    def __init__(self, desk: "client.Paystates", loop: _Loop) -> None:
        """Made by `connect`."""
        self._desk = desk
        self._loop = loop

    @classmethod
    def connect(
        cls,
        address: str | None = None,
        *,
        profile: str | None = None,
        namespace: str | None = None,
        tls: "bool | TLSConfig | None" = None,
        api_key: str | None = None,
        task_queue: str = TASK_QUEUE,
        patience: float = PATIENCE,
    ) -> Self:
        """See `paystates.Paystates.connect`."""
        loop = _Loop()
        try:
            connecting = client.Paystates.connect(
                address,
                profile=profile,
                namespace=namespace,
                tls=tls,
                api_key=api_key,
                task_queue=task_queue,
                patience=patience,
            )
            return cls(loop.wait_for(connecting), loop)
        except BaseException:
            loop.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Leave the server."""
        self._loop.close()

    charge_retry = _waiting(client.Paystates.charge_retry)
    replace_all = _waiting(client.Paystates.replace_all)
    change_single_subscription = _waiting(client.Paystates.change_single_subscription)
    delete_with_dependents = _waiting(client.Paystates.delete_with_dependents)
    add_method = _waiting(client.Paystates.add_method)
    update_details = _waiting(client.Paystates.update_details)
    settle_balance = _waiting(client.Paystates.settle_balance)

    def handle(self, subject: str) -> SyncHandle[Any]:
        """See `paystates.Paystates.handle`."""
        return SyncHandle(self._desk.handle(subject), self._loop)

    def start(self, procedure: str, data: Mapping[str, Any]) -> str:
        """See `paystates.Paystates.start`."""
        return self._loop.wait_for(self._desk.start(procedure, data))
