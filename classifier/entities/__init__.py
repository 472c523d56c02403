"""Every kind of personal data the classifier knows, with what is true of each."""

from classifier.entities.facts import ENTITIES, Colour, EntityInfo, Group
from classifier.entities.kinds import Entity

__all__ = ["ENTITIES", "Colour", "Entity", "EntityInfo", "Group"]
