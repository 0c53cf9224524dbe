"""What procedures say in bokmål, beside their refusals: the titles of states, whom they wait for, what happened last."""

import re
from collections.abc import Callable, Mapping
from typing import Final

TITLES: Final[Mapping[str, str]] = {
    # charge-retry
    "Reads the debt": "Leser fordringen",
    "Waits for the next attempt": "Venter på neste forsøk",
    "Charges the bound method": "Belaster betalingsmåten",
    "Asks the provider what became of the attempt": "Spør betalingsleverandøren hvordan det gikk med forsøket",
    "Asks again later: the outcome is unknown": "Spør igjen senere: utfallet er ukjent",
    "Waits for the bank's result": "Venter på bankens resultat",
    "Waits for the customer to authenticate": "Venter på at kunden godkjenner",
    "Waits for another or a corrected payment method": "Venter på en annen eller rettet betalingsmåte",
    "Waits for a payment by hand: recurring billing is off": "Venter på manuell betaling: automatisk fornyelse er av",
    "Held by an operator": "Satt på vent av en operatør",
    "Skips a slot": "Hopper over et forsøk",
    "Writes the debt off": "Avskriver fordringen",
    "Ends the attempts": "Avslutter forsøkene",
    "Waits for the account book to be reachable": "Venter på at kontoboken blir tilgjengelig",
    "Needs attention: what became of the attempt cannot be found out": (
        "Trenger tilsyn: det kan ikke bringes på det rene hvordan det gikk med forsøket"
    ),
    "Recovered: the debt was charged": "Innkrevd: fordringen ble belastet",
    "Settled: paid or credited otherwise": "Gjort opp: betalt eller kreditert på annen måte",
    "Voided": "Annullert",
    "Written off": "Avskrevet",
    "Nothing was due": "Ingenting var utestående",
    "Exhausted: the attempts are over, the debt stays due": "Uttømt: forsøkene er over, fordringen er fortsatt utestående",
    "Unresolved: the attempt's outcome was never found out": "Uavklart: utfallet av forsøket ble aldri kjent",
    "Cancelled: the debt stays due": "Avbrutt: fordringen er fortsatt utestående",
    "There is no such invoice": "Det finnes ingen slik faktura",
    # replace-all
    "Reads the method, what depends on it, and the other methods": (
        "Leser betalingsmåten, det som betales med den, og de andre betalingsmåtene"
    ),
    "Waits for another payment method to be chosen": "Venter på at en annen betalingsmåte blir valgt",
    "Has the new payment method checked, and puts it on file": "Får den nye betalingsmåten kontrollert og lagrer den",
    "Waits for the card holder to authenticate": "Venter på at kortholderen godkjenner",
    "Waits for a confirmation of what will be moved": "Venter på bekreftelse av det som skal flyttes",
    "Moves everything to the chosen method": "Flytter alt til den valgte betalingsmåten",
    "Looks whether anything is left": "Ser etter om noe gjenstår",
    "Tells the open retries of their new method": "Varsler åpne betalingsforsøk om den nye betalingsmåten",
    "Tells the open retries of what was moved; not everything was": (
        "Varsler åpne betalingsforsøk om det som ble flyttet; ikke alt ble det"
    ),
    "Done: everything was moved": "Ferdig: alt er flyttet",
    "Nothing pays with this method": "Ingenting betales med denne betalingsmåten",
    "Incomplete: what could not be moved stays as it was": "Ufullstendig: det som ikke kunne flyttes, er som før",
    "Refused: nothing was moved": "Avvist: ingenting ble flyttet",
    "Lapsed: nobody chose or confirmed, and nothing was moved": "Utløpt: ingen valgte eller bekreftet, og ingenting ble flyttet",
    "Cancelled: nothing was moved": "Avbrutt: ingenting ble flyttet",
    # change-single-subscription
    "Reads the subscription, its method and the other methods": (
        "Leser abonnementet, betalingsmåten og de andre betalingsmåtene"
    ),
    "Waits for a confirmation of the choice": "Venter på bekreftelse av valget",
    "Binds the subscription to the chosen method": "Knytter abonnementet til den valgte betalingsmåten",
    "Tells the open retry of its new method": "Varsler det åpne betalingsforsøket om den nye betalingsmåten",
    "Done: the subscription pays with the chosen method": "Ferdig: abonnementet betales med den valgte betalingsmåten",
    "Incomplete: the subscription could not be changed": "Ufullstendig: abonnementet kunne ikke endres",
    "Refused: the subscription pays as before": "Avvist: abonnementet betales som før",
    "Lapsed: nobody chose or confirmed, and the subscription pays as before": (
        "Utløpt: ingen valgte eller bekreftet, og abonnementet betales som før"
    ),
    "Cancelled: the subscription pays as before": "Avbrutt: abonnementet betales som før",
    # delete-with-dependents
    "Waits for a confirmation: nothing depends on the method": "Venter på bekreftelse: ingenting betales med betalingsmåten",
    "Deletes the method": "Sletter betalingsmåten",
    "Done: the method is deleted": "Ferdig: betalingsmåten er slettet",
    "Incomplete: the method is not deleted, and what could not be moved stays as it was": (
        "Ufullstendig: betalingsmåten er ikke slettet, og det som ikke kunne flyttes, er som før"
    ),
    "Refused: nothing was moved or deleted": "Avvist: ingenting ble flyttet eller slettet",
    "Lapsed: nobody chose or confirmed, and nothing was moved or deleted": (
        "Utløpt: ingen valgte eller bekreftet, og ingenting ble flyttet eller slettet"
    ),
    "Cancelled: nothing was moved or deleted": "Avbrutt: ingenting ble flyttet eller slettet",
    # add-method
    "Reads the account": "Leser kontoen",
    "Waits for the payment method": "Venter på betalingsmåten",
    "Has the payment method checked, and puts it on file": "Får betalingsmåten kontrollert og lagrer den",
    "Added: it is on file, and nothing pays with it yet": "Lagt til: den er lagret, og ingenting betales med den ennå",
    "On file already: nothing was added": "Lagret fra før: ingenting ble lagt til",
    "Refused: nothing has changed": "Avvist: ingenting er endret",
    "Not added: the bank or the provider did not accept it": "Ikke lagt til: banken eller leverandøren godtok den ikke",
    "The provider or the account book could not be reached": "Leverandøren eller kontoboken kunne ikke nås",
    "Abandoned: nobody entered it or authenticated in time, and nothing has changed": (
        "Forlatt: ingen oppga den eller godkjente i tide, og ingenting er endret"
    ),
    "Cancelled: nothing has changed": "Avbrutt: ingenting er endret",
    # update-details
    "Reads the payment method": "Leser betalingsmåten",
    "Waits for the corrected details": "Venter på de rettede opplysningene",
    "Has the details checked, and saves them": "Får opplysningene kontrollert og lagrer dem",
    "Saved: offers to pay at once what waited for this payment method": (
        "Lagret: tilbyr å betale med en gang det som ventet på denne betalingsmåten"
    ),
    "Tells the open retries of the corrected details": "Varsler åpne betalingsforsøk om de rettede opplysningene",
    "Done: the details are saved": "Ferdig: opplysningene er lagret",
    "Not saved: the provider did not accept the details": "Ikke lagret: leverandøren godtok ikke opplysningene",
    "Saved at the provider only, not in the account book": "Lagret bare hos leverandøren, ikke i kontoboken",
    "Saved, but the retries could not be told: they see it at their next date": (
        "Lagret, men betalingsforsøkene kunne ikke varsles: de ser det ved neste dato"
    ),
    "Lapsed: nobody gave the details, and nothing has changed": "Utløpt: ingen oppga opplysningene, og ingenting er endret",
    # settle-balance
    "Reads what is due, and what it may be paid with": "Leser hva som er utestående, og hva det kan betales med",
    "Waits for a payment method to be chosen": "Venter på at en betalingsmåte blir valgt",
    "Waits for the amounts to be confirmed": "Venter på at beløpene blir bekreftet",
    "Charges all that is due in one currency": "Belaster alt som er utestående i én valuta",
    "Needs attention: the attempt's outcome cannot be found out": (
        "Trenger tilsyn: utfallet av forsøket kan ikke bringes på det rene"
    ),
    "Puts it before an operator: the attempt stays open": "Legger det frem for en operatør: forsøket er fortsatt åpent",
    "Tells the retries of what is paid": "Varsler betalingsforsøkene om det som er betalt",
    "Binds what used the declined method to the one that paid": (
        "Knytter det som brukte den avslåtte betalingsmåten, til den som betalte"
    ),
    "Looks whether anything is left on the declined method": "Ser etter om noe gjenstår på den avslåtte betalingsmåten",
    "Tells the open retries of what could be bound anew": "Varsler åpne betalingsforsøk om det som kunne knyttes på nytt",
    "Done: everything that was due is paid": "Ferdig: alt som var utestående, er betalt",
    "Nothing is due with this payment method": "Ingenting er utestående på denne betalingsmåten",
    "Incomplete: what is paid stays paid, and the rest stays as it was": (
        "Ufullstendig: det som er betalt, er betalt, og resten er som før"
    ),
    "Lapsed: nobody chose or confirmed, and nothing has changed": "Utløpt: ingen valgte eller bekreftet, og ingenting er endret",
}
"""The title of every state."""

PEOPLE: Final[Mapping[str, str]] = {
    "the customer": "kunden",
    "the card holder": "kortholderen",
    "an administrator": "en administrator",
    "an operator": "en operatør",
    "time": "tiden",
}
"""Whom a procedure waits for."""

VERDICTS: Final[Mapping[str, str]] = {"done": "ferdig", "refused": "avvist", "failed": "mislyktes", "cancelled": "avbrutt"}
"""How a procedure ended."""

_LAST: Final[Mapping[str, str]] = {
    r"the new payment method is on file as (?P<id>\S+)": "den nye betalingsmåten er lagret som {id}",
    r"(?P<label>.+) is on file already, as (?P<id>\S+)": "{label} er lagret fra før, som {id}",
    "a one-time password is needed": "det trengs et engangspassord",
    "the card holder must authenticate": "kortholderen må godkjenne",
    "the details are saved": "opplysningene er lagret",
    "the account book could not be reached": "kontoboken kunne ikke nås",
    "the method is not deleted": "betalingsmåten er ikke slettet",
    "another attempt was made meanwhile": "et annet forsøk ble gjort i mellomtiden",
    "what is due has changed": "det utestående er endret",
    "the outcome is unknown": "utfallet er ukjent",
    r"(?P<money>[\d., ]+ [A-Z]{3}) paid": "{money} er betalt",
    r"(?P<money>[\d., ]+ [A-Z]{3}) clearing": "{money} er under oppgjør",
    r"(?P<money>[\d., ]+ [A-Z]{3}) must be authenticated": "{money} må godkjennes",
    r"(?P<money>[\d., ]+ [A-Z]{3}) declined: (?P<why>.+)": "{money} ble avslått: {why}",
    r"(?P<money>[\d., ]+ [A-Z]{3}) not charged: (?P<why>.+)": "{money} ble ikke belastet: {why}",
}
"""What procedures that are about payment methods remember of what happened last, beside refusals."""

REASONS: Final[Mapping[str, str]] = {
    "insufficient funds": "ikke dekning",
    "expired": "utløpt",
    "incorrect details": "feil i opplysningene",
    "limit reached": "beløpsgrensen er nådd",
    "bank unavailable": "banken er ikke tilgjengelig",
    "authentication": "godkjenning mangler",
    "account problem": "et problem med kontoen",
    "declined": "avslått",
}
"""Why a charge was declined, in brief."""

_WHY: Final[Mapping[str, str]] = {
    "charged back": "tilbakeført av kortholderen",
    "returned": "returnert",
    "the debt has changed meanwhile": "fordringen er endret i mellomtiden",
    "another attempt was faster": "et annet forsøk var raskere",
    "another procedure is charging this debt": "en annen prosedyre belaster denne fordringen",
    "recurring billing is off": "automatisk fornyelse er av",
    "the window is over": "perioden for forsøk er over",
    "its date is used up": "datoen er brukt opp",
    "it is too early": "det er for tidlig",
    "the payer must be told of the debit days before": "betaleren må varsles om trekket dager i forveien",
    "a bank debit is presented at most three times": "et banktrekk fremmes høyst tre ganger",
    "what was taken came back": "det som ble trukket, kom tilbake",
    "it never reached the bank": "det nådde aldri banken",
    "it never reached the bank, or was cancelled there": "det nådde aldri banken, eller ble avbrutt der",
    "it was never sent": "det ble aldri sendt",
    "no payment method is bound": "ingen betalingsmåte er knyttet til",
    "the payment method is deleted": "betalingsmåten er slettet",
    "its details must be corrected": "opplysningene må rettes",
    "the bank will not have it charged again": "banken vil ikke at den belastes igjen",
    "the payment provider no longer has it": "betalingsleverandøren har den ikke lenger",
    "the provider no longer has it": "leverandøren har den ikke lenger",
    "the bank account is not in good standing": "bankkontoen har ikke god status",
    "an earlier charge of this debt on it was disputed": "en tidligere belastning av fordringen på den ble bestridt",
    "its token is or was another payment method's; have the provider make a new one": (
        "tokenet er eller var en annen betalingsmåtes; få leverandøren til å lage et nytt"
    ),
    "it is not on file any more": "den er ikke lagret lenger",
    "the provider or the bank refused it": "leverandøren eller banken avslo den",
    r"the provider or the bank refused it \((?P<code>.+)\)": "leverandøren eller banken avslo den ({code})",
    r"our own fault \((?P<code>.+)\): an operator is told": "vår egen feil ({code}): en operatør får beskjed",
    r"(?P<network>\S+) allows the identical amount only: (?P<before>.+) was returned, (?P<asked>.+) is asked": (
        "{network} tillater bare det samme beløpet: {before} ble returnert, {asked} er bedt om"
    ),
    r"(?P<cap>[^:]+): (?P<count>\d+) counted, (?P<network>\S+) allows (?P<limit>\d+)(?P<span>.*); closed for good": (
        "{cap}: {count} telt, {network} tillater {limit}{span}; stengt for godt"
    ),
    r"(?P<cap>[^:]+): (?P<count>\d+) counted(?P<under_way>.*), (?P<network>\S+) allows (?P<limit>\d+)(?P<span>.*); "
    r"closed until (?P<until>.+)": "{cap}: {count} telt{under_way}, {network} tillater {limit}{span}; stengt til {until}",
    r" \((?P<number>\d+) of them under way\)": " ({number} av dem er i gang)",
    r" in (?P<number>\d+) days": " på {number} dager",
    r" in (?P<number>\d+) hours": " på {number} timer",
}
"""Why something happened, or did not."""


def title(text: str) -> str:
    """The title of a state; as it is when nobody has put it into words."""
    return TITLES.get(text, text)


def why(text: str) -> str:
    """A reason; as it is when nobody has put it into words."""
    return REASONS.get(text) or _WHY.get(text) or _said(text, _WHY, span=why, under_way=why)


def last(text: str, label: Callable[[str], str] = str) -> str:
    """What happened last; `label` writes the name of a payment method. As it is when nobody has put it into words."""
    return _said(text, _LAST, why=why, label=label)


def _said(text: str, table: Mapping[str, str], **writers: Callable[[str], str]) -> str:
    for pattern, words in table.items():
        if found := re.fullmatch(pattern, text):
            return words.format(**{name: writers.get(name, str)(fact) for name, fact in found.groupdict().items()})
    return text
