"""Making a certificate so that doing it again, at any point, gives the same one: the number is fixed first, the sealed
PDF is stored once, then the ledger, then the case. Whatever is there already is taken as it is."""

from issuance.domain import ledger, outcomes
from issuance.domain.case import Case, Issuing, Standing
from issuance.domain.certificate_number import number_of
from issuance.domain.eligibility import Entitled, NotEntitled
from issuance.domain.matching import Unclear
from issuance.domain.order import require_same_subject
from issuance.handlers.assessing import order_of, settle, unprintable
from issuance.handlers.deps import Deps
from issuance.handlers.look import known, look
from issuance.ports import CannotPrint, StoredCertificate
from madoguchi.policy.rules import day_in_japan
from madoguchi.store.aggregates import ABSENT, Aggregate
from madoguchi.vault.port import Purpose

CERTIFICATE_FIELD = "certificate"


async def issue(present: Aggregate[Case], deps: Deps) -> Aggregate[Case] | None:
    """Make, store, enter, tell; the case as it is then. Raises what the press and the register raise when they can't
    just now."""
    case, now = present.state, deps.clock()
    town = deps.towns[case.municipality]
    number = number_of(town.key, case.municipality, case.request_id, day_in_japan(now))
    mine = Issuing(number=number, at=now)
    begun = await deps.apply(case.request_id, outcomes.begun(mine, now), known=present)
    if begun is None or begun.state.issuing is None:
        return begun  # closed meanwhile
    # Where it was begun before, it may have been made.
    stored = None if begun.state.issuing == mine else await deps.certificates.get(begun.state.issuing.number)
    made = stored or await _make(begun, begun.state.issuing, deps)
    if not isinstance(made, StoredCertificate):
        return await settle(begun, made, deps)
    return await _enter(begun, begun.state.issuing, made, deps)


async def withdraw(present: Aggregate[Case], deps: Deps) -> Aggregate[Case] | None:
    """The certificate counts no more."""
    case, now = present.state, deps.clock()
    if case.issuing is not None:
        await deps.ledger.apply(case.issuing.number, ledger.end(now))
    return await deps.apply(case.request_id, outcomes.withdrawn(now), known=present)


async def _make(begun: Aggregate[Case], issuing: Issuing, deps: Deps) -> StoredCertificate | NotEntitled | Unclear:
    """Look again (a block may be new), print, store; or why it is a clerk's, or nobody's."""
    about, today = known(begun.state), day_in_japan(issuing.at)
    found = await look(about, deps, purpose=Purpose.MAKE_CERTIFICATE, today=today)
    if not isinstance(found, Entitled):
        return found
    case = about.case
    order = order_of(about, issuing.number, found, deps, issuing.at)
    try:
        printed = await deps.press.make(order)
    except CannotPrint:
        return unprintable(found)
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


async def _enter(
    begun: Aggregate[Case], issuing: Issuing, stored: StoredCertificate, deps: Deps
) -> Aggregate[Case] | None:
    about = known(begun.state)
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
    await deps.ledger.apply(issuing.number, ledger.enter(entry), known=ABSENT)
    download = deps.towns[case.municipality].policy.deadlines.download
    after = await deps.apply(case.request_id, outcomes.issued(stored.sha256, stored.sheets, download), known=begun)
    if not (after and after.state.standing is Standing.ISSUED and after.state.issuing == issuing):
        # Closed or referred between the work and the save: nobody hears of it, so it must not count.
        await deps.ledger.apply(issuing.number, ledger.end(deps.clock()))
    return after
