"""The database's history, applied in order by `python server.py migrate`."""
