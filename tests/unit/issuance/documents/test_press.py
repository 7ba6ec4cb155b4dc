"""The press as the service uses it: worker processes, time stamps over HTTP, files checked before release."""

import asyncio
import hashlib
import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest

from issuance.documents import worker
from issuance.documents.check import Verdict, examine
from issuance.documents.material import SealFault, SealUnusable
from issuance.documents.model import Person, RenderInput
from issuance.documents.pool import Workers
from issuance.documents.press import Press, SealBroken, SealedDocument
from issuance.documents.render import GlyphsMissing
from issuance.documents.sample import sample
from issuance.documents.town_seal import TownSeal, TownSeals
from issuance.documents.tsa import TimeStampClient
from madoguchi.policy.models import Municipality
from madoguchi.policy.secrets import SecretFolder

pytestmark = pytest.mark.processes

Make = Callable[..., RenderInput]
Who = Callable[..., Person]
Opener = Callable[[Callable[[], datetime]], Press]


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """One pool for all tests here; starting it takes seconds."""
    pool = Workers(count=1)
    yield pool
    pool.close()


@pytest.fixture
def open_press(
    workers: Workers, town: Municipality, secrets_dir: Path, stamps: Callable[..., TimeStampClient]
) -> Opener:
    """A press by the given clock."""
    seals = TownSeals({town.code: (town, SecretFolder(secrets_dir, town.code))})
    return lambda clock: Press(seals, stamps(), workers, clock)


@pytest.fixture
def press(open_press: Opener) -> Press:
    return open_press(lambda: datetime.now(UTC))


async def test_certificates_are_made_side_by_side_and_never_mixed_up(
    press: Press, own_seal: TownSeal, certificate: Make, person: Who
) -> None:
    names = [f"見本　{kanji}郎" for kanji in "一二三四五六"]
    documents = [
        certificate(person(name=name), number=f"990019-20261123-{index:010d}") for index, name in enumerate(names)
    ]
    made: list[SealedDocument] = await asyncio.gather(*map(press.make, documents))
    for document, sealed, name in zip(documents, made, names, strict=True):
        examined = examine(sealed.pdf, own_seal.known)
        assert (examined.verdict, examined.number) == (Verdict.GENUINE, document.number)
        assert examined.sealed_at == sealed.sealed_at
        assert sealed.sha256 == hashlib.sha256(sealed.pdf).hexdigest()
        text = pypdf.PdfReader(io.BytesIO(sealed.pdf)).pages[0].extract_text()
        assert name in text
        assert not [other for other in names if other != name and other in text]
        assert press.examine(sealed.pdf) == examined


async def test_a_missing_glyph_comes_back_as_what_it_is(press: Press, certificate: Make, person: Who) -> None:
    with pytest.raises(GlyphsMissing) as refused:
        await press.make(certificate(person(name="渡邊\U000e010f　花子")))
    assert refused.value.missing == ("U+908A U+E010F",)


async def test_given_a_dead_worker_when_the_next_order_comes_then_another_takes_it(
    press: Press, workers: Workers, town: Municipality, certificate: Make, person: Who
) -> None:
    process_id = await workers.run(worker.warm, sample(town, datetime.now(UTC).date()))
    os.kill(process_id, signal.SIGKILL)
    assert (await press.make(certificate(person()))).sheets == 1


async def test_what_does_not_pass_our_own_check_is_not_released(
    press: Press, certificate: Make, person: Who, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("issuance.documents.press.complete", lambda waiting, cms: waiting.pdf.replace(b"/", b"!", 1))
    monkeypatch.setattr("issuance.documents.press.dss.update", lambda *_: b"")
    with pytest.raises(SealBroken):
        await press.make(certificate(person()))


async def test_an_unusable_seal_stops_the_press(open_press: Opener, certificate: Make, person: Who) -> None:
    late = open_press(lambda: datetime.now(UTC) + timedelta(days=200))
    with pytest.raises(SealUnusable) as refused:
        await late.make(certificate(person()))
    assert refused.value.fault is SealFault.CRL_STALE


async def test_the_preview_is_a_picture_of_nobody(press: Press, town: Municipality) -> None:
    assert (await press.preview(town)).startswith(b"\x89PNG")


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            """
            import asyncio, datetime, os, signal, sys
            from pathlib import Path
            from issuance.documents import worker
            from issuance.documents.pool import Workers
            from issuance.documents.sample import sample
            from madoguchi.policy.load import load_town

            async def main() -> None:
                pool = Workers(count=1)
                town = load_town(Path(sys.argv[1]))
                print(await pool.run(worker.warm, sample(town, datetime.date(2026, 11, 23))), flush=True)
                os.kill(os.getpid(), signal.SIGKILL)

            if __name__ == "__main__":
                asyncio.run(main())
            """
        )
    )
    town_file = Path(__file__).parents[4] / "deploy" / "municipalities" / "990019.yaml"
    done = subprocess.run(
        [sys.executable, str(script), str(town_file)], stdout=subprocess.PIPE, timeout=60, check=False
    )
    child = int(done.stdout)
    assert done.returncode == -signal.SIGKILL
    assert _gone(child)


def _gone(process_id: int) -> bool:
    """Whether the process ends within five seconds."""
    for _ in range(100):
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
