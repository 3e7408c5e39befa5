"""Where file layouts and barcode profiles come from: the municipality's own folder, or those of the synthetic ward."""

from __future__ import annotations

from pathlib import Path

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.layouts import DEMONSTRATIONS, demonstration


class Layouts:
    """Where the layouts of a municipality come from; each codec asks for its own."""

    def __init__(self, folder: Path | None, *, specimen: bool) -> None:
        """`folder`: the municipality's own, `<name>.toml`. `specimen`: without a folder, demonstration ones will do."""
        self._folder = folder
        self._specimen = specimen

    def source(self, name: str) -> tuple[bytes, str]:
        """Give the bytes of a layout and the name of its file. Raises `OperatorFault` `no_layout`."""
        if self._folder is not None:
            path = self._folder / f"{name}.toml"
            if not path.is_file():
                raise OperatorFault("no_layout", f"there is no {path.name} in the folder KOFU_LAYOUTS names; write it")
            return path.read_bytes(), path.name
        if not self._specimen:
            raise OperatorFault("no_layout", f"no layout {name}: name the municipality's own folder by KOFU_LAYOUTS")
        shipped = f"ward_{name}" if f"ward_{name}" in DEMONSTRATIONS else f"demonstration_{name}"
        return demonstration(shipped), f"{shipped}.toml"
