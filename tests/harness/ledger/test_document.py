"""The page of the ledger's format is what the types say."""

from __future__ import annotations

from pathlib import Path

from harness.ledger.document import PAGE, document
from harness.ledger.kinds import SERVER, WITNESSES

ROOT = Path(__file__).resolve().parents[3]


def test_the_page_is_the_one_that_the_types_make() -> None:
    written = (ROOT / PAGE).read_text(encoding="utf-8")
    assert written == document(), "run `python -m harness.ledger.document`"


def test_every_witness_kind_and_field_is_on_the_page() -> None:
    page = document()
    for witness in (*WITNESSES.values(), SERVER):
        assert f"\n## {witness.name}\n" in page
        for column in witness.columns:
            assert f"| `{column.name}` |" in page
        for kind in witness.kinds.values():
            assert not kind.name or f"| `{kind.name}` | `{kind.type.__name__}` |" in page
            for field in kind.fields:
                assert f"| `{field.attribute}`" in page


def test_the_contract_leads_to_the_page() -> None:
    contract = (ROOT / "docs" / "target-contract.md").read_text(encoding="utf-8")
    assert "(ledger-format.md" in contract
