"""The press: orders become words (`sheets`), words become sealed PDFs (`issuance.documents`)."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from issuance.adapters.sheets import sheets
from issuance.adapters.tally import sealing
from issuance.documents.glyphs import Coverage
from issuance.documents.model import RenderInput
from issuance.documents.press import SealedDocument
from issuance.documents.render import CannotRender
from issuance.documents.view import texts
from issuance.domain.order import Order, Printed
from issuance.ports import CannotPrint
from madoguchi.policy.models import Municipality

Make = Callable[[RenderInput], Awaitable[SealedDocument]]


@dataclass(frozen=True, slots=True)
class DocumentPress:
    """See `issuance.ports.Press`. `coverage` is of the font that `make` prints with."""

    make_document: Make
    coverage: Coverage
    towns: Mapping[str, Municipality]

    def check(self, order: Order) -> None:
        """Raise `CannotPrint` if a value can't be written, or a character isn't in the font."""
        if self.coverage.missing(texts(self._sheets(order))):
            raise CannotPrint("a character is not in the font")

    async def make(self, order: Order) -> Printed:
        """The sealed certificate."""
        document = self._sheets(order)
        try:
            with sealing(order.municipality):
                sealed = await self.make_document(document)
        except CannotRender as error:
            raise CannotPrint(type(error).__name__) from None
        return Printed(
            pdf=sealed.pdf,
            sha256=sealed.sha256,
            sheets=sealed.sheets,
            number=document.number,
            names=tuple(person.name for person in document.persons),
        )

    def _sheets(self, order: Order) -> RenderInput:
        try:
            return sheets(order, self.towns[order.municipality])
        except ValueError as error:
            # Validation errors may quote what they found.
            raise CannotPrint(type(error).__name__) from None
