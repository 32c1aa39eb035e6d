"""How deep, how broad and how dear a document is, without running it: hostile ones are refused for the price of a walk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

PAGE_ARGUMENTS = ("first", "last")
DEFAULT_PAGE = 20
CONNECTION_FIELDS = ("edges",)
ENOUGH = 1_000_000


@dataclass(slots=True)
class Measure:
    """What was found in one operation; `cost` counts the objects that an answer could hold."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    cost: int = 0


class Measurer:
    """Measures the operations of one document; introspection (`__schema`, `__type`) is not counted."""

    def __init__(self, document: DocumentNode, most_fields: int) -> None:
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._most_fields = most_fields

    def measure(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> Measure:
        """The operation's measure for these variables; stops counting soon after the limit of fields."""
        found = Measure()
        self._walk(operation.selection_set, found, 1, 1, variables, ())
        return found

    def _walk(
        self, selections: SelectionSetNode, found: Measure, depth: int, times: int, variables: Mapping[str, Any], inside: tuple[str, ...]
    ) -> None:
        for node in selections.selections:
            if found.fields > self._most_fields:
                return
            if isinstance(node, FieldNode):
                self._field(node, found, depth, times, variables, inside)
            elif isinstance(node, InlineFragmentNode):
                self._walk(node.selection_set, found, depth, times, variables, inside)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in inside and node.name.value in self._fragments:
                name = node.name.value
                self._walk(self._fragments[name].selection_set, found, depth, times, variables, (*inside, name))

    def _field(self, node: FieldNode, found: Measure, depth: int, times: int, variables: Mapping[str, Any], inside: tuple[str, ...]) -> None:
        found.fields += 1
        found.aliases += node.alias is not None
        if node.name.value in ("__schema", "__type"):
            return
        found.depth = max(found.depth, depth)
        if node.selection_set is not None:
            times = min(ENOUGH, times * _page_size(node, variables))
            found.cost = min(ENOUGH, found.cost + times)
            self._walk(node.selection_set, found, depth + 1, times, variables, inside)


def _page_size(node: FieldNode, variables: Mapping[str, Any]) -> int:
    """How many objects a field may hold: its `first` or `last`, the default page for a connection without, else one."""
    for argument in node.arguments or ():
        if argument.name.value in PAGE_ARGUMENTS:
            value = argument.value
            if isinstance(value, IntValueNode):
                return _bounded(int(value.value))
            if isinstance(value, VariableNode) and isinstance(variables.get(value.name.value), int):
                return _bounded(variables[value.name.value])
    selected = node.selection_set.selections if node.selection_set else ()
    return DEFAULT_PAGE if any(isinstance(child, FieldNode) and child.name.value in CONNECTION_FIELDS for child in selected) else 1


def _bounded(size: int) -> int:
    return max(1, min(size, ENOUGH))
