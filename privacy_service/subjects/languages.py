"""The languages in which this service speaks to the people the data is about."""

from django.db import models


class Language(models.TextChoices):
    """Those that its own words are there for, each under its own name."""

    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"
    SPANISH = "es", "Español"
    FRENCH = "fr", "Français"
