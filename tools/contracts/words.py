"""What the contracts say of themselves: the docstrings of classes, fields and topics.

A field's words stand under it in the source, where whoever changes it sees them. They are read
from there, so that they cost nothing where the services run.
"""

import ast
import inspect
from collections.abc import Iterable
from functools import cache
from types import ModuleType

from pydantic import BaseModel

from shared.contracts import topics
from shared.contracts.topics import Topic


class Unsaid(Exception):
    """A class, field or topic of the contracts has no words."""


def of_model(model: type[BaseModel]) -> str:
    """Return what a class says of itself. Raises Unsaid."""
    if not (said := vars(model).get("__doc__")):
        raise Unsaid(model.__name__)
    return _flat(said)


def of_fields(model: type[BaseModel]) -> dict[str, str]:
    """Return what each field of a class means, inherited ones first. Raises Unsaid."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel) and base is not BaseModel:
            found |= _within(_class_of(base))
    if lost := [name for name in model.model_fields if name not in found]:
        raise Unsaid(f"{model.__name__}: {', '.join(lost)}")
    return {name: found[name] for name in model.model_fields}


def of_topic(topic: Topic) -> str:
    """Return what a topic carries. Raises Unsaid."""
    name = next(name for name, value in vars(topics).items() if value is topic)
    said = _within(_tree(topics))
    if name not in said:
        raise Unsaid(topic.name)
    return said[name]


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _class_of(model: type[BaseModel]) -> ast.ClassDef:
    module = inspect.getmodule(model)
    if module is None:
        raise Unsaid(f"{model.__name__} has no source")
    for node in _tree(module).body:
        if isinstance(node, ast.ClassDef) and node.name == model.__name__:
            return node
    raise Unsaid(f"{model.__name__} does not stand at the top of its module")


def _within(block: ast.Module | ast.ClassDef) -> dict[str, str]:
    found: dict[str, str] = {}
    for line, below in zip(block.body, block.body[1:], strict=False):
        match below:
            case ast.Expr(value=ast.Constant(value=str(said))):
                found |= {name: _flat(said) for name in _named(line)}
    return found


def _named(line: ast.stmt) -> Iterable[str]:
    targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
    return [one.id for one in targets if isinstance(one, ast.Name)]


def _flat(said: str) -> str:
    """Return a docstring with each of its paragraphs on one line."""
    paragraphs = inspect.cleandoc(said).split("\n\n")
    return "\n\n".join(" ".join(one.split()) for one in paragraphs)
