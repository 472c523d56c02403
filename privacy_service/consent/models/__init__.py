"""What a workspace asks people to agree to, what it showed them, and what they chose."""

from privacy_service.consent.models.choices import Choice, ChoiceIdentifier, Way
from privacy_service.consent.models.settings import BannerVersion, ConsentSettings, InMask, Unsaid

__all__ = ["BannerVersion", "Choice", "ChoiceIdentifier", "ConsentSettings", "InMask", "Unsaid", "Way"]
