"""Who is asking, and what their roles allow."""
