"""Which fields of which sources are personal, who answers for them, and who may know."""
