"""Regulations: one wish about up to thousands of people, how it stands, and how many people a month may be named."""
