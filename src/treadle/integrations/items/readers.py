"""ItemReader -> source of items: which of the readers obeys which ReaderConfig (guide: "ItemReader (Map)")."""

from __future__ import annotations

from collections.abc import Mapping

from treadle.integrations.items.document import Document
from treadle.integrations.items.lines import DELIMITERS, CsvRows, JsonLines
from treadle.integrations.items.many import Chain, ListedFiles, Listing, Manifest, ManifestFiles, inventory, unloaded
from treadle.integrations.items.objects import Storage, blocks
from treadle.integrations.items.parquet import ParquetRows
from treadle.integrations.items.source import Source, failed
from treadle.values import Json


def open_reader(storage: Storage, resource: str, arguments: dict[str, Json], config: Mapping[str, Json]) -> Source:
    """The items of an evaluated ItemReader. Raises StatesError States.ItemReaderFailed."""
    kind = config.get("InputType")
    if resource == "s3:listObjectsV2":
        if config.get("Transformation") == "LOAD_AND_FLATTEN":
            return Chain(ListedFiles(storage, arguments, lambda place: open_object(storage, place, kind, config)))
        return Listing(storage, arguments)
    if resource != "s3:getObject":
        raise failed(f"treadle cannot read items from {resource}.")
    manifest = config.get("ManifestType")
    if manifest == "ATHENA_DATA":
        return Manifest(storage, arguments, lambda text: _athena(storage, text, kind, config))
    if manifest == "S3_INVENTORY" or kind == "MANIFEST":
        return Manifest(storage, arguments, lambda text: _inventory(storage, text))
    return open_object(storage, arguments, kind, config)


def open_object(storage: Storage, place: dict[str, Json], kind: Json, config: Mapping[str, Json]) -> Source:
    """The items of one object. Without an InputType it is JSON."""
    source = f"S3://{place.get('Bucket', '')}/{place.get('Key', '')}"
    match kind:
        case "CSV":
            given = config.get("CSVHeaders") if config.get("CSVHeaderLocation") == "GIVEN" else None
            delimiter = DELIMITERS[config.get("CSVDelimiter", "COMMA")]
            return CsvRows(blocks(storage, place), source, delimiter, given)
        case "JSONL":
            return JsonLines(blocks(storage, place), source)
        case "PARQUET":
            return ParquetRows(storage, place, source)
        case "JSON" | None:
            return Document(blocks(storage, place), source, config.get("ItemsPointer"))
        case other:
            raise failed(f"treadle cannot read items of the InputType {other}.")


def _inventory(storage: Storage, text: bytes) -> Chain:
    columns, places = inventory(text)
    config = {"CSVHeaderLocation": "GIVEN", "CSVHeaders": columns}
    return Chain(ManifestFiles(places, lambda place: open_object(storage, place, "CSV", config)))


def _athena(storage: Storage, text: bytes, kind: Json, config: Mapping[str, Json]) -> Chain:
    if kind == "CSV" and config.get("CSVHeaderLocation") != "GIVEN":
        raise failed("The data files of Athena have no header row: CSVHeaders must be given.")
    return Chain(ManifestFiles(unloaded(text), lambda place: open_object(storage, place, kind, config)))
