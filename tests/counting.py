"""How often a store is gone to: what something costs there, as tests assert it."""

from typing import Any

import pytest

from madoguchi.store.port import Documents

CALLS = ("get", "find", "insert", "replace", "delete")


def counted(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the calls that were answered from now on, in order."""
    calls: list[str] = []
    for name in CALLS:
        act = getattr(documents, name)

        async def noted(*args: Any, name: str = name, act: Any = act, **more: Any) -> Any:
            answer = await act(*args, **more)
            calls.append(name)
            return answer

        monkeypatch.setattr(documents, name, noted)
    return calls
