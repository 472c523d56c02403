"""What people agree to: categories, the banner that asks, what is on record, and which events may go where."""
