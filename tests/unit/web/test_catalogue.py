"""Message files: complete, plain, and wrong ones say where."""

from pathlib import Path

import pytest

from madoguchi.contracts.vocabulary import Language
from madoguchi.text.catalogue import Catalogue, CatalogueError, placeholders

JA, EASY, EN = Language.JAPANESE, Language.PLAIN_JAPANESE, Language.ENGLISH


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / f"messages_of_{tmp_path.name}"
    (folder / "messages").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    for language in Language:
        (folder / "messages" / f"{language.value}.yaml").write_text("hello: こんにちは {name}\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def _write(package: Path, text: str) -> None:
    (package / "messages" / "en.yaml").write_text(text, "utf-8")


def test_a_text_is_filled(package: Path) -> None:
    catalogue = Catalogue.of_package(package.name)
    assert catalogue.text(JA, "hello", name="花子", more=1) == "こんにちは 花子"
    assert catalogue.check() == []


def test_what_is_missing_is_named(package: Path) -> None:
    catalogue = Catalogue.of_package(package.name)
    with pytest.raises(KeyError, match="name"):
        catalogue.text(JA, "hello")
    with pytest.raises(KeyError, match="goodbye"):
        catalogue.text(JA, "goodbye")


def test_differences_between_languages_are_found() -> None:
    catalogue = Catalogue({JA: {"a": "{x}", "b": "b"}, EASY: {"a": "{x}"}, EN: {"a": "{y}", "b": "b", "c": "c"}})
    assert catalogue.check() == [
        "a: en has placeholders ['y'], expected ['x']",
        "b: missing in ja-x-easy",
        "c: missing in ja",
        "c: missing in ja-x-easy",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello: a\nhello: b\n", "twice"),
        ("- a\n", "expected a mapping"),
        ("yes: a\n", "expected a text"),
        ("hello: 5\n", "expected a text"),
        ("hello: ''\n", "expected a text"),
        ("hello: '{name.__class__}'\n", "plain placeholder"),
        ("hello: '{0}'\n", "plain placeholder"),
        ("hello: '{name!r}'\n", "plain placeholder"),
        ("hello: '{name'\n", "hello"),
        ("hello: [\n", "not YAML"),
    ],
)
def test_a_wrong_file_is_refused_by_name(package: Path, text: str, said: str) -> None:
    _write(package, text)
    with pytest.raises(CatalogueError, match=said) as caught:
        Catalogue.of_package(package.name)
    assert "en.yaml" in str(caught.value)


def test_a_missing_file_is_named(package: Path) -> None:
    (package / "messages" / "en.yaml").unlink()
    with pytest.raises(CatalogueError, match=r"en\.yaml: cannot be read"):
        Catalogue.of_package(package.name)


def test_two_catalogues_join() -> None:
    one = Catalogue({language: {"a": "1", "b": "1"} for language in Language})
    other = Catalogue({language: {"b": "2"} for language in Language})
    assert one.joined(other).text(EN, "b") == "2"
    assert one.joined(other).keys() == {"a", "b"}


def test_placeholders_are_found_and_braces_escaped() -> None:
    assert placeholders("{{literal}} {fee} {town_name}") == {"fee", "town_name"}
