"""May this actor see personal data here?"""
