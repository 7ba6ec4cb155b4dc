"""Intake's use cases: what residents and channels do (`acts`, `payments`), what other services say (`events`), and what
time brings (`sweep`)."""

from request_intake.handlers.acts import (
    NotOffered,
    SealedWish,
    Sender,
    access_log,
    cancel,
    choose_other_way,
    hand_in,
    reserve,
    revoke_consent,
    seal,
    submit,
    text_to_sign,
)
from request_intake.handlers.deps import REQUESTS, Deps, NoSuchRequest
from request_intake.handlers.events import HANDLERS
from request_intake.handlers.links import Links
from request_intake.handlers.payments import back_from_payment, book, payment_page
from request_intake.handlers.questions import answer, answer_sealed
from request_intake.handlers.sweep import sweep

__all__ = [
    "HANDLERS",
    "REQUESTS",
    "Deps",
    "Links",
    "NoSuchRequest",
    "NotOffered",
    "SealedWish",
    "Sender",
    "access_log",
    "answer",
    "answer_sealed",
    "back_from_payment",
    "book",
    "cancel",
    "choose_other_way",
    "hand_in",
    "payment_page",
    "reserve",
    "revoke_consent",
    "seal",
    "submit",
    "sweep",
    "text_to_sign",
]
