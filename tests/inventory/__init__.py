"""Fields, what is decided about them, and scans."""
