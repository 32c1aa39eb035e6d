"""From a token or an integrator's key to a Caller."""
