"""Tests: real PostgreSQL, real Redis, real sockets."""
