"""The subjects' API: suppressions, the systems that can forget, and what people asked for."""
