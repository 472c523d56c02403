"""Files and lakes that forget people: every file rewritten without the records that are about them."""
