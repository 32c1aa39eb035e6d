"""Tables and enums; no rule."""
