"""The registry of documents: each text is parsed, measured and validated once; refusals are remembered too."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.validation import recommended_rules

from services.errors import ErrorCode
from settings import Settings
from transports.measures import Measure, Measurer

MOST_DOCUMENTS = 1_000
LONGEST_REMEMBERED = 20_000
MOST_ERRORS = 5
DEEPEST_VARIABLE = 32
RULES = tuple(dict.fromkeys((*specified_rules, *recommended_rules)))


class Refused(Exception):
    """A request that is not executed: its errors, as clients see them. `malformed`: it is not even a GraphQL request."""

    def __init__(self, *errors: dict[str, Any], malformed: bool = False) -> None:
        super().__init__("refused")
        self.errors, self.malformed = list(errors), malformed


def refusal(code: ErrorCode, message: str, *, malformed: bool = False, **extensions: Any) -> Refused:
    """A refusal with one error."""
    return Refused({"message": message, "extensions": {"code": code.value, **extensions}}, malformed=malformed)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A valid document, the operation that was asked for, and what measures it."""

    document: DocumentNode
    operation: OperationDefinitionNode
    measurer: Measurer

    @property
    def name(self) -> str | None:
        """The operation's name."""
        return self.operation.name.value if self.operation.name else None

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.operation


class Documents:
    """All documents that this process has seen lately, by text; and their hashes, for automatic persisted queries."""

    def __init__(self, schema: GraphQLSchema, settings: Settings) -> None:
        self._schema, self._settings = schema, settings
        self._known: OrderedDict[tuple[str, bool], DocumentNode | Refused] = OrderedDict()
        self._persisted: OrderedDict[str, str] = OrderedDict()

    def prepare(self, text: str, operation_name: str | None, variables: Mapping[str, Any], *, anonymous: bool) -> Prepared:
        """The document, ready to run with these variables; raises Refused."""
        document = self._document(text, anonymous)
        operation = _choose(document, operation_name)
        self._check_variables(variables)
        prepared = Prepared(document, operation, Measurer(document, self._settings.limit_fields))
        self._check_measure(prepared.measurer.measure(operation, variables))
        return prepared

    def persisted(self, text: str | None, digest: str) -> str:
        """The text behind an APQ hash; a text that comes with its hash is kept. Raises Refused."""
        if text is None:
            found = self._persisted.get(digest)
            if found is None:
                raise refusal(ErrorCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")
            self._persisted.move_to_end(digest)
            return found
        if hashlib.sha256(text.encode()).hexdigest() != digest:
            raise refusal(ErrorCode.BAD_REQUEST, "The document does not have this sha256Hash.", malformed=True)
        if len(text) <= LONGEST_REMEMBERED:
            _remember(self._persisted, digest, text)
        return text

    def _document(self, text: str, anonymous: bool) -> DocumentNode:
        found = self._known.get((text, anonymous))
        if found is None:
            found = self._examine(text, anonymous)
            if len(text) <= LONGEST_REMEMBERED:
                _remember(self._known, (text, anonymous), found)
        else:
            self._known.move_to_end((text, anonymous))
        if isinstance(found, Refused):
            raise Refused(*found.errors)
        return found

    def _examine(self, text: str, anonymous: bool) -> DocumentNode | Refused:
        """The parsed document, or why it is refused."""
        try:
            document = parse(text, max_tokens=self._settings.limit_tokens, allow_empty_selection_sets=False)
        except GraphQLSyntaxError as error:
            too_large = "tokens" in error.message and "exceeded" in error.message
            return Refused(_shown(error, ErrorCode.DOCUMENT_TOO_LARGE if too_large else ErrorCode.GRAPHQL_PARSE_FAILED))
        except RecursionError:
            return refusal(ErrorCode.TOO_DEEP, "The document is nested too deeply.")
        try:
            self._check_size(document)
        except Refused as refused:
            return refused
        errors = validate(self._schema, document, RULES, MOST_ERRORS, hide_suggestions=anonymous, allow_empty_selection_sets=False)
        return Refused(*(_shown(error, ErrorCode.GRAPHQL_VALIDATION_FAILED) for error in errors)) if errors else document

    def _check_size(self, document: DocumentNode) -> None:
        """Before validation, whose rules are quadratic in places."""
        operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
        if len(operations) > self._settings.limit_operations_per_document:
            raise refusal(ErrorCode.DOCUMENT_TOO_LARGE, f"A document may define {self._settings.limit_operations_per_document} operations.")
        measurer = Measurer(document, self._settings.limit_fields)
        for operation in operations:
            self._check_measure(measurer.measure(operation, {}))
        visit(document, _NulFinder())

    def _check_measure(self, found: Measure) -> None:
        limits = self._settings
        if found.fields > limits.limit_fields:
            raise refusal(ErrorCode.TOO_BROAD, f"An operation may select {limits.limit_fields} fields.")
        if found.aliases > limits.limit_aliases:
            raise refusal(ErrorCode.TOO_BROAD, f"An operation may use {limits.limit_aliases} aliases.")
        if found.depth > limits.limit_depth:
            raise refusal(ErrorCode.TOO_DEEP, f"A selection may be {limits.limit_depth} levels deep.")
        if found.cost > limits.limit_cost:
            raise refusal(ErrorCode.TOO_COSTLY, f"The answer could hold more than {limits.limit_cost} objects: ask for smaller pages.")

    def _check_variables(self, variables: Any, depth: int = 0) -> None:
        if depth > DEEPEST_VARIABLE:
            raise refusal(ErrorCode.BAD_USER_INPUT, "The variables are nested too deeply.")
        if isinstance(variables, str):
            if "\x00" in variables:
                raise refusal(ErrorCode.BAD_USER_INPUT, "Text may not hold NUL characters.")
        elif isinstance(variables, list):
            if len(variables) > self._settings.limit_list:
                raise refusal(ErrorCode.BAD_USER_INPUT, f"A list may hold {self._settings.limit_list} items.")
            for each in variables:
                self._check_variables(each, depth + 1)
        elif isinstance(variables, Mapping):
            for each in variables.values():
                self._check_variables(each, depth + 1)


class _NulFinder(Visitor):
    """Refuses NUL characters in literals: PostgreSQL cannot keep them."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\x00" in node.value:
            raise refusal(ErrorCode.BAD_USER_INPUT, "Text may not hold NUL characters.")


def _choose(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if name is None and len(operations) == 1:
        return operations[0]
    chosen = next((node for node in operations if node.name and node.name.value == name), None)
    if chosen is None:
        message = "Say which operation: `operationName` is missing." if name is None else "There is no operation of this name in the document."
        raise refusal(ErrorCode.BAD_REQUEST, message)
    return chosen


def _shown(error: GraphQLError, code: ErrorCode) -> dict[str, Any]:
    shown: dict[str, Any] = {"message": error.message}
    if error.locations:
        shown["locations"] = [location.formatted for location in error.locations]
    return {**shown, "extensions": {"code": code.value}}


def _remember(store: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    store[key] = value
    if len(store) > MOST_DOCUMENTS:
        store.popitem(last=False)
