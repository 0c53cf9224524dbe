"""What the procedures that choose a payment method tell people: what depends on it, what may be chosen, what was moved."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from paystates.engine import Actor, Line, Moment, Rule, Story, Table, against
from states.choosing import Choosing
from states.facts import Item, MethodFacts, Picture
from states.headlines import Headline, Phrase, Said
from states.methods import ITEM_KINDS, Choose

_ABOUT: Final = {
    (False, False): Phrase("{method}", "{method}"),
    (False, True): Phrase("{method} → {chosen}", "{method} → {chosen}"),
    (True, False): Phrase("subscription {subscription}", "abonnement {subscription}"),
    (True, True): Phrase("subscription {subscription} → {chosen}", "abonnement {subscription} → {chosen}"),
}
"""Whether it is about a subscription, and whether anything is chosen."""
_MOVED: Final = Phrase("{moved} of {total} moved", "{moved} av {total} flyttet")


@Headline
def headline(memory: Choosing) -> Iterator[Said]:
    """From which method to which, and how far it is."""
    subject = {"subscription": memory.subscription} if memory.subscription else {"method": memory.label(memory.method)}
    chosen = {"chosen": memory.label(memory.chosen)} if memory.chosen else {}
    yield _ABOUT[bool(memory.subscription), bool(chosen)](**subject, **chosen)
    if memory.total:
        yield _MOVED(moved=memory.moved, total=memory.total)


def story(memory: Choosing, state: str, now: datetime) -> Story:
    """As far as memory knows it; the book may know more. Whether a method may be chosen is judged for whoever started it."""
    picture = memory.picture
    if picture is None:
        return Story(tuple(lines(memory)))
    asks = state == "choosing"
    actor = Actor(memory.actor, frozenset(memory.roles))
    tables = [
        *dependents_table(picture),
        *(candidates_table(memory, picture.candidates, memory.choice_rules, actor, now) if asks else ()),
        *conflicts_table(memory),
    ]
    return Story((*of_picture(picture), *lines(memory)), tuple(tables), picture.account.time_zone)


def of_picture(picture: Picture) -> Iterator[Line]:
    """Whose it is, and what it is about."""
    yield Line("account", picture.account.id)
    if picture.source is not None:
        yield Line("payment method", _method(picture.source))
    if picture.subscription is not None:
        yield Line("subscription", f"{picture.subscription.name} ({picture.subscription.id})")
    for what, invoices in (
        ("an attempt is open on", picture.charging),
        ("retries would lose their method", picture.retried),
        ("still due on it", picture.outstanding),
    ):
        if invoices:
            yield Line(what, ", ".join(invoices))


def lines(memory: Choosing) -> Iterator[Line]:
    """Who started it, what is chosen, and how far it is."""
    yield Line("started by", memory.actor)
    if memory.chosen is not None:
        yield Line("chosen", memory.label(memory.chosen))
    elif memory.new is not None:
        yield Line("to be added and chosen", f"{memory.new.network} ending {memory.new.last4}")
    if memory.total:
        stays = len(memory.conflicts) + memory.unnamed
        yield Line("moved", f"{memory.moved} of {memory.total}" + (f"; {stays} stay as they were" if stays else ""))
    if memory.left:
        yield Line("left", str(memory.left))
    if memory.adding_until is not None:
        yield Line("the card holder is waited for until", memory.adding_until)
    if memory.tries:
        yield Line("tries to reach the account book", str(memory.tries))
    if memory.woken:
        yield Line("retries that know of it", ", ".join(memory.woken))
    if memory.last:
        yield Line("last", memory.last)


def dependents_table(picture: Picture) -> Iterator[Table]:
    """What pays with the method: the first ones, and how many more."""
    found = picture.dependents
    if found.count:
        title = f"Pays with it: {found.count}, of which {found.profiles} billing profiles"
        yield Table(title, ("what", "id", "name"), tuple(map(_item, found.first)), found.count - len(found.first))


def candidates_table(
    memory: Choosing,
    candidates: Sequence[MethodFacts],
    rules: Sequence[Rule],
    actor: Actor,
    now: datetime,
) -> Iterator[Table]:
    """Each method that could be chosen, and that it may be or every reason why not (G28 to G32)."""
    rows = []
    for one in candidates:
        moment = Moment(memory, Choose(method=one.id), actor, now)
        reasons = against(rules, moment)
        told = " ".join(f"{refusal.sentence} {refusal.remedy}" for refusal in reasons) or "may be chosen"
        rows.append((one.id, _method(one), told))
    yield Table("What may be chosen", ("method", "called", "whether"), tuple(rows))


def conflicts_table(memory: Choosing) -> Iterator[Table]:
    """What stays as it was, and why (G33)."""
    rows = tuple((*_item(one.item), one.sentence) for one in memory.conflicts)
    if rows:
        yield Table("Stays as it was", ("what", "id", "name", "why"), rows, memory.unnamed)


def _item(item: Item) -> tuple[str, str, str]:
    return ITEM_KINDS[item.kind], item.id, item.name


def _method(method: MethodFacts) -> str:
    standing = "" if method.standing == "good" else f", {method.standing.value.replace('_', ' ')}"
    valid = "" if method.expires is None else f", valid to {method.expires:%m/%Y}"
    return f"{method.label} ({method.country or 'country unknown'}{valid}{standing})"
