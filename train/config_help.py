"""What every field of a configuration means: the docstrings beside the fields themselves."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def field_help(config: type) -> Mapping[str, str]:
    """The docstring of each field of a dataclass that has one, on one line; none where the source is not at hand."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(config)))
    except (OSError, TypeError):
        return MappingProxyType({})
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef))
    texts: dict[str, str] = {}
    for field, text in pairwise(body):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr)):
            continue
        if isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
            texts[field.target.id] = " ".join(text.value.value.split())
    return MappingProxyType(texts)
