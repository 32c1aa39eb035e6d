"""What the transports count; labels have few values, whatever clients send."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

MOST_NAMES = 300
_names: set[str] = set()

REQUESTS = Counter("pass_emploi_http_requests_total", "HTTP requests to the endpoint.", ["method", "status"])
OPERATIONS = Counter("pass_emploi_operations_total", "GraphQL operations executed.", ["name", "kind", "outcome"])
DURATIONS = Histogram(
    "pass_emploi_operation_seconds", "Execution of queries and mutations.", ["kind"], buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15)
)
REFUSALS = Counter("pass_emploi_refusals_total", "Errors answered, by code.", ["code"])
SOCKETS = Gauge("pass_emploi_sockets", "Open WebSockets.", multiprocess_mode="livesum")
STREAMS = Gauge("pass_emploi_streams", "Running subscriptions.", ["transport"], multiprocess_mode="livesum")
CLOSES = Counter("pass_emploi_socket_closes_total", "WebSockets closed by the server, by code.", ["code"])
MESSAGES = Counter("pass_emploi_socket_messages_total", "WebSocket messages received.")
DOCUMENTS = Counter("pass_emploi_documents_total", "Documents looked up in the registry.", ["found"])


def operation_label(name: str | None) -> str:
    """An operation's name as a label: the first few hundred names seen, then `other`."""
    if name is None:
        return "anonymous"
    if name not in _names:
        if len(_names) >= MOST_NAMES or len(name) > 100:
            return "other"
        _names.add(name)
    return name
