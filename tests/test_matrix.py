"""The rows of `make matrix` that install: what they need, carry over and make up."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.processes import ROOT
from tests.matrix import host_network, pips, roots
from tests.matrix.work import CannotRunError

README = (ROOT / "README.md").read_text()


def test_readme_tells_what_the_bare_systems_start_with():
    assert roots.beforehand() == ["git", "python3", "make"]
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert f"needs git, make and Python {oldest.removeprefix('>=')} or newer" in README
    debians = re.findall(r"Debian (\d+) or (\d+), `apt-get", README)
    assert [f"debian{each}" for pair in debians for each in pair] == list(roots.RELEASES)


def test_bare_system_without_root_cannot_run_here(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(CannotRunError, match="root is needed"):
        roots.require_means()


def test_bare_system_without_debootstrap_names_the_package(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(CannotRunError, match="apt-get install debootstrap"):
        roots.require_means()


def test_command_in_a_bare_system_gets_no_variable_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("DATABASE_URL", "mysql://elsewhere")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    words = list(map(str, roots.enter(tmp_path, "make test", [])))
    assert words[:3] == ["env", "--default-signal=INT", "-i"]
    assert "https_proxy=http://proxy.example:3128" in words
    assert not [word for word in words if "elsewhere" in word]


def test_pip_and_its_certificates_are_carried_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    wheels, certificate, index = (tmp_path / name for name in ("wheels", "ca.pem", "pypi"))
    wheels.mkdir()
    (index / "simple").mkdir(parents=True)
    certificate.write_text("certificate")
    options = f"find-links = {wheels}\nextra-index-url = file://{index}/simple\n"
    (tmp_path / "pip.conf").write_text(f"[global]\ncert = {certificate}\n{options}")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setattr(host_network, "apt_options", lambda: 'Acquire::Retries "3";\n')
    root = tmp_path / "root"
    assert {wheels, index} <= set(host_network.carry_over(root))
    inside = host_network.INSIDE
    assert Path(f"{root}{inside}{certificate}").read_text() == "certificate"
    written = (root / "etc/pip.conf").read_text()
    assert f"cert = {inside}{certificate}\n" in written
    assert f"find-links = {inside}{wheels}\n" in written
    assert f"extra-index-url = file://{inside}{index}/simple\n" in written
    assert "Retries" in (root / "etc/apt/apt.conf.d/99host").read_text()
    assert host_network.variables()["PIP_CONFIG_FILE"].startswith(inside)


def test_made_up_release_is_the_newest_for_pip(tmp_path: Path):
    lock = tmp_path / "lock.txt"
    lock.write_text("a-name.of-parts[toml]==1.0 \\\n    --hash=sha256:00\n")
    folder = pips.later_releases(lock, tmp_path / "later")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--dry-run"]
    command = [*pip, "--no-index", "--find-links", str(folder), "a-name.of-parts[toml]"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"Would install a-name.of-parts-{pips.LATER}" in done.stdout


def test_manage_py_starts_where_only_python3_is_on_the_path():
    assert (ROOT / "manage.py").read_text().startswith("#!/usr/bin/env python3\n")
