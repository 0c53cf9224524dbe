"""The routes under /v1: procedures, definitions, and the account book they live on."""

from fastapi import APIRouter

from paystates.web.api import accounts, definitions, invoices, methods, orders, payers, procedures

router = APIRouter()
for _part in (
    orders.asking,
    orders.writing,
    procedures.router,
    definitions.router,
    accounts.reading,
    accounts.writing,
    payers.reading,
    payers.writing,
    invoices.reading,
    invoices.writing,
    methods.router,
):
    router.include_router(_part)
