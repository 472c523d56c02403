"""Where is this person? Kept from scans of systems, from events and by hand; asked before somebody is forgotten."""
