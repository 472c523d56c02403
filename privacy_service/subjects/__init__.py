"""The people the data is about: whose data is no longer taken in, and what they ask for."""
