"""Which file layouts and which barcode profile are in use: the municipality's own, or those of the synthetic ward."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kofu.core.errors import OperatorFault
from kofu.core.profile import Profile
from kofu.ledger.codecs import convenience_reports, electronic, punched, returned_transfers
from kofu.ledger.codecs.convenience import BarcodeProfile, read_profile
from kofu.ledger.codecs.layouts import DEMONSTRATIONS, demonstration
from kofu.ledger.codecs.profile_layout import ProfileLayout
from kofu.platform.settings import layouts_dir

BARCODE = "barcode"
REPORTS = "convenience_reports"
ELECTRONIC = "electronic_payments"
SLIPS = "batch_slips"
KEYED = "keyed_payments"
CLAIMS = "keyed_claims"
RETURNED = "returned_transfers"


class Layouts:
    """The layouts of a municipality, each read when first asked for. Raises `OperatorFault` for one that is wrong."""

    def __init__(self, folder: Path | None, *, specimen: bool) -> None:
        """`folder`: the municipality's own, `<name>.toml`. `specimen`: without a folder, demonstration ones will do."""
        self._folder = folder
        self._specimen = specimen

    @property
    def barcode(self) -> BarcodeProfile:
        """How 納付書 carry their key."""
        data, file = self._source(BARCODE)
        return _barcode(data, file)

    @property
    def reports(self) -> ProfileLayout:
        """速報, 速報取消, 確報 of the collection agency."""
        data, file = self._source(REPORTS)
        return convenience_reports.load(data, file=file)

    @property
    def electronic(self) -> ProfileLayout:
        """電子納付."""
        data, file = self._source(ELECTRONIC)
        return electronic.load(data, file=file)

    @property
    def slips(self) -> ProfileLayout:
        """バッチ票 of what went to the data-entry contractor."""
        data, file = self._source(SLIPS)
        return punched.load_slips(data, file=file)

    @property
    def keyed(self) -> ProfileLayout:
        """納付済通知書 as the contractor keyed them."""
        data, file = self._source(KEYED)
        return punched.load_payments(data, file=file)

    @property
    def claims(self) -> ProfileLayout:
        """還付請求書 as the contractor keyed them."""
        data, file = self._source(CLAIMS)
        return punched.load_claims(data, file=file)

    @property
    def returned(self) -> ProfileLayout:
        """Transfers that came back."""
        data, file = self._source(RETURNED)
        return returned_transfers.load(data, file=file)

    def _source(self, name: str) -> tuple[bytes, str]:
        if self._folder is not None:
            path = self._folder / f"{name}.toml"
            if not path.is_file():
                raise OperatorFault("no_layout", f"there is no {path.name} in the folder KOFU_LAYOUTS names; write it")
            return path.read_bytes(), path.name
        if not self._specimen:
            raise OperatorFault("no_layout", f"no layout {name}: name the municipality's own folder by KOFU_LAYOUTS")
        shipped = f"ward_{name}" if f"ward_{name}" in DEMONSTRATIONS else f"demonstration_{name}"
        return demonstration(shipped), f"{shipped}.toml"


@cache
def _barcode(data: bytes, file: str) -> BarcodeProfile:
    return read_profile(data, file=file)


def layouts_of(profile: Profile) -> Layouts:
    """Give the layouts in use for a municipality."""
    return Layouts(layouts_dir(), specimen=profile.specimen)
