"""The web pages for owners and operators."""
