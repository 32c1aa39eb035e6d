"""From a request's text to an operation that may run: parsed, limited and validated once, then remembered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationType, Source, validate
from graphql.language.parser import Parser

from services.errors import ErrorCode
from settings import Settings
from transports.costs import Scale, Weight
from transports.errors import Answer, DocumentRefused, refused, request_errors
from transports.limits import Shape, check_document, check_variables
from transports.metrics import DOCUMENTS
from transports.parameters import Parameters
from transports.persisted import PersistedQueries

MOST_TOKENS_KEPT = 150_000
MOST_REFUSALS_KEPT = 500
MOST_ERRORS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of a valid document; `answer` is kept when it can only ever be the same."""

    node: OperationDefinitionNode
    shape: Shape
    weight: Weight
    constant: bool
    answer: list[Answer] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A valid document: its operations by name (None: the only, unnamed one) and its size in tokens."""

    tree: DocumentNode
    operations: Mapping[str | None, Operation]
    tokens: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """An operation with its variables, ready to run. `terse` callers get no suggestions."""

    document: Document
    operation: Operation
    name: str | None
    variables: dict[str, Any]
    terse: bool

    @property
    def kind(self) -> OperationType:
        """Query, mutation or subscription."""
        return self.operation.node.operation


class Operations:
    """The registry of a process: valid documents and, apart and fewer, refused ones."""

    def __init__(self, schema: GraphQLSchema, settings: Settings) -> None:
        self._schema, self._settings = schema, settings
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._refusals: OrderedDict[tuple[str, bool], DocumentRefused] = OrderedDict()
        self._tokens = 0
        self._persisted = PersistedQueries()

    def prepare(self, parameters: Parameters, *, anonymous: bool) -> Prepared:
        """The operation that a request asks for; raises DocumentRefused with everything that is wrong with it."""
        text = self._persisted.resolve(parameters)
        document = self._document(text, terse=anonymous)
        self._persisted.keep(parameters)
        operation = _choose(document, parameters.operation_name)
        self._check_introspection(operation, anonymous=anonymous)
        if parameters.variables:
            check_variables(parameters.variables, self._settings.limit_list)
        self._check_cost(operation, parameters.variables)
        name = operation.node.name.value if operation.node.name else None
        return Prepared(document, operation, name, parameters.variables, anonymous)

    def _document(self, text: str, *, terse: bool) -> Document:
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
            DOCUMENTS.labels("yes").inc()
            return document
        refusal = self._refusals.get((text, terse))
        if refusal is not None:
            raise DocumentRefused(refusal.errors)
        DOCUMENTS.labels("no").inc()
        return self._read(text, terse=terse)

    def _read(self, text: str, *, terse: bool) -> Document:
        try:
            document = read_document(self._schema, text, self._settings, terse=terse)
        except DocumentRefused as refusal:
            if len(text) <= self._settings.limit_tokens:
                self._refusals[text, terse] = DocumentRefused(refusal.errors)
            if len(self._refusals) > MOST_REFUSALS_KEPT:
                self._refusals.popitem(last=False)
            raise
        self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        """Within a budget of tokens: a token costs about a kilobyte once parsed. Text counts too, for long comments."""
        self._documents[text] = document
        self._tokens += _burden(text, document)
        while self._tokens > MOST_TOKENS_KEPT:
            self._tokens -= _burden(*self._documents.popitem(last=False))

    def _check_introspection(self, operation: Operation, *, anonymous: bool) -> None:
        if anonymous and operation.shape.introspections and not self._settings.introspection_anonymous:
            raise refused(ErrorCode.FORBIDDEN, "Sign in to read the schema.")

    def _check_cost(self, operation: Operation, variables: Mapping[str, object]) -> None:
        cost, limit = operation.weight.total(variables, self._settings.limit_page), self._settings.limit_cost
        if cost > limit:
            raise refused(ErrorCode.TOO_COSTLY, f"This may answer {cost} objects; the limit is {limit}. Ask for smaller pages.")


def read_document(schema: GraphQLSchema, text: str, settings: Settings, *, terse: bool) -> Document:
    """Parse, limit, validate and weigh; raises DocumentRefused."""
    parser = Parser(Source(text), max_tokens=settings.limit_tokens, allow_empty_selection_sets=False)
    tree = _parse(parser, settings.limit_tokens)
    shapes = check_document(tree, settings)
    errors = validate(schema, tree, max_errors=MOST_ERRORS, hide_suggestions=terse)
    if errors:
        raise DocumentRefused(request_errors(errors, ErrorCode.GRAPHQL_VALIDATION_FAILED))
    scale = Scale(schema, tree, settings.limit_page)
    operations = {_name(node): Operation(node, shape, scale.weigh(node), _is_constant(node, shape)) for node, shape in shapes.items()}
    return Document(tree, operations, parser.token_count)


def _parse(parser: Parser, limit: int) -> DocumentNode:
    try:
        return parser.parse_document()
    except GraphQLError as error:
        if parser.token_count > limit:
            raise refused(ErrorCode.DOCUMENT_TOO_LARGE, f"The document has more than {limit} tokens.") from None
        raise DocumentRefused(request_errors([error], ErrorCode.GRAPHQL_PARSE_FAILED)) from None
    except RecursionError:
        raise refused(ErrorCode.TOO_DEEP, "The document is nested too deeply.") from None


def _choose(document: Document, name: str | None) -> Operation:
    """The operation to run, as the specification's GetOperation says."""
    if name is None and len(document.operations) == 1:
        return next(iter(document.operations.values()))
    if name is None:
        problem = "operations: say which in `operationName`" if document.operations else "no operation"
        raise refused(ErrorCode.BAD_REQUEST, f"The document has {len(document.operations) or ''} {problem}.".replace("  ", " "))
    if name not in document.operations:
        raise refused(ErrorCode.BAD_REQUEST, "No operation of the document has this `operationName`.")
    return document.operations[name]


def _name(node: OperationDefinitionNode) -> str | None:
    return node.name.value if node.name else None


def _is_constant(node: OperationDefinitionNode, shape: Shape) -> bool:
    """Whether it only reads the schema, without variables: code generators and the explorer ask the same over and over."""
    only_schema = shape.introspections > 0 and shape.fields == shape.introspections
    return only_schema and node.operation is OperationType.QUERY and not node.variable_definitions


def _burden(text: str, document: Document) -> int:
    return document.tokens + len(text) // 1000
