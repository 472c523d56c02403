"""The classifier as a Django app, so that its commands and checks can be found."""

from django.apps import AppConfig


class ClassifierConfig(AppConfig):
    """Register the classifier with Django; it owns no tables."""

    name = "classifier"
    verbose_name = "Classifier"
