"""How new rows change the months of a contract: by key, whatever month an older version of the row stands in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from data_contracts.contract import Contract
from kpi_app.store.rows import facts
from kpi_app.store.rows.facts import Shard


@dataclass(frozen=True, kw_only=True)
class Merged:
    """What a merge did: rows that were there already with equal values, that replaced an older version, that left.

    ``overlapped`` has the ``_import_id`` and ``_file`` of the rows that the new ones met, ``moved`` the rows that came
    or left, and those that changed, before and after.
    """

    unchanged: int
    updated: int
    left: int
    overlapped: list[tuple[int, str]]
    moved: pl.DataFrame


@dataclass
class Months:
    """The months of one contract, as an import is about to leave them. Nothing is written before :meth:`keep`."""

    home: Path
    contract: Contract
    before: Sequence[Shard]
    changed: dict[str, pl.DataFrame] = field(default_factory=dict)

    def rows(self) -> pl.LazyFrame:
        """All rows, with the changes so far."""
        untouched = [shard for shard in self.before if shard.month not in self.changed]
        return pl.concat(
            [facts.scan(self.home, self.contract, untouched), *(rows.lazy() for rows in self.changed.values())]
        )

    def merge(self, new: pl.DataFrame, *, replace: bool = False) -> Merged:
        """Take in rows: a row whose key is known replaces the older version, in whichever month that stands.

        ``new`` has the columns of :func:`facts.schema_of`. Rows with equal values stay what they were, provenance
        included. With ``replace`` the new rows are all there is of their stores and months (of their months, where
        rows name no store): other rows of these leave.
        """
        key = self.contract.key
        values = [name for name in facts.schema_of(self.contract) if name not in facts.PROVENANCE and name != "day"]
        met = self.rows().join(new.lazy().select(key), on=key, how="semi").collect()
        unchanged = new.join(met, on=values, how="semi", nulls_equal=True).select(key)
        changed = new.join(unchanged, on=key, how="anti")
        leaving = self.leaving(new) if replace else met.clear()
        gone = pl.concat([changed.select(key), leaving.select(key)])
        month = facts.month_of(self.contract)
        replaced = met.join(changed, on=key, how="semi")
        touched = pl.concat([frame.select(month) for frame in (changed, replaced, leaving)])["month"].unique()
        for label in touched.sort():
            self.changed[label] = pl.concat(
                [self._month(label).join(gone, on=key, how="anti"), changed.filter(month == label)]
            )
        sources = met.select("_import_id", "_file").unique().sort("_import_id", "_file").rows()
        return Merged(
            unchanged=unchanged.height,
            updated=replaced.height,
            left=leaving.height,
            overlapped=sources,
            moved=pl.concat([changed, replaced, leaving]),
        )

    def leaving(self, new: pl.DataFrame) -> pl.DataFrame:
        """The rows that leave where ``new`` is all there is of its stores and months."""
        month = facts.month_of(self.contract)
        within = ["store_id", "month"] if "store_id" in new.columns else ["month"]
        extract = new.with_columns(month).select(within).unique()
        return (
            self.rows()
            .with_columns(month)
            .join(extract.lazy(), on=within, how="semi")
            .drop("month")
            .join(new.lazy().select(self.contract.key), on=self.contract.key, how="anti")
            .collect()
        )

    def keep(self) -> dict[str, Shard | None]:
        """Write the changed months; month → its new file, or None where no row is left."""
        digests = {shard.month: shard.digest for shard in self.before}
        kept: dict[str, Shard | None] = {}
        for month, rows in sorted(self.changed.items()):
            shard = facts.keep(self.home, self.contract, month, rows) if rows.height else None
            if (shard.digest if shard else None) != digests.get(month):
                kept[month] = shard
        return kept

    def _month(self, label: str) -> pl.DataFrame:
        if label in self.changed:
            return self.changed[label]
        shards = [shard for shard in self.before if shard.month == label]
        return facts.scan(self.home, self.contract, shards).collect()
