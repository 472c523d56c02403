"""Telling people that they were forgotten, once, and then forgetting their address and the log too."""
