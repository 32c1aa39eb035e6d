"""How a field reads its value: declarations, batch loaders, keyset connections, node lookup."""
