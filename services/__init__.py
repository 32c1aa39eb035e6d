"""The rules: what may be done, by whom, with which consequences; every write."""
