"""Names in running text: the tiers that read it."""
