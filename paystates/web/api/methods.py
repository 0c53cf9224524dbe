"""Payment methods: what depends on each, and which others may be chosen instead, with every reason why not."""

from datetime import date

from fastapi import APIRouter
from starlette.requests import Request

from domain.accounts import MethodKind, Standing
from paystates.front.pages import MethodPage
from paystates.web.access import Accessed, May, acting
from paystates.web.api.fields import AccountId, ActingFor, AnId, Told
from paystates.web.api.pages import CandidateTold, DependentsTold, candidates_told, refusals_told
from paystates.web.api.problem_model import RefusalTold, failures
from paystates.web.house import InHouse
from paystates.web.problems import not_found
from paystates.web.routes import ReadingRoute
from paystates.web.tongues import language_of

router = APIRouter(prefix="/v1", route_class=ReadingRoute, tags=["methods"], responses=failures(404))


class MethodTold(Told):
    """A payment method: what pays with it, and what stands against managing it (nothing: the person may).

    Its provider's token is told to nobody.
    """

    id: str
    label: str
    kind: MethodKind
    network: str
    last4: str
    expires: date | None
    standing: Standing
    added_by_you: bool
    dependents: DependentsTold
    refusals: list[RefusalTold]


@router.get("/accounts/{account}/methods", summary="List payment methods")
def methods(request: Request, account: AccountId, house: InHouse, known: Accessed, actor: ActingFor = None) -> list[MethodTold]:
    """Those on file, with what depends on each, as the person named may manage them."""
    known.check(May.READ, account)
    with house.book.reading() as pages:
        if pages.account(account) is None:
            raise not_found("account")
    viewer = acting(house.book, known, actor) if actor or known.actor else ""
    return [_method(one) for one in house.office.methods(account, viewer=viewer, language=language_of(request))]


@router.get(
    "/methods/{method}/candidates",
    summary="List what may be chosen instead of a payment method",
)
def candidates(request: Request, method: AnId, house: InHouse, known: Accessed, actor: ActingFor = None) -> list[CandidateTold]:
    """Every other method of the account, each with all the reasons against it, as the person named may choose."""
    known.check(May.READ)
    with house.book.reading() as pages:
        found = pages.method(method)
    if found is None or found.is_deleted or not known.reaches(found.account_id):
        raise not_found("payment method")
    viewer = acting(house.book, known, actor) if actor or known.actor else ""
    return candidates_told(house.office.may_choose(method, viewer=viewer, language=language_of(request)))


def _method(page: MethodPage) -> MethodTold:
    count, first = page.dependents
    return MethodTold(
        id=page.id,
        label=page.label,
        kind=page.kind,
        network=page.network,
        last4=page.last4,
        expires=page.expires,
        standing=page.standing,
        added_by_you=page.added_by_you,
        dependents=DependentsTold(count=count, first=list(first)),
        refusals=refusals_told(page.manageable),
    )
