"""Many members at once: read from a file, checked line by line, enrolled in batches."""
