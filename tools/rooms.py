"""The import-linter contract of the rooms: a table of who may import whom, checked edge by edge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grimp import ImportGraph

ROOT = "symderive"


def table(rows: Iterable[str]) -> dict[str, frozenset[str]]:
    """Read rows such as ``"model: errors, expr"`` into a dictionary."""
    pairs = (row.partition(":") for row in rows)
    return {
        name.strip(): frozenset(word.strip() for word in allowed.split(",") if word.strip())
        for name, _, allowed in pairs
    }


def room_of(module: str) -> str | None:
    """Name the room of a module: ``symderive.expr.nodes`` is in ``expr``, the face in none."""
    parts = module.split(".")
    return parts[1] if parts[0] == ROOT and len(parts) > 1 else None


class RoomsContract(Contract):
    """Each direct import between two rooms, or from a room to a listed library, is in the table.

    A room without a row is a fault; a row without a room is not (the room may be yet to come).
    """

    type_name = "rooms"

    rows = fields.ListField(subfield=fields.StringField())
    libraries = fields.ListField(subfield=fields.StringField(), required=False, default=())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002
        """Collect every import that the table does not allow, as one line of text each."""
        rows, libraries = table(self.rows), table(self.libraries)
        faults = set()
        for importer in graph.modules:
            room = room_of(importer)
            if room is None:
                continue
            if room not in rows:
                faults.add(f"{ROOT}.{room} has no row in the table of rooms (pyproject.toml)")
                continue
            for imported in graph.find_modules_directly_imported_by(importer):
                other = room_of(imported)
                library = imported.split(".")[0]
                if library == ROOT:
                    allowed = other == room or other in rows[room]
                else:
                    allowed = room in libraries.get(library, frozenset({room}))
                if not allowed:
                    lines = graph.get_import_details(importer=importer, imported=imported)
                    places = ", ".join(str(line["line_number"]) for line in lines)
                    faults.add(f"{importer} -> {imported} (l.{places})")
        return ContractCheck(kept=not faults, metadata={"faults": sorted(faults)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print the faults."""
        for fault in check.metadata["faults"]:
            output.print_error(f"- {fault}", bold=False)
        output.new_line()
