"""What may be committed: never past anything unfinished, whatever the order of finishing."""

from hypothesis import given
from hypothesis import strategies as st

from madoguchi.bus.progress import Progress


@given(
    st.lists(st.integers(0, 10**6), unique=True, min_size=1)
    .map(sorted)
    .flatmap(lambda offsets: st.tuples(st.just(offsets), st.permutations(offsets)))
)
def test_the_commit_follows_the_first_unfinished(case: tuple[list[int], list[int]]) -> None:
    offsets, finishing = case
    progress = Progress()
    for offset in offsets:
        progress.take(offset)
    assert progress.committable() is None
    unfinished = set(offsets)
    for offset in finishing:
        progress.finish(offset)
        unfinished.discard(offset)
        expected = min(unfinished, default=offsets[-1] + 1)
        assert progress.committable() == (expected if expected != offsets[0] else None)
    assert progress.open == 0


def test_nothing_is_committed_twice() -> None:
    progress = Progress()
    assert progress.committable() is None
    progress.take(5)
    progress.finish(5)
    assert progress.committable() == 6
    progress.committed(6)
    assert progress.committable() is None
    progress.take(9)
    assert progress.committable() == 9, "a gap in the log (a record that was deleted) is passed"


def test_a_log_that_began_anew_is_noticed() -> None:
    progress = Progress()
    assert not progress.went_back(0)
    progress.take(7)
    assert not progress.went_back(8)
    assert progress.went_back(7)
    assert progress.went_back(0)
