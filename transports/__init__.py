"""GraphQL over HTTP, SSE, multipart and WebSocket: one door, one set of limits, no knowledge of what is asked."""
