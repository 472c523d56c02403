"""Looking through tables, files, topics and destinations for fields, for the inventory."""
