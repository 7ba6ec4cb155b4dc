"""While a town changes what it shows its peers, they accept both."""

from datetime import UTC, datetime
from pathlib import Path

from madoguchi.policy.load import load_towns
from madoguchi_sandbox.app import Settings, chat_accounts, payment_accounts
from madoguchi_sandbox.init import initialise

URL = "http://127.0.0.1:8405"


def test_what_was_issued_before_is_accepted_as_long_as_the_peers_say_so(tmp_path: Path) -> None:
    places = initialise(tmp_path, URL, datetime.now(UTC))
    settings = Settings(tmp_path, URL, "http://127.0.0.1:8401", 0)
    towns = load_towns(tmp_path / "municipalities")
    (chat,), (payment,) = chat_accounts(settings, towns), payment_accounts(settings, towns)
    assert (chat.knows(chat.access_token), chat.knows("earlier"), chat.knows("")) == (True, False, False)
    assert (payment.knows(payment.api_key), payment.knows("earlier"), payment.knows("")) == (True, False, False)
    (places.sandbox / places.code / "still-accepted.txt").write_text("earlier\nyet-earlier\n")
    chats, payments = chat_accounts(settings, towns), payment_accounts(settings, towns)
    for accepts in (*(account.knows for account in chats), *(account.knows for account in payments)):
        assert accepts("earlier")
        assert accepts("yet-earlier")
        assert not accepts("never")
