"""``python -m tests.install_flink DIRECTORY``: Apache Flink as its own distribution is laid out.

The scripts, configuration and jars are those of the packages ``apache-flink`` and ``apache-flink-libraries`` on PyPI,
which leave out the SQL gateway and the JDBC driver: those are fetched by Maven.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "2.3.0"
_PACKAGES = (f"apache-flink=={VERSION}", f"apache-flink-libraries=={VERSION}")
_PARTS = ("bin", "conf", "lib", "log", "opt", "plugins")
_JARS = ("flink-sql-gateway", "flink-sql-jdbc-driver-bundle")


def install(home: Path) -> None:
    """Put Flink into ``home``, which has a file ``READY`` when all is there."""
    with tempfile.TemporaryDirectory() as downloads:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--dest", downloads, *_PACKAGES], check=True)
        for wheel in Path(downloads).glob("*.whl"):
            _unpack(wheel, home)
        for jar in _JARS:
            artifact = f"-Dartifact=org.apache.flink:{jar}:{VERSION}:jar"
            copy = ["mvn", "--quiet", "--batch-mode", "dependency:copy", artifact, f"-DoutputDirectory={home / 'opt'}"]
            subprocess.run(copy, check=True, cwd=downloads)
    for script in (home / "bin").iterdir():
        script.chmod(0o755)
    (home / "READY").touch()


def _unpack(wheel: Path, home: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            package, *path = Path(entry.filename).parts
            if package == "pyflink" and path[:-1] and path[0] in _PARTS and not entry.is_dir():
                target = home.joinpath(*path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(entry))


if __name__ == "__main__":
    install(Path(sys.argv[1]).resolve())
