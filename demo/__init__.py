"""Invented people and a month of their conversations, for development and tests; nothing here is anybody's data."""
