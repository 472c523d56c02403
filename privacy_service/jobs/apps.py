"""The Django app of bulk runs over files and tables."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Jobs, their files and their chunks."""

    name = "privacy_service.jobs"
    label = "jobs"
