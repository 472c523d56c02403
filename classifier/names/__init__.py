"""Names of persons, places and organisations in running text, which no pattern can prove."""
