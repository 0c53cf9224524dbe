"""Writes notices: one row each, with its facts pinned, in the transaction that causes it (law 7)."""

from collections.abc import Sequence
from datetime import datetime

from activities.reading import File, method_of
from domain.accounts import Attempt, Method, PayerKind, Standing
from domain.notices import Notice, NoticeKind
from notices.port import method_fact, recipients
from store.port import Pages


def notify(  # noqa: PLR0913 - the facts a notice pins
    pages: Pages,
    file: File,
    kind: NoticeKind,
    now: datetime,
    *,
    name: str,
    attempt: Attempt | None = None,
    reason: str = "",
    customer_action: str = "",
    next_at: datetime | None = None,
    also: Sequence[str] = (),
) -> None:
    """Write a notice once; `name` distinguishes it among the debt's notices and makes its Message-ID stable.

    `also` are further debts that it is about.
    """
    method = method_of(pages, file, attempt) if attempt else file.method
    account = file.account
    by_profile = file.invoice.payer_kind is PayerKind.PROFILE
    newer = _newer_and_unbound(pages, file, method)
    pages.add_notice(
        Notice(
            message_id=f"{file.invoice.id}/{name}",
            account_id=account.id,
            invoice_id=file.invoice.id,
            kind=kind,
            language=account.language,
            recipients=recipients(
                account, pages.people(account.id), pages.grants(account.id), file.invoice.payer_id if by_profile else None
            ),
            created_at=now,
            amount=attempt.amount if attempt else file.owed,
            currency=file.invoice.currency,
            attempt=attempt.n if attempt else None,
            method=method_fact(method) if method else "",
            reason=reason,
            customer_action=customer_action,
            next_at=next_at,
            newer_method=method_fact(newer) if newer else None,
            also="\n".join(also) or None,
        )
    )


def _newer_and_unbound(pages: Pages, file: File, method: Method | None) -> Method | None:
    """The newest good method on file that nothing is bound to, when it is newer than the one charged (S1)."""
    if method is None:
        return None
    on_file: Sequence[Method] = [
        one for one in pages.methods(file.account.id) if one.added_at > method.added_at and one.standing is Standing.GOOD
    ]
    if not on_file:
        return None
    bound = {one.method_id for one in pages.subscriptions(file.account.id)}
    bound |= {one.method_id for one in pages.profiles(file.account.id)}
    return max((one for one in on_file if one.id not in bound), key=lambda one: one.added_at, default=None)
