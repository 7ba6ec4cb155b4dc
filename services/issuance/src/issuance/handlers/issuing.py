"""Making a certificate so that doing it again, at any point, gives the same one: the number is fixed first, the sealed
PDF is stored once, then the ledger, then the case. Whatever is there already is taken as it is."""

from issuance.domain import ledger, outcomes
from issuance.domain.case import Case, Issuing, Standing
from issuance.domain.certificate_number import number_of
from issuance.domain.eligibility import Entitled
from issuance.domain.order import require_same_subject
from issuance.handlers.assessing import order_of, settle, unprintable
from issuance.handlers.deps import Deps
from issuance.handlers.look import Known, known, look
from issuance.ports import CannotPrint, StoredCertificate
from madoguchi.policy.rules import day_in_japan
from madoguchi.vault.port import Purpose

CERTIFICATE_FIELD = "certificate"


async def issue(case: Case, deps: Deps) -> None:
    """Make, store, enter, tell. Raises what the press and the register raise when they can't just now."""
    now = deps.clock()
    town = deps.towns[case.municipality]
    number = number_of(town.key, case.municipality, case.request_id, day_in_japan(now))
    begun = await deps.apply(case.request_id, outcomes.begun(Issuing(number=number, at=now), now))
    if begun is None or begun.issuing is None:
        return  # closed meanwhile
    stored = await deps.certificates.get(begun.issuing.number)
    if stored is None:
        stored = await _make(known(begun), begun.issuing, deps)
    if stored is not None:
        await _enter(known(begun), begun.issuing, stored, deps)


async def withdraw(case: Case, deps: Deps) -> None:
    """The certificate counts no more."""
    now = deps.clock()
    if case.issuing is not None:
        await deps.ledger.apply(case.issuing.number, ledger.end(now))
    await deps.apply(case.request_id, outcomes.withdrawn(now))


async def _make(about: Known, issuing: Issuing, deps: Deps) -> StoredCertificate | None:
    """Look again (a block may be new), print, store. None when it went to a clerk instead."""
    today = day_in_japan(issuing.at)
    found = await look(about, deps, purpose=Purpose.MAKE_CERTIFICATE, today=today)
    if not isinstance(found, Entitled):
        await settle(about.case, found, deps)
        return None
    case = about.case
    order = order_of(about, issuing.number, found, deps, issuing.at)
    try:
        printed = await deps.press.make(order)
    except CannotPrint:
        await settle(case, unprintable(found), deps)
        return None
    require_same_subject(order, printed)
    sealed = await deps.vault.seal(case.request_id, CERTIFICATE_FIELD, printed.pdf)
    certificate = StoredCertificate(
        number=issuing.number,
        request_id=case.request_id,
        municipality=case.municipality,
        sealed=sealed,
        sha256=printed.sha256,
        sheets=printed.sheets,
    )
    return await deps.certificates.keep(certificate)


async def _enter(about: Known, issuing: Issuing, stored: StoredCertificate, deps: Deps) -> None:
    case = about.case
    entry = ledger.LedgerEntry(
        number=issuing.number,
        request_id=case.request_id,
        municipality=case.municipality,
        certificate=about.asked.certificate,
        sha256=stored.sha256,
        sheets=stored.sheets,
        issued_at=issuing.at,
        live=about.asked.live,
    )
    await deps.ledger.apply(issuing.number, ledger.enter(entry))
    download = deps.towns[case.municipality].policy.deadlines.download
    after = await deps.apply(case.request_id, outcomes.issued(stored.sha256, stored.sheets, download))
    if not (after and after.standing is Standing.ISSUED and after.issuing == issuing):
        # Closed or referred between the work and the save: nobody hears of it, so it must not count.
        await deps.ledger.apply(issuing.number, ledger.end(deps.clock()))
