"""Decides what each reader may see, and sees to it.

Nothing is loaded here: whoever imports `privacy_service.client` has a Django, and perhaps a Celery app, of their own.
"""
