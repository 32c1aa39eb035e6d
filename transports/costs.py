"""How many objects an operation may answer, from its page sizes, before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

PAGE_ARGUMENTS = ("first", "last")
UNPAGED_LIST = 10


@dataclass(frozen=True, slots=True)
class Size:
    """A page size: known, or a variable's value with a default."""

    default: int
    variable: str | None = None

    def value(self, variables: Mapping[str, object], largest: int) -> int:
        """The size asked for, within what the API ever gives; anything odd counts as the default and is refused elsewhere."""
        given = self.default if self.variable is None else variables.get(self.variable, self.default)
        size = given if isinstance(given, int) else self.default
        return max(1, min(size, largest))


ONE = Size(1)


@dataclass(frozen=True, slots=True)
class Weight:
    """A selection: `own` objects, plus `parts`, each as many times as its size."""

    own: int = 0
    parts: tuple[tuple[Size, Weight], ...] = ()

    def total(self, variables: Mapping[str, object], largest: int) -> int:
        """How many objects at most."""
        return self.own + sum(size.value(variables, largest) * part.total(variables, largest) for size, part in self.parts)


class Scale:
    """Weighs the operations of a valid document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, largest: int) -> None:
        self._schema, self._largest = schema, largest
        self._fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
        self._weighed: dict[tuple[str, Size], Weight] = {}
        self._defaults: dict[str, int] = {}

    def weigh(self, operation: OperationDefinitionNode) -> Weight:
        """The weight of an operation; introspection weighs nothing."""
        self._weighed.clear()
        self._defaults = {
            definition.variable.name.value: int(definition.default_value.value)
            for definition in operation.variable_definitions or ()
            if isinstance(definition.default_value, IntValueNode)
        }
        return self._selections(operation.selection_set, self._schema.get_root_type(operation.operation), ONE)

    def _selections(self, node: SelectionSetNode, parent: GraphQLNamedType | None, page: Size) -> Weight:
        own, parts = 0, list[tuple[Size, Weight]]()
        for selection in node.selections:
            weight = self._selection(selection, parent, page)
            own += weight.own
            parts.extend(weight.parts)
        return Weight(own, tuple(parts))

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None, page: Size) -> Weight:
        if isinstance(node, FieldNode):
            return self._field(node, parent, page)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, page)
        assert isinstance(node, InlineFragmentNode)
        condition = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
        return self._selections(node.selection_set, condition, page)

    def _fragment(self, name: str, page: Size) -> Weight:
        if (name, page) not in self._weighed:
            node = self._fragments[name]
            self._weighed[name, page] = self._selections(node.selection_set, self._schema.get_type(node.type_condition.name.value), page)
        return self._weighed[name, page]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, page: Size) -> Weight:
        definition = parent.fields.get(node.name.value) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None
        if definition is None or is_leaf_type(get_named_type(definition.type)) or node.selection_set is None:
            return Weight()
        size = self._page(node, definition)
        plural = is_list_type(definition.type.of_type if is_non_null_type(definition.type) else definition.type)
        inner = self._selections(node.selection_set, get_named_type(definition.type), ONE if plural or size is None else size)
        one = Weight(inner.own + 1, inner.parts)
        if not plural:
            return one
        return Weight(0, ((size or (page if page is not ONE else Size(UNPAGED_LIST)), one),))

    def _page(self, node: FieldNode, definition: GraphQLField) -> Size | None:
        """The page size that a field is asked for; None when it has no pages."""
        names = [name for name in PAGE_ARGUMENTS if name in definition.args]
        given = [argument.value for argument in node.arguments or () if argument.name.value in names]
        if given:
            return self._size(given[0])
        if not names:
            return None
        default = definition.args[names[0]].default_value
        return Size(default if isinstance(default, int) else self._largest)

    def _size(self, value: ValueNode) -> Size:
        if isinstance(value, VariableNode):
            name = value.name.value
            return Size(self._defaults.get(name, self._largest), name)
        return Size(int(value.value)) if isinstance(value, IntValueNode) else Size(self._largest)
