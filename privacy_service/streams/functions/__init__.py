"""The functions that every installation has, one file each; those of packages are in `streams.packages`."""

from collections.abc import Mapping

from privacy_service.streams.functions.base import BuiltIn
from privacy_service.streams.functions.drop_suppressed import DROP_SUPPRESSED
from privacy_service.streams.functions.filter_consent import FILTER_CONSENT
from privacy_service.streams.functions.index_people import INDEX_PEOPLE
from privacy_service.streams.functions.mask import MASK
from privacy_service.streams.functions.rename import RENAME
from privacy_service.streams.functions.route import ROUTE

BUILT_IN: Mapping[str, BuiltIn] = {
    one.name: one for one in (MASK, DROP_SUPPRESSED, FILTER_CONSENT, INDEX_PEOPLE, ROUTE, RENAME)
}
