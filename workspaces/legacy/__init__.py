"""Old rights to see personal data, folded into the role that gives it here, and then stripped."""
