"""A reverse proxy that enforces decisions on what passes through, and the register of the systems that call."""
