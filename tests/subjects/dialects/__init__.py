"""The contracts of others, asked as their own clients do."""
