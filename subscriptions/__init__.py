"""What happened and who is told: the journal, the bus that rings, the hub that watches, the streams."""
