"""Loads a release of the playbook from ``playbooks/<version>/*.yaml`` into a checked, frozen ``Playbook``.

What is wrong is said in one line: file, line, what, and what to do. The files are plain YAML: no anchors, no aliases,
no merge keys, no tags of other types, no key twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError

from agents.playbook import Playbook
from agents.playbook_checks import find_mistakes
from agents.playbook_parts import Automation, Prompts, Routing, Taxonomy
from agents.playbook_shipping import Shipping
from agents.playbook_templates import Brand, Templates
from streams.errors import ConfigurationError

SHIPPED = "2026.11.1"
"""The release that comes with this version of the project."""

FOLDER = Path(__file__).parent / "playbooks"
_VERSION = re.compile(r"\d{4}\.\d{1,2}\.\d{1,4}")
_PARTS: dict[str, type[BaseModel]] = {
    "taxonomy": Taxonomy,
    "routing": Routing,
    "automation": Automation,
    "shipping": Shipping,
    "templates": Templates,
    "brand": Brand,
}
_EXAMPLES = TypeAdapter(dict[str, list[str]])
_MAX_BYTES = 4 * 1024 * 1024  # a release is edited by hand; anything larger is a wrong file
_MAX_DEPTH = 10  # of lists and tables within each other; the files need four


def releases(folder: Path = FOLDER) -> tuple[str, ...]:
    """The versions found in ``folder``, oldest first."""
    found = [entry.name for entry in folder.iterdir() if entry.is_dir() and _VERSION.fullmatch(entry.name)]
    return tuple(sorted(found, key=lambda version: tuple(map(int, version.split(".")))))


def load_playbook(version: str | None = None, *, folder: Path = FOLDER) -> Playbook:
    """Release ``version`` (None: the shipped one). Raises ConfigurationError with file and line of a mistake."""
    home = _home(version or SHIPPED, folder)
    nodes: dict[str, yaml.Node] = {}
    parts: dict[str, Any] = {}
    for name, model in _PARTS.items():
        nodes[name], content = _read(home / f"{name}.yaml")
        try:
            parts[name] = model.model_validate(content)
        except ValidationError as exc:
            raise ConfigurationError(_invalid(home / f"{name}.yaml", nodes[name], exc)) from None
    if mistakes := find_mistakes(**parts):
        first = mistakes[0]
        place = f"{home / first.part}.yaml:{_line(nodes[first.part], first.where)}"
        raise ConfigurationError(f"{place}: {first.what}{_more(len(mistakes))}")
    return Playbook(version=home.name, prompts=_prompts(home / "prompts"), **parts)


def _prompts(home: Path) -> Prompts:
    texts = {name: _text(home / f"{name}.md") for name in Prompts.model_fields}
    try:
        return Prompts.model_validate(texts)
    except ValidationError as exc:
        error = exc.errors()[0]
        where = home / f"{error['loc'][0]}.md" if error["loc"] else home
        raise ConfigurationError(f"{where}: {error['msg'].removeprefix('Value error, ')}") from None


def load_examples(version: str | None = None, *, folder: Path = FOLDER) -> dict[str, list[str]]:
    """Examples of release ``version`` by intent, to train the local model on: at least one for each intent.

    Raises ConfigurationError with file and line for an intent that the taxonomy does not have, for one without
    examples, and for an example that is empty or stands twice.
    """
    home = _home(version or SHIPPED, folder)
    path = home / "examples.yaml"
    node, content = _read(path)
    try:
        examples = _EXAMPLES.validate_python(content, strict=True)
    except ValidationError as exc:
        raise ConfigurationError(_invalid(path, node, exc)) from None
    taxonomy = Taxonomy.model_validate(_read(home / "taxonomy.yaml")[1])
    mistakes = list(_example_mistakes(examples, [intent.name for intent in taxonomy.intents]))
    if mistakes:
        where, what = mistakes[0]
        raise ConfigurationError(f"{path}:{_line(node, where)}: {what}{_more(len(mistakes))}")
    return examples


def _example_mistakes(examples: dict[str, list[str]], names: list[str]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    seen: dict[str, str] = {}
    for intent, texts in examples.items():
        if intent not in names:
            yield (intent,), f"{intent!r} is no intent of taxonomy.yaml: correct or remove it"
        for place, text in enumerate(texts):
            key = " ".join(text.casefold().split())
            if not key:
                yield (intent, place), "an example is empty: remove it"
            elif key in seen:
                yield (intent, place), f"this example stands under {seen[key]!r} already: remove one"
            seen[key] = intent
    for name in names:
        if not examples.get(name):
            yield (), f"intent {name!r} has no examples: add some"


def _home(version: str, folder: Path) -> Path:
    if _VERSION.fullmatch(version) is None or not (folder / version).is_dir():
        known = ", ".join(releases(folder)) or "none"
        raise ConfigurationError(f"there is no playbook {version!r} in {folder}; releases found: {known}")
    return folder / version


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as exc:
        raise ConfigurationError(f"{path}: cannot be read ({exc.strerror}): put the file there") from None
    if len(raw) > _MAX_BYTES:
        raise ConfigurationError(f"{path}: {len(raw)} bytes, at most {_MAX_BYTES} are allowed: is it the right file?")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path}: is not UTF-8: save it as UTF-8") from None


def _read(path: Path) -> tuple[yaml.Node, Any]:
    """The YAML document in ``path``: its nodes, which know their lines, and its content."""
    text = _text(path)
    try:
        _refuse_tricks(path, text)
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise ConfigurationError(f"{path}: the file is empty: restore its content")
        _refuse_keys(path, node)
        return node, loader.construct_document(node)
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}: is no valid YAML ({exc.problem}): correct it") from None
    except (yaml.YAMLError, ValueError) as exc:  # a date such as 2026-99-99 is a ValueError
        raise ConfigurationError(f"{path}: is no valid YAML ({type(exc).__name__}): correct it") from None


def _refuse_tricks(path: Path, text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        place = f"{path}:{event.start_mark.line + 1 if event.start_mark else 1}"
        if getattr(event, "anchor", None) is not None:
            raise ConfigurationError(f"{place}: anchors (&) and aliases (*) are not allowed: write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise ConfigurationError(f"{place}: is nested deeper than {_MAX_DEPTH} levels: is it the right file?")


def _refuse_keys(path: Path, node: yaml.Node) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_keys(path, item)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or key.tag != "tag:yaml.org,2002:str":
            raise ConfigurationError(f"{path}:{line}: a key must be a plain word: correct or quote it")
        if key.value in seen:
            raise ConfigurationError(f"{path}:{line}: key {key.value!r} stands twice: remove one")
        seen.add(key.value)
        _refuse_keys(path, value)


def _invalid(path: Path, node: yaml.Node, exc: ValidationError) -> str:
    errors = exc.errors(include_url=False, include_input=False)
    where = tuple(errors[0]["loc"])
    what = "is no known field: correct or remove it" if errors[0]["type"] == "extra_forbidden" else errors[0]["msg"]
    return f"{path}:{_line(node, where)}: {'.'.join(map(str, where)) or 'the file'}: {what}{_more(len(errors))}"


def _more(count: int) -> str:
    return f" (and {count - 1} more)" if count > 1 else ""


def _line(node: yaml.Node, where: tuple[str | int, ...]) -> int:
    """The line, from 1, of the deepest node on the path ``where`` that exists."""
    line = node.start_mark.line
    for step in where:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == step), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return int(line) + 1
