"""The functions that every installation has, one file each."""

from collections.abc import Mapping

from privacy_service.streams.flow import Operator

BUILT_IN: Mapping[str, Operator] = {
    "mask": Operator.MAP,
    "rename": Operator.MAP,
    "route": Operator.MAP,
    "filter-consent": Operator.FILTER,
    "drop-suppressed": Operator.FILTER,
}
