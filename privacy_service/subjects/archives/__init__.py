"""Copies of what is held about somebody: packed system by system, handed out once as an encrypted file, then gone."""
