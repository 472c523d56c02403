"""Signing in through the company's own provider (OpenID Connect): the code flow, with state, nonce and PKCE.

`provider` knows where the provider is and which keys it signs with, `flow` leads there and back, `identity` says whom
its claims name. Nothing that a provider says is kept but for the person who signs in.
"""

from privacy_service.openid.flow import Departure, arrive, depart, sign_out_address
from privacy_service.openid.identity import may_arrive, person_of
from privacy_service.openid.refusals import OpenIdRefused, Why

__all__ = ["Departure", "OpenIdRefused", "Why", "arrive", "depart", "may_arrive", "person_of", "sign_out_address"]
