"""Is PII access control released to this workspace yet?"""
