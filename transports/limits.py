"""How large a document may be, told from its syntax alone, before the costlier validation runs.

Sources of the limits: the OWASP GraphQL cheat sheet (depth, amount, batching by aliases).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    ValueNode,
)

from services.errors import ErrorCode
from settings import Settings
from transports.errors import refused

INTROSPECTION = frozenset({"__schema", "__type"})
MOST_INTROSPECTIONS = 3
MOST_DEFINITIONS = 100
DEEPEST_VALUE = 20


@dataclass(frozen=True, slots=True)
class Shape:
    """The size of a selection with its fragments unfolded; what introspection selects counts as aliases and `introspections` only."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    introspections: int = 0

    def beside(self, other: Shape) -> Shape:
        """Both, side by side."""
        return Shape(
            max(self.depth, other.depth), self.fields + other.fields, self.aliases + other.aliases, self.introspections + other.introspections
        )


def check_document(document: DocumentNode, settings: Settings) -> dict[OperationDefinitionNode, Shape]:
    """Refuse a document that is too large in any way; raises DocumentRefused. Gives the shape of each operation."""
    if len(document.definitions) > MOST_DEFINITIONS:
        raise refused(ErrorCode.TOO_BROAD, f"A document may have {MOST_DEFINITIONS} definitions; this one has {len(document.definitions)}.")
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if len(operations) > settings.limit_operations_per_document:
        limit = settings.limit_operations_per_document
        raise refused(ErrorCode.TOO_BROAD, f"A document may define {limit} operations; this one defines {len(operations)}.")
    surveyor = Surveyor(document, settings)
    shapes = {operation: surveyor.survey(operation.selection_set) for operation in operations}
    for fragment in surveyor.fragments:  # unused ones too: validation will walk them
        check_shape(surveyor.fragment(fragment), settings)
    for shape in shapes.values():
        check_shape(shape, settings)
    return shapes


def check_shape(shape: Shape, settings: Settings) -> None:
    """Compare with the limits; raises DocumentRefused."""
    if shape.depth > settings.limit_depth:
        raise refused(ErrorCode.TOO_DEEP, f"The selection is {shape.depth} levels deep; the limit is {settings.limit_depth}.")
    if shape.aliases > settings.limit_aliases:
        raise refused(ErrorCode.TOO_BROAD, f"{shape.aliases} fields are aliased or repeated; the limit is {settings.limit_aliases}.")
    if shape.fields > settings.limit_fields:
        raise refused(ErrorCode.TOO_BROAD, f"{shape.fields} fields are selected; the limit is {settings.limit_fields}.")
    if shape.introspections > MOST_INTROSPECTIONS:
        raise refused(ErrorCode.TOO_BROAD, f"The schema is asked for {shape.introspections} times; the limit is {MOST_INTROSPECTIONS}.")


class Surveyor:
    """Measures selections; every fragment once, however often it is spread, and a cycle as nothing (validation names it)."""

    def __init__(self, document: DocumentNode, settings: Settings) -> None:
        self.fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._settings = settings
        self._measured: dict[str, Shape] = {}

    def survey(self, selections: SelectionSetNode) -> Shape:
        """The shape of a selection set."""
        total, seen = Shape(), set[str]()
        for selection in selections.selections:
            if isinstance(selection, FieldNode):
                name = (selection.alias or selection.name).value
                total = total.beside(self._field(selection, repeated=name in seen))
                seen.add(name)
            else:
                total = total.beside(self._spread(selection))
        return total

    def fragment(self, name: str) -> Shape:
        """The shape of a fragment of the document; unknown ones are empty."""
        if name not in self._measured:
            self._measured[name] = Shape()
            definition = self.fragments.get(name)
            if definition is not None:
                self._measured[name] = self.survey(definition.selection_set)
        return self._measured[name]

    def _field(self, node: FieldNode, *, repeated: bool) -> Shape:
        for argument in node.arguments or ():
            check_literal(argument.value, self._settings.limit_list)
        inner = self.survey(node.selection_set) if node.selection_set else Shape()
        aliases = inner.aliases + (1 if node.alias or repeated else 0)
        if node.name.value in INTROSPECTION:
            return Shape(1, 1, aliases, inner.introspections + 1)
        return replace(inner, depth=inner.depth + 1, fields=inner.fields + 1, aliases=aliases)

    def _spread(self, node: object) -> Shape:
        if isinstance(node, FragmentSpreadNode):
            inner = self.fragment(node.name.value)
            return replace(inner, fields=inner.fields + 1)
        return self.survey(node.selection_set) if isinstance(node, InlineFragmentNode) else Shape()


def check_literal(value: ValueNode, limit_list: int, depth: int = 0) -> None:
    """Refuse literals that are too long, too deep, or that PostgreSQL cannot store; raises DocumentRefused."""
    if isinstance(value, StringValueNode):
        _check_text(value.value)
    elif isinstance(value, ListValueNode):
        _check_length(len(value.values), limit_list)
        _check_depth(depth)
        for element in value.values:
            check_literal(element, limit_list, depth + 1)
    elif isinstance(value, ObjectValueNode):
        _check_depth(depth)
        for member in value.fields:
            check_literal(member.value, limit_list, depth + 1)


def check_variables(value: object, limit_list: int, depth: int = 0) -> None:
    """The same for variables: JSON values of any shape."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, list):
        _check_length(len(value), limit_list)
        _check_depth(depth)
        for element in value:
            check_variables(element, limit_list, depth + 1)
    elif isinstance(value, dict):
        _check_depth(depth)
        for member in value.values():
            check_variables(member, limit_list, depth + 1)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise refused(ErrorCode.BAD_USER_INPUT, "A text contains the character U+0000, which cannot be stored.")


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise refused(ErrorCode.BAD_USER_INPUT, f"A list given as input has {length} elements; the limit is {limit}.")


def _check_depth(depth: int) -> None:
    if depth > DEEPEST_VALUE:
        raise refused(ErrorCode.BAD_USER_INPUT, f"An input is nested more than {DEEPEST_VALUE} levels deep.")
