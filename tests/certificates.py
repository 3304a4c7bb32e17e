"""An authority and what it has signed, made by openssl for one test."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]


class Signed(NamedTuple):
    certificate: Path
    key: Path


class Authority:
    """Skips the test where openssl is missing."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        if not shutil.which("openssl"):
            pytest.skip("openssl is not installed: apt-get install openssl")
        self.folder = folder
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        openssl("req", "-x509", *CURVE, "-subj", f"/CN={name}", *self._to(self))

    def sign(self, name: str, *, address: str = "IP:127.0.0.1,DNS:localhost") -> Signed:
        """A certificate for a server at this address, or for a client."""
        made = Signed(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        extras = ["-addext", f"subjectAltName={address}", "-addext", "basicConstraints=CA:FALSE"]
        signer = ["-CA", self.certificate, "-CAkey", self.key]
        openssl("req", "-x509", *signer, *CURVE, "-subj", f"/CN={name}", *extras, *self._to(made))
        return made

    @staticmethod
    def _to(made: "Signed | Authority") -> list[object]:
        return ["-keyout", made.key, "-out", made.certificate]


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
