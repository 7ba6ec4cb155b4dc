"""The provider's books: checkouts, charges, refunds, and the answer given to each idempotency key."""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from madoguchi.service.clock import Clock, utc_now
from madoguchi_sandbox.journal import Journal, Record

Json = dict[str, Any]

_WISHED = ("payment_id", "amount", "description", "return_url", "webhook_url", "locale")


class Refused(Exception):
    """An answer other than success: status and a stable code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(slots=True)
class Checkout:
    """One hosted payment."""

    id: str
    account: str
    payment_id: str
    amount: int
    description: str
    return_url: str
    webhook_url: str
    locale: str = ""
    charge: Json | None = None
    refunded: int = 0

    @property
    def status(self) -> str:
        """`open`, `paid` or `refunded` (all of it)."""
        if self.charge is None:
            return "open"
        return "refunded" if self.refunded >= self.amount else "paid"


@dataclass(slots=True)
class Books:
    """What was charged and given back. Every change is one line of `books.jsonl`, read again at a restart."""

    journal: Journal
    checkouts: dict[str, Checkout] = field(default_factory=dict)
    refunds: list[Json] = field(default_factory=list)
    answers: dict[tuple[str, str], tuple[str, Json]] = field(default_factory=dict)
    """By account and idempotency key: fingerprint of the request, and what was answered."""
    unannounced: dict[str, Json] = field(default_factory=dict)
    """Charges whose webhook nobody has acknowledged, by webhook id."""
    counts: Counter[str] = field(default_factory=Counter)

    @classmethod
    def opened(cls, folder: Path, clock: Clock = utc_now) -> "Books":
        """The books in `folder`, with everything an earlier run wrote."""
        books = cls(Journal(folder / "books.jsonl", clock))
        for record in books.journal:
            books._fold(record)
        return books

    def open_checkout(self, account: str, key: str, wish: Mapping[str, Any]) -> Json:
        """A new checkout, or the same answer for the same key."""
        fingerprint = _fingerprint("checkout", wish)
        known = self._known(account, key, fingerprint)
        if known is not None:
            return known
        checkout_id = f"co_{secrets.token_hex(12)}"
        facts = {name: wish[name] for name in _WISHED if name in wish}
        answer = {"id": checkout_id, "status": "open"}
        self._write("checkout", id=checkout_id, account=account, key=key, print=fingerprint, answer=answer, **facts)
        return answer

    def pay(self, checkout_id: str) -> Json | None:
        """Charge the test card. None when it was charged before: a second click costs nothing."""
        checkout = self.checkouts[checkout_id]
        if checkout.charge is not None:
            return None
        charge_id = f"ch_{secrets.token_hex(12)}"
        self._write(
            "charge",
            id=charge_id,
            checkout_id=checkout_id,
            account=checkout.account,
            payment_id=checkout.payment_id,
            amount=checkout.amount,
        )
        return checkout.charge

    def refund(self, account: str, key: str, payment_id: str, amount: int) -> Json:
        """Give money back, once per key and never more than was charged. Raises `Refused`."""
        fingerprint = _fingerprint("refund", {"payment_id": payment_id, "amount": amount})
        known = self._known(account, key, fingerprint)
        if known is not None:
            return known
        for checkout in self.of_payment(account, payment_id):
            if checkout.charge is not None and checkout.amount - checkout.refunded >= amount:
                break
        else:
            raise Refused(422, "nothing_to_refund", "that much was not charged, or it was refunded already")
        refund_id = f"re_{secrets.token_hex(12)}"
        answer = {"id": refund_id, "status": "refunded"}
        facts = {"id": refund_id, "checkout_id": checkout.id, "payment_id": payment_id, "amount": amount}
        self._write("refund", account=account, key=key, print=fingerprint, answer=answer, **facts)
        return answer

    def of_payment(self, account: str, payment_id: str) -> list[Checkout]:
        """Checkouts of a payment. Raises `Refused` when there is none."""
        found = [c for c in self.checkouts.values() if c.account == account and c.payment_id == payment_id]
        if not found:
            raise Refused(404, "unknown_payment", "no such payment")
        return found

    def announced(self, webhook_id: str, **facts: Any) -> None:
        """Write down one try of a webhook; `outcome` `ok` ends it."""
        self._write("webhook", id=webhook_id, **facts)

    def totals(self) -> Json:
        """For the auditor: every charge and refund, and counters."""
        charges = [checkout.charge for checkout in self.checkouts.values() if checkout.charge is not None]
        return {
            "charges": sorted(charges, key=lambda charge: str(charge["at"])),
            "refunds": self.refunds,
            "open": [c.id for c in self.checkouts.values() if c.charge is None],
            "unacknowledged_webhooks": sorted(self.unannounced),
            "counts": dict(self.counts),
        }

    def _known(self, account: str, key: str, fingerprint: str) -> Json | None:
        known = self.answers.get((account, key))
        if known is None:
            return None
        if known[0] != fingerprint:
            raise Refused(422, "idempotency_key_reused", "this key was used for another request")
        self.counts["repeated_keys"] += 1
        return known[1]

    def _write(self, kind: str, **facts: Any) -> None:
        self._fold(self.journal.append(kind, **facts))

    def _fold(self, record: Record) -> None:
        self.counts[record["kind"]] += 1
        match record["kind"]:
            case "checkout":
                facts = {name: record[name] for name in ("id", "account", *_WISHED) if name in record}
                self.checkouts[record["id"]] = Checkout(**facts)
                self.answers[record["account"], record["key"]] = (record["print"], record["answer"])
            case "charge":
                charge = {name: value for name, value in record.items() if name != "kind"}
                self.checkouts[record["checkout_id"]].charge = charge
                self.unannounced[f"evt_{record['id']}"] = charge
            case "refund":
                self.checkouts[record["checkout_id"]].refunded += record["amount"]
                public = ("id", "checkout_id", "account", "payment_id", "amount", "at")
                self.refunds.append({name: record[name] for name in public})
                self.answers[record["account"], record["key"]] = (record["print"], record["answer"])
            case "webhook" if record["outcome"] in {"ok", "given_up"}:
                self.unannounced.pop(record["id"], None)


def _fingerprint(what: str, wish: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps([what, dict(wish)], sort_keys=True).encode()).hexdigest()
