"""Every kind of personal data the classifier knows, with what is true of each."""

from classifier.entities.facts import ENTITIES, Colour, EntityInfo, Group
from classifier.entities.kinds import Entity
from classifier.entities.regulations import REGULATIONS, Regulation

__all__ = ["ENTITIES", "REGULATIONS", "Colour", "Entity", "EntityInfo", "Group", "Regulation"]
