"""The files of a cluster: one place says who there is, and a slip is told by name."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import yaml

from deploy.configure import ClusterRefused, read_cluster, write_files

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"

WRONG = [
    ('name = "n3"', 'name = "n 3"', "a-z 0-9"),
    ('address = "10.71.0.3"', 'address = "10.72.0.3"', "outside 10.71.0.0/24"),
    ('name = "tallystick"', 'nmae = "tallystick"', "nmae"),
    ("postgres = true", "postgres = false", "fewer than two"),
    ('[[node]]\nname = "n3"', '[node]\nname = "n3"', "node"),
]


@pytest.mark.parametrize(("said", "slip", "told"), WRONG)
def test_a_slip_is_told(tmp_path: Path, said: str, slip: str, told: str) -> None:
    text = (DEPLOY / "cluster.toml").read_text()
    assert said in text
    (tmp_path / "cluster.toml").write_text(text.replace(said, slip))
    with pytest.raises(ClusterRefused, match=told):
        read_cluster(tmp_path / "cluster.toml")


def test_an_even_number_of_machines_cannot_vote(tmp_path: Path) -> None:
    text = (DEPLOY / "cluster.toml").read_text()
    more = '\n[[node]]\nname = "n4"\naddress = "10.71.0.4"\npostgres = true\n'
    (tmp_path / "cluster.toml").write_text(text + more)
    with pytest.raises(ClusterRefused, match="odd number"):
        read_cluster(tmp_path / "cluster.toml")


def test_every_machine_gets_its_files_and_nobody_else_reads_them(tmp_path: Path) -> None:
    cluster = read_cluster(DEPLOY / "cluster.toml")
    write_files(cluster, tmp_path)
    for node in cluster.nodes:
        patroni = yaml.safe_load((tmp_path / node.name / "patroni.yml").read_text())
        assert patroni["name"] == node.name
        assert patroni["bootstrap"]["dcs"]["synchronous_mode_strict"] is True
        assert len(patroni["etcd"]["hosts"]) == len(cluster.nodes)
        etcd = yaml.safe_load((tmp_path / node.name / "etcd.yml").read_text())
        assert etcd["initial-cluster"].count("=") == len(cluster.nodes)
        for file in (tmp_path / node.name).iterdir():
            assert file.stat().st_mode & 0o077 == 0, file
            assert "$" not in file.read_text().replace("$here", "").replace("$(", "").replace(
                "$pid", ""
            ).replace("${pid", ""), file


def test_passwords_are_made_once(tmp_path: Path) -> None:
    cluster = read_cluster(DEPLOY / "cluster.toml")
    first = dict(write_files(cluster, tmp_path))
    assert dict(write_files(cluster, tmp_path)) == first
    assert len(set(first.values())) == len(first)


def test_a_cluster_may_speak_tls(tmp_path: Path) -> None:
    text = (DEPLOY / "cluster.toml").read_text()
    tls = '\n[tls]\ncertificate = "/etc/c.pem"\nkey = "/etc/k.pem"\nauthority = "/etc/ca.pem"\n'
    (tmp_path / "cluster.toml").write_text(text + tls)
    assert "tls" in tomllib.loads(text + tls)
    write_files(read_cluster(tmp_path / "cluster.toml"), tmp_path / "out")
    patroni = yaml.safe_load((tmp_path / "out" / "n1" / "patroni.yml").read_text())
    assert patroni["postgresql"]["parameters"]["ssl"] == "on"
    assert all(line.split()[0] != "host" for line in patroni["postgresql"]["pg_hba"])
