"""The server witness: receipts, whose types are those of the servers' own."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from harness.ledger.examine import examined
from harness.ledger.kinds import SERVER
from harness.ledger.kinds.server import BatchReceipt, ServerStarted, ServerStopped
from reports.evidence.receipts import read_receipts
from servers.ingest.instant import Instant
from servers.ingest.receipts import Receipt, Receipts
from tests.harness.ledger.roundtrip import every_kind_says_what_it_is

test_a_kind_and_its_fields_are_documented = every_kind_says_what_it_is(SERVER)


def test_what_the_server_writes_is_what_the_harness_reads(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path / "server.ndjson", "life")
    receipts.started()
    one = receipts.begin(Instant(5, 6))
    one.user, one.batch, one.artworks, one.received = "ann", "b", ["a", "b"], 2
    one.committed(inserted=2, duplicate=0, at=Instant(7, 8))
    receipts.write([one])
    receipts.stopped()
    receipts.close()
    gaps: list[str] = []
    table, problems = examined(SERVER, read_receipts(tmp_path, gaps))
    assert (gaps, problems) == ([], [])
    started, batch, stopped = table.to_pylist()
    assert isinstance(SERVER.kinds[started["kind"]].row(started), ServerStarted)
    read = SERVER.kind_of(BatchReceipt).row(batch)
    assert (read.artworks, read.committed_mono_ns, read.lifetime) == (("a", "b"), 7, "life")
    assert isinstance(SERVER.kinds[stopped["kind"]].row(stopped), ServerStopped)


def test_a_receipt_has_the_same_fields_on_both_sides() -> None:
    written = {field.encode_name for field in msgspec.structs.fields(Receipt)}
    assert written - {"format"} == {field.name for field in SERVER.kind_of(BatchReceipt).fields} | {
        "kind"
    }


def test_the_contract_names_every_field_of_a_receipt() -> None:
    contract = Path("docs/target-contract.md").read_text(encoding="utf-8")
    for field in SERVER.kind_of(BatchReceipt).fields:
        assert json.dumps(field.name) in contract, field.name
