"""A small run by hand: lines as the driver, the sandbox and the ledger write them; notices as notify makes them."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chaos.diary import faults_of, threads_of
from chaos.evidence import Evidence, entry
from chaos.journals import in_books, in_line, in_mail
from chaos.plaintext_scan import Place
from chaos.public import Look, Page, looks_of
from madoguchi.contracts.vocabulary import Language, NoticeKind
from madoguchi.text.catalogue import Catalogue
from notify.adapters.line import flex
from notify.adapters.mail import compose_mail
from notify.ports import Button, Message

Json = dict[str, Any]

START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TEXTS = Catalogue.of_package("notify")
PDF = hashlib.sha256(b"%PDF-").hexdigest()
ISSUED = [
    ("identity", "verify_identity"),
    *[("issuance", "match_register")] * 2,
    *[("issuance", "make_certificate")] * 2,
    ("resident", "deliver_certificate"),
]
"""Looks that every certificate leaves, beside those for its notices."""


def moment(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def request_id(number: int) -> str:
    return f"req_{number:026d}"


def status_url(number: int) -> str:
    return f"http://127.0.0.1:8401/r/{request_id(number)}.1803376744.{'x' * 43}"


def chain(looks: list[tuple[str, str]]) -> tuple[Look, ...]:
    """An access log of these looks."""
    records = [
        {"sequence": n, "actor": actor, "purpose": purpose, "previous": f"digest-{n - 1}", "digest": f"digest-{n}"}
        for n, (actor, purpose) in enumerate(looks, 1)
    ]
    return looks_of({"looks": records})


def message(number: int, kind: str, key: str, language: Language = Language.JAPANESE) -> Message:
    """A notice as notify words it, but for its text."""
    return Message(
        notice_id=f"{key}-{kind}-{number}",
        kind=NoticeKind(kind),
        language=language,
        town="見本市",
        title=TEXTS.text(language, f"{kind}.title"),
        text="…",
        phrase="合言葉",
        footer="見本市",
        buttons=(Button("状況を見る", status_url(number)),),
        event_at=START,
    )


@dataclass
class Run:
    """What a run leaves."""

    diary: list[Json] = field(default_factory=list)
    faults: list[Json] = field(default_factory=list)
    line: list[Json] = field(default_factory=list)
    mail: list[Json] = field(default_factory=list)
    books: list[Json] = field(default_factory=list)
    ledger: list[Json] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)
    plaintext: tuple[Place, ...] = ()

    def evidence(self) -> Evidence:
        """Read as the auditor reads it."""
        line, mail = in_line(self.line), in_mail(self.mail)
        return Evidence(
            rung="embedded",
            threads=threads_of(self.diary),
            faults=faults_of(self.faults),
            acknowledged=line.acknowledged,
            notices=(*line.notices, *mail.notices),
            refused=mail.refused,
            movements=tuple(in_books(self.books)),
            ledger=tuple(map(entry, self.ledger)),
            pages=self.pages,
            plaintext=self.plaintext,
        )

    # ── what residents write ─────────────────────────────────────────────────────────────────────────────

    def says(self, number: int, kind: str, *, at: float = 0, **facts: object) -> None:
        self.diary.append({"at": moment(at), "thread": f"t{number:06d}", "kind": kind, **facts})

    def begins(self, number: int, way: str, story: str, *, email: bool) -> None:
        """Up to the agreement, which the town acknowledges."""
        chat = way == "chat"
        who: Json = {
            "user_id": f"U{number:032x}" if chat else None,
            "email": f"r{number}@example.jp" if email else None,
        }
        self.says(number, "begun", way=way, town="990019", story=story, card="hanako-good", **who)
        if chat:
            self.says(number, "consented", event_id=f"EVENT{number}")
            webhook = {"kind": "webhook", "channel": "990019", "events": [f"EVENT{number}"], "redelivery": False}
            self.line.append({"at": moment(0), **webhook, "outcome": "ok", "status": 200, "ms": 5})
        else:
            self.says(number, "consented", idempotency_key=str(uuid.UUID(int=number)))

    def accepted(self, number: int) -> None:
        self.says(number, "accepted", request_id=request_id(number), status_url=status_url(number))

    # ── what comes to them ───────────────────────────────────────────────────────────────────────────────

    def pushed(self, number: int, kind: str, key: str = "0", language: Language = Language.JAPANESE) -> None:
        """A notice in the chat."""
        user = [f"U{number:032x}"]
        sent = {
            "at": moment(1), "kind": "sent", "channel": "990019", "how": "push", "request_id": str(uuid.uuid4()),
            "retry_key": f"{kind}-{number}-{key}", "reply_token": "", "to": user, "delivered_to": user,
            "messages": [flex(message(number, kind, key, language)).to_dict()], "sent_messages": [{"id": "1"}],
        }  # fmt: skip
        self.line.append(sent)

    def mailed(self, number: int, kind: str, key: str = "0", language: Language = Language.JAPANESE) -> None:
        """A notice by mail."""
        to = f"r{number}@example.jp"
        mail = compose_mail(message(number, kind, key, language), sender="town@mihon.example", to=to)
        raw = mail.as_bytes().decode()
        self.mail.append({"at": moment(1), "kind": "mail", "sender": "town@mihon.example", "to": [to], "raw": raw})

    # ── what is booked and entered ───────────────────────────────────────────────────────────────────────

    def booked(self, number: int, kind: str, amount: int = 300) -> None:
        payment = "pay_" + request_id(number).removeprefix("req_")
        self.books.append({"at": moment(2), "kind": kind, "account": "990019", "payment_id": payment, "amount": amount})

    def entered(self, number: int, sha256: str = PDF, status: str = "valid") -> None:
        state = {"number": f"990019-20261125-{len(self.ledger):010d}", "request_id": request_id(number)}
        self.ledger.append({"_id": state["number"], "state": {**state, "sha256": sha256, "status": status}})

    def stands(self, number: int, status: str, looks: list[tuple[str, str]], notices: int) -> None:
        """What the public page says."""
        self.pages[request_id(number)] = Page(200, status, chain([("notify", "send_notice")] * notices + looks))

    def without_look(self, number: int, actor: str) -> None:
        """The last look of somebody was never recorded."""
        page = self.pages[request_id(number)]
        looks = [(look.actor, look.purpose) for look in page.looks or ()]
        looks.reverse()
        looks.remove(next(look for look in looks if look[0] == actor))
        self.pages[request_id(number)] = Page(200, page.status, chain(looks[::-1]))


def clean() -> Run:
    """Four threads in which all went well, and one killed service.

    1: by chat, with mail too, rejected once, ready. 2: by the API, ready. 3: by chat, cancelled after paying.
    4: by the API, refused by a clerk, in English.
    """
    run = Run()
    for play in (_rejected_once, _by_api, _cancelled, _refused):
        play(run)
    run.faults.append({"at": moment(11), "kind": "kill", "target": "identity-1", "until": moment(12)})
    return run


def _rejected_once(run: Run) -> None:
    run.begins(1, "chat", "plain", email=True)
    run.accepted(1)
    for key in ("0", "1"):
        run.says(1, "signed")
        for tell in (run.pushed, run.mailed):
            tell(1, "proof_needed", key)
    for kind in ("accepted", "proof_rejected", "fee_due", "ready"):
        run.pushed(1, kind)
        run.mailed(1, kind)
    run.says(1, "step", name="ready", began=moment(10), seconds=4.0)
    run.stands(1, "ready", [*ISSUED, ("resident", "deliver_certificate")], notices=6)
    _downloads(run, 1, times=2)


def _by_api(run: Run) -> None:
    run.begins(2, "api", "plain", email=True)
    run.accepted(2)
    run.says(2, "signed")
    for kind in ("accepted", "proof_needed", "fee_due", "ready"):
        run.mailed(2, kind)
    run.stands(2, "ready", ISSUED, notices=4)
    _downloads(run, 2, times=1)


def _cancelled(run: Run) -> None:
    run.begins(3, "chat", "cancels", email=False)
    run.accepted(3)
    for kind in ("accepted", "proof_needed", "fee_due", "closed", "refunded"):
        run.pushed(3, kind)
    for kind in ("charge", "refund"):
        run.booked(3, kind)
    run.says(3, "cancelled")
    run.says(3, "ended", outcome="cancelled")
    run.stands(3, "cancelled", [], notices=5)


def _refused(run: Run) -> None:
    run.begins(4, "api", "clerk_refuses", email=True)
    run.accepted(4)
    for kind in ("accepted", "proof_needed", "with_clerk", "refused"):
        run.mailed(4, kind, language=Language.ENGLISH)
    run.says(4, "ended", outcome="refused")
    run.stands(4, "refused", [("identity", "verify_identity")], notices=4)


def _downloads(run: Run, number: int, times: int) -> None:
    run.booked(number, "charge")
    run.entered(number)
    for _ in range(times):
        run.says(number, "downloaded", sha256=PDF)
    run.says(number, "ended", outcome="ready")
