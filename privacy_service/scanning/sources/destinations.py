"""Destinations that can show some of their records: what people are forgotten in is known there already."""

from typing import Any

from privacy_service.jobs.lakes.driver import FILES
from privacy_service.scanning.sources.base import Sample, ScanRefused, Source, sample_of
from privacy_service.scanning.sources.files import Files
from privacy_service.subjects.destinations import driver_of
from privacy_service.subjects.destinations.base import NotDone, OptionsRefused, Samples
from privacy_service.subjects.models import Destination
from workspaces.sealing import SealBroken

PREFIX = "destination:"


class SampledDestination:
    """A destination; all of its places are sampled in one go."""

    def __init__(self, destination: Destination, rows: int) -> None:
        self._destination, self._rows = destination, rows
        self._records: dict[str, list[dict[str, Any]]] = {}

    @property
    def address(self) -> str:
        """Return the destination's slug."""
        return f"{PREFIX}{self._destination.slug}"

    @property
    def name(self) -> str:
        """Return the destination's slug."""
        return self._destination.slug

    def places(self) -> list[str]:
        """Return the places that have records, all of which are read now."""
        self._records = {}
        try:
            driver = driver_of(self._destination)
            if not isinstance(driver, Samples):
                message = f"Destinations of the kind {self._destination.kind} cannot show records."
                raise ScanRefused(message)
            for place, record in driver.sample(self._rows):
                self._records.setdefault(place, []).append(dict(record))
        except (OptionsRefused, SealBroken, NotDone) as error:
            raise ScanRefused(str(error)) from None
        return list(self._records)

    def sample(self, place: str, rows: int) -> Sample:
        """Return some records of a place."""
        records = self._records[place][:rows]
        declares = self._destination.kind == "sql"
        return sample_of(records, dict.fromkeys(name for one in records for name in one) if declares else ())


class SampledLake:
    """A destination of files: each of its addresses is looked through as it would be alone."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination
        self._files: dict[str, Files] = {}

    @property
    def address(self) -> str:
        """Return the destination's slug."""
        return f"{PREFIX}{self._destination.slug}"

    @property
    def name(self) -> str:
        """Return the destination's slug."""
        return self._destination.slug

    def places(self) -> list[str]:
        """Return the places of every address; raise ScanRefused where jobs of the workspace may not go there."""
        try:
            driver_of(self._destination)
        except (OptionsRefused, SealBroken) as error:
            raise ScanRefused(str(error)) from None
        for address in self._destination.options["files"]:
            files = Files(address, self._destination.workspace.slug)
            self._files |= dict.fromkeys(files.places(), files)
        return sorted(self._files)

    def sample(self, place: str, rows: int) -> Sample:
        """Return some records of a place."""
        return self._files[place].sample(place, rows)


def source_of(destination: Destination, rows: int) -> Source:
    """Return a destination as it can be looked through."""
    return SampledLake(destination) if destination.kind == FILES.name else SampledDestination(destination, rows)
