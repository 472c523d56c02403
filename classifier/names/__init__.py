"""Names of people, places and organisations in running text, which no pattern can find."""
