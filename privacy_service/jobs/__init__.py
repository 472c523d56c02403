"""Files and tables of any size, masked in chunks that can be taken up again after any interruption."""
