"""Message catalogues: `<package>/messages/{ja,ja-x-easy,en}.yaml`, flat keys → text with `{placeholders}`.

`check` says what is missing or different between the languages; a test calls it for every catalogue.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Formatter
from typing import Any

import yaml

from madoguchi.contracts.vocabulary import Language

_PLACEHOLDER = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class CatalogueError(Exception):
    """A message file can't be used; the message names file and key."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Texts of one package, in every language or in those that it is written in."""

    texts: Mapping[Language, Mapping[str, str]]

    @classmethod
    def of_package(cls, package: str, languages: Iterable[Language] = tuple(Language)) -> "Catalogue":
        """Load the messages that lie in `package` (an import name). Raises `CatalogueError`."""
        folder = files(package) / "messages"
        texts = {}
        for language in languages:
            file = folder / f"{language.value}.yaml"
            name = f"{package}/messages/{language.value}.yaml"
            try:
                source = file.read_text("utf-8")
            except OSError as error:
                raise CatalogueError(f"{name}: cannot be read") from error
            texts[language] = _parse(name, source)
        return cls(texts)

    def joined(self, other: "Catalogue") -> "Catalogue":
        """Both together, in the languages that both have; where both have a key, `other` wins."""
        both = [language for language in self.texts if language in other.texts]
        return Catalogue({language: {**self.texts[language], **other.texts[language]} for language in both})

    def text(self, language: Language, key: str, **values: object) -> str:
        """The text with its placeholders filled. Raises `KeyError` naming the key or the placeholder."""
        return self.texts[language][key].format(**values)

    def keys(self) -> frozenset[str]:
        """Every key that some language has."""
        return frozenset().union(*self.texts.values())

    def check(self) -> list[str]:
        """What is wrong, a line each: a key missing in a language, placeholders that differ. Empty when complete."""
        wrong = []
        for key in sorted(self.keys()):
            present = {language: texts[key] for language, texts in self.texts.items() if key in texts}
            wrong += [f"{key}: missing in {language.value}" for language in self.texts if language not in present]
            named = {language: placeholders(text) for language, text in present.items()}
            expected = next(iter(named.values()))
            wrong += [
                f"{key}: {language.value} has placeholders {sorted(found)}, expected {sorted(expected)}"
                for language, found in named.items()
                if found != expected
            ]
        return wrong


def placeholders(text: str) -> frozenset[str]:
    """The names in braces. Raises `ValueError` for anything that is not a plain name."""
    names = set()
    for _, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not _PLACEHOLDER.fullmatch(name):
            raise ValueError(f"{{{name}}} is not a plain placeholder")
        names.add(name)
    return frozenset(names)


def _parse(name: str, source: str) -> dict[str, str]:
    try:
        root = yaml.compose(source, Loader=yaml.SafeLoader)
        data: Any = yaml.safe_load(source) or {}
    except yaml.YAMLError as error:
        raise CatalogueError(f"{name}: not YAML: {error}") from error
    if not isinstance(data, dict):
        raise CatalogueError(f"{name}: expected a mapping of keys to texts")
    # YAML lets the last of two equal keys win in silence.
    if isinstance(root, yaml.MappingNode) and len(root.value) != len(data):
        raise CatalogueError(f"{name}: a key appears twice")
    for key, text in data.items():
        if not isinstance(key, str) or not isinstance(text, str) or not text:
            raise CatalogueError(f"{name}: {key}: expected a text (put it in quotes)")
        try:
            placeholders(text)
        except ValueError as error:
            raise CatalogueError(f"{name}: {key}: {error}") from error
    return data
