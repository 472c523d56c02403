"""The audit trail: every decision and every act of management, chained by hashes, never changed.

`trail` keeps decisions before the answer goes out, `acts` keeps acts of management in the transaction that carries
them out, `shipping` lays both into the chain of their workspace.
"""

from privacy_service.decisions.audit.shipping import ship
from privacy_service.decisions.audit.trail import Occasion, record, spool

__all__ = ["Occasion", "record", "ship", "spool"]
