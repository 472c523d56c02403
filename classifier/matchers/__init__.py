"""What the owners of a workspace add to the built-in search: matchers, allow lists and block lists."""

from classifier.matchers.compiled import CompiledMatchers, compiled
from classifier.matchers.types import How, Listed, Matcher, On, OwnRules, rules_from

__all__ = ["CompiledMatchers", "How", "Listed", "Matcher", "On", "OwnRules", "compiled", "rules_from"]
