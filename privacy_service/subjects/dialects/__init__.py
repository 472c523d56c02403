"""Contracts of others for requests of people: Segment's regulations, and OpenDSR."""
