"""The Django app of scans, for its command and its tasks; what scans find is the inventory's."""

from django.apps import AppConfig


class ScanningConfig(AppConfig):
    """Scans."""

    name = "privacy_service.scanning"
    label = "scanning"
