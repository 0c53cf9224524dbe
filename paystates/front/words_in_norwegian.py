"""The journal in bokmål: each line that `paystates.front.words` and `paystates.front.events` have, by its English one."""

import re
from collections.abc import Mapping
from typing import Final

from states.rules.norwegian import label_of
from states.rules.norwegian_words import why

DECISIONS: Final[Mapping[str, str]] = {
    "collection begins": "innkrevingen begynner",
    "the plan goes on": "planen fortsetter",
    "attempt {attempt} charged": "forsøk {attempt} ble belastet",
    "attempt {attempt} declined{note}": "forsøk {attempt} ble avslått{note}",
    "attempt {attempt} accepted by the bank, clearing": "forsøk {attempt} er godtatt av banken og under oppgjør",
    "attempt {attempt}: the bank wants the customer to authenticate": "forsøk {attempt}: banken vil at kunden skal godkjenne",
    "attempt {number}: no answer from the bank, the outcome is unknown": (
        "forsøk {number}: ingen svar fra banken, utfallet er ukjent"
    ),
    "no attempt: {why}": "ikke noe forsøk: {why}",
    "attempt {attempt} is looked up at the bank": "forsøk {attempt} slås opp i banken",
    "attempt {attempt} took nothing, and never will": "forsøk {attempt} tok ingenting, og kommer aldri til å gjøre det",
    "the money of attempt {attempt} came back{note}": "pengene fra forsøk {attempt} kom tilbake{note}",
    "the bank cannot tell yet what became of attempt {number}": "banken kan ikke si ennå hvordan det gikk med forsøk {number}",
    "the account book has no such invoice": "kontoboken har ingen slik faktura",
    "{why}": "{why}",
    "what was checked does not hold any more, and nothing was written{note}": (
        "det som ble kontrollert, gjelder ikke lenger, og ingenting ble skrevet{note}"
    ),
    "the card holder did not authenticate in time": "kortholderen godkjente ikke i tide",
    "the payment provider or the account book cannot be reached": "betalingsleverandøren eller kontoboken kan ikke nås",
    "the new payment method is on file": "den nye betalingsmåten er lagret",
    "the payment method was not accepted{note}": "betalingsmåten ble ikke godtatt{note}",
    "the bank wants the card holder to authenticate": "banken vil at kortholderen skal godkjenne",
    "the details are saved": "opplysningene er lagret",
    "the details are saved at the provider only": "opplysningene er bare lagret hos leverandøren",
    "the payment method is deleted": "betalingsmåten er slettet",
    "waits for another or a corrected payment method": "venter på en annen eller rettet betalingsmåte",
    "waits for a payment by hand: recurring billing is off": "venter på manuell betaling: automatisk fornyelse er av",
    "charges the new or corrected method at once, as asked": (
        "belaster den nye eller rettede betalingsmåten med en gang, som ønsket"
    ),
    "attempt {number}: broke off, the outcome is unknown": "forsøk {number}: ble brutt av, utfallet er ukjent",
    "the bank cannot be asked what became of attempt {number}": "banken kan ikke spørres hvordan det gikk med forsøk {number}",
    "the account book cannot be reached: tries again": "kontoboken kan ikke nås: prøver igjen",
    "cannot go on: an operator is asked": "kommer ikke videre: en operatør blir spurt",
    "nobody can tell what became of attempt {number}: an operator is asked": (
        "ingen kan si hvordan det gikk med forsøk {number}: en operatør blir spurt"
    ),
    "the customer did not authenticate in time": "kunden godkjente ikke i tide",
    "the time for it is over": "tiden er ute",
    "nobody found out what became of attempt {number}": "ingen fant ut hvordan det gikk med forsøk {number}",
    "attempt {attempt} is still clearing": "forsøk {attempt} er fortsatt under oppgjør",
    "the confirmed amount is charged": "det bekreftede beløpet er belastet",
    "the confirmed amount was declined{note}": "det bekreftede beløpet ble avslått{note}",
    "the debit is accepted by the bank, clearing": "trekket er godtatt av banken og under oppgjør",
    "the bank wants the customer to authenticate": "banken vil at kunden skal godkjenne",
    "the attempt took nothing, and never will{note}": "forsøket tok ingenting, og kommer aldri til å gjøre det{note}",
    "nothing was sent to the bank, and never will be{note}": "ingenting ble sendt til banken, og blir det heller ikke{note}",
    "what is due is not what was confirmed: nothing was sent": (
        "det som er utestående, er ikke det som ble bekreftet: ingenting ble sendt"
    ),
    "an attempt that was found open is looked up at the bank": "et forsøk som var åpent, slås opp i banken",
    "no answer from the bank, the outcome is unknown": "ingen svar fra banken, utfallet er ukjent",
    "broke off, the outcome is unknown": "ble brutt av, utfallet er ukjent",
    "the bank cannot be asked what became of the attempt": "banken kan ikke spørres hvordan det gikk med forsøket",
    "the bank cannot tell yet what became of the attempt": "banken kan ikke si ennå hvordan det gikk med forsøket",
    "nobody can tell what became of the attempt: an operator is asked": (
        "ingen kan si hvordan det gikk med forsøket: en operatør blir spurt"
    ),
    "the time for it is over: the bank is asked what became of the attempt": (
        "tiden er ute: banken spørres hvordan det gikk med forsøket"
    ),
    "it is put before an operator, and the attempt stays open": "det legges fram for en operatør, og forsøket blir stående åpent",
    "it must wait": "den må vente",
    "{who} {does}": "{who} {does}",
    "{who} {does}: {note}": "{who} {does}: {note}",
    "{who} wants to {do}: refused ({why})": "{who} vil {do}: avvist ({why})",
    "the house": "systemet",
    "the bank": "banken",
    "asks for “{kind}”": "ber om «{kind}»",
    "declined": "avslått",
    "please authenticate": "vennligst godkjenn",
    "reminder": "påminnelse",
    "that was the last attempt": "det var det siste forsøket",
    "the debit is announced": "trekket er varslet",
    "next {when}": "neste {when}",
}
"""Of decisions."""

DEEDS: Final[Mapping[str, tuple[str, str]]] = {
    "retry_now": ("ber om å belaste nå", "belaste nå"),
    "hold": ("setter forsøkene på vent", "sette forsøkene på vent"),
    "resume": ("lar forsøkene fortsette", "la forsøkene fortsette"),
    "skip_attempt": ("hopper over neste forsøk", "hoppe over neste forsøk"),
    "write_off": ("avskriver fordringen", "avskrive fordringen"),
    "look_up_again": ("spør banken igjen", "spørre banken igjen"),
    "cancel": ("avbryter innkrevingen", "avbryte innkrevingen"),
    "method_replaced": ("melder at en annen betalingsmåte kan være knyttet til", "melde en annen betalingsmåte"),
    "details_updated": ("melder at opplysningene til en betalingsmåte kan være rettet", "melde rettede opplysninger"),
    "balance_changed": ("melder at noe kan være bokført", "melde en bokføring"),
    "provider_notified": ("melder nytt om et forsøk", "melde nytt om et forsøk"),
    "choose": ("velger en betalingsmåte", "velge en betalingsmåte"),
    "add_new": ("legger til en betalingsmåte", "legge til en betalingsmåte"),
    "authenticated": ("har godkjent", "godkjenne"),
    "confirm": ("bekrefter", "bekrefte"),
    "edit": ("retter opplysningene", "rette opplysningene"),
    "pay_now": ("betaler med en gang", "betale med en gang"),
    "not_now": ("lar det stå til neste dato", "la det stå til neste dato"),
    "read_again": ("leser på nytt hva som kan velges", "lese på nytt hva som kan velges"),
    "choose_another": ("vil velge på nytt", "velge på nytt"),
    "": ("avbryter", "avbryte"),
}
"""Each action as somebody does it, and as somebody wants to; the last one is how anything but a collection is cancelled."""

NOTES: Final[Mapping[str, str]] = {
    "imported: {counts}": "importert: {counts}",
    "{amount} received for {about}{excess}": "{amount} mottatt for {about}{excess}",
    ", {excess} of it more than was owed: account credit": (
        ", {excess} av dette mer enn det som var utestående: tilgode på kontoen"
    ),
    "credit of {amount} for {about}{waits}": "kreditering av {amount} for {about}{waits}",
    "void of {amount} of {about}{waits}": "annullering av {amount} av {about}{waits}",
    ", once the result of attempt {waits_for} is known": ", når utfallet av forsøk {waits_for} er kjent",
    "the credit that waited takes {taken} off {about}": "krediteringen som ventet, trekker {taken} fra {about}",
    "the void that waited takes {taken} off {about}": "annulleringen som ventet, trekker {taken} fra {about}",
    "{about} is on file: {network} {last4}": "{about} er lagret: {network} {last4}",
    "{method} pays for {about} from now on": "{method} betaler for {about} fra nå av",
    "{about} is deleted and owes nothing: it pays with {method} no more": (
        "{about} er slettet og skylder ikke noe: det betales ikke lenger med {method}"
    ),
    "the details of {about} are corrected": "opplysningene til {about} er rettet",
    "the provider has {about} no more": "leverandøren har ikke {about} lenger",
    "account {about} is opened": "konto {about} er opprettet",
    "account {about}: {changed} changed": "konto {about}: {changed} er endret",
    "{about} is registered": "{about} er registrert",
    "the details of {about} are changed": "opplysningene til {about} er endret",
    "{about} is {role} from now on": "{about} er {role} fra nå av",
    "{about} is {role} no more": "{about} er ikke {role} lenger",
    "{role} of {profile}": "{role} ({profile})",
    "subscription {about} is registered": "abonnement {about} er registrert",
    "subscription {about} is {status}, recurring billing {recurring}": (
        "abonnement {about} er {status}, automatisk fornyelse {recurring}"
    ),
    "on": "på",
    "off": "av",
    "active": "aktivt",
    "past due": "forfalt",
    "disabled": "deaktivert",
    "cancelled": "sagt opp",
    "billing profile {about} is registered": "faktureringsprofil {about} er registrert",
    "billing profile {about} is changed": "faktureringsprofil {about} er endret",
    "invoice {about} is issued: {owed}": "faktura {about} er utstedt: {owed}",
    "{about} is cancelled": "{about} er sagt opp",
}
"""Of what was booked beside the procedures."""

_MOVED = re.compile(r"(\d+) moved(?:, (\d+) stay as they were)?")


def note(text: str) -> str:
    """What a result says of itself: a reason, what was taken instead, how many were moved."""
    if found := _MOVED.fullmatch(text):
        return f"{found[1]} flyttet" + (f", {found[2]} er som før" if found[2] else "")
    known = why(text)
    return known if known != text else label_of(text)
