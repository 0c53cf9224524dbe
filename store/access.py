"""The port's questions about who may call: tokens, sessions at the board, and the answers kept for an `Idempotency-Key`."""

# ruff: noqa: D102 - `store.port` documents what each question answers

from collections.abc import Sequence
from datetime import datetime

from domain.access import Reply, Session, Token
from store.plain import Plain


class AccessPages(Plain):
    """That part of `store.port.Pages`."""

    def token(self, token_id: str) -> Token | None:
        return self._one(Token, token_id)

    def tokens(self) -> Sequence[Token]:
        return self._all(Token)

    def token_by_digest(self, digest: str) -> Token | None:
        return next(iter(self._of(Token, "digest", digest)), None)

    def put_token(self, token: Token) -> None:
        self._put(token)

    def session(self, session_id: str) -> Session | None:
        return self._one(Session, session_id)

    def put_session(self, session: Session) -> None:
        self._put(session)

    def remove_session(self, session: Session) -> None:
        self._remove(session)

    def remove_sessions(self, before: datetime) -> None:
        self._remove_before(Session, "expires_at", before)

    def reply(self, token_id: str, key: str, *, lock: bool = False) -> Reply | None:
        return self._one(Reply, (token_id, key), lock=lock)

    def add_reply(self, reply: Reply) -> bool:
        return self._add(reply)

    def put_reply(self, reply: Reply) -> None:
        self._put(reply)

    def remove_reply(self, reply: Reply) -> None:
        self._remove(reply)

    def remove_replies(self, before: datetime) -> None:
        self._remove_before(Reply, "at", before)
