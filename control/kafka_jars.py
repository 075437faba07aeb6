"""The jars of Apache Kafka: fetched once into the cache, compared with our own SHA-256 list before every start.

The list names each file, so nothing has to be resolved and a start without network needs none. jgo fetches, but it
does not compare what it has with what it should have; a jar becomes part of the class path only after we did.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from streams.errors import DependencyError

KAFKA_VERSION = "4.3.1"
_PARALLEL_FETCHES = 4
Fetch = Callable[["Jar", Path], Path]


@dataclass(frozen=True)
class Jar:
    """One line of the list: Maven coordinates and the SHA-256 (hex) of the file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name, the same in every Maven repository."""
        return f"{self.artifact}-{self.version}.jar"


def parse_list(text: str) -> tuple[Jar, ...]:
    """The jars of a list of ``SHA256  group:artifact:version`` lines; ``#`` starts a comment line."""
    jars = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            digest_hex, coordinates = line.split()
            group, artifact, version = coordinates.split(":")
            jars.append(Jar(group, artifact, version, digest_hex))
    return tuple(jars)


def expected_jars() -> tuple[Jar, ...]:
    """The list that this version of the project was tested with, in class path order."""
    return parse_list(resources.files("control").joinpath("kafka_jars.sha256").read_text(encoding="utf-8"))


def class_path(cache: Path, say: Callable[[str], None], *, fetch: Fetch | None = None) -> str:
    """The verified class path; jars that are missing in ``cache`` are fetched first, with lines of progress to ``say``.

    Several processes may ask at once: one fetches, the others wait for it. What was fetched whole is kept when a fetch
    is interrupted. DependencyError: a jar cannot be fetched, or is not the file that the list names.
    """
    folder = cache / f"kafka-{KAFKA_VERSION}"
    jars = expected_jars()
    if _missing(folder, jars):
        folder.mkdir(parents=True, exist_ok=True)
        with _only_one(folder / ".lock", say):
            _fetch_missing(folder, jars, say, fetch or _fetch_with_jgo)
    verify(folder, jars)
    return os.pathsep.join(str(folder / jar.name) for jar in jars)


def verify(folder: Path, jars: Sequence[Jar]) -> None:
    """Compare every file with its SHA-256. DependencyError naming the first that differs, and the way out."""
    for jar in jars:
        path = folder / jar.name
        if digest(path) != jar.sha256:
            raise DependencyError(
                f"{path} is not the {jar.name} that this version expects (its SHA-256 differs), so Kafka is not "
                "started; delete that file and start again: it is fetched anew"
            )


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _missing(folder: Path, jars: Sequence[Jar]) -> list[Jar]:
    return [jar for jar in jars if not (folder / jar.name).exists()]


@contextmanager
def _only_one(path: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file at ``path``; the kernel frees it with the process, however that ends."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another start is fetching Apache Kafka; waiting for it ...")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _fetch_missing(folder: Path, jars: Sequence[Jar], say: Callable[[str], None], fetch: Fetch) -> None:
    missing = _missing(folder, jars)  # again, now that nobody else fetches
    if not missing:
        return
    work = folder / ".fetching"
    shutil.rmtree(work, ignore_errors=True)  # an interrupted fetch leaves half a file, which jgo would take for whole
    say(f"fetching Apache Kafka {KAFKA_VERSION}, once: {len(missing)} of {len(jars)} jars (46 MB in all) ...")
    done, size = len(jars) - len(missing), 0
    with ThreadPoolExecutor(_PARALLEL_FETCHES) as pool:
        tasks = [pool.submit(_fetch_one, jar, folder, work, fetch) for jar in missing]
        try:
            for task in as_completed(tasks):
                size += task.result()
                done += 1
                if done % 10 == 0 or done == len(jars):
                    say(f"  {done} of {len(jars)} jars, {size / 1e6:.1f} MB fetched")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    shutil.rmtree(work, ignore_errors=True)


def _fetch_one(jar: Jar, folder: Path, work: Path, fetch: Fetch) -> int:
    """Fetch one jar, compare it, and only then give it its place. Bytes fetched."""
    try:
        path = fetch(jar, work)
    except Exception as exc:  # whatever went wrong in the resolver or the network, the way out is the same
        raise DependencyError(
            f"cannot fetch {jar.name} of Apache Kafka ({type(exc).__name__}); check the connection or the proxy and "
            "start again (what was fetched is kept), or name another cluster in MW_KAFKA_BOOTSTRAP_SERVERS"
        ) from exc
    if digest(path) != jar.sha256:
        path.unlink()
        raise DependencyError(
            f"what was fetched as {jar.name} is not the file that this version expects (its SHA-256 differs) and was "
            "thrown away; if a proxy or mirror stands in between, it serves another file"
        )
    size = path.stat().st_size
    path.replace(folder / jar.name)
    return size


def _fetch_with_jgo(jar: Jar, work: Path) -> Path:
    """``jar`` from the Maven repository, as a file below ``work``."""
    import jgo.maven  # noqa: PLC0415 - slow to import, and needed once in a cache's life

    context = jgo.maven.MavenContext(repo_cache=work, resolver=jgo.maven.PythonResolver(), local_repos=[])
    path = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    return Path(path)
