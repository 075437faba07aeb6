"""The trained local model on disk: built once, shared by every process of this machine, never trusted blindly.

One file holds the SHA-256 of its content in front of the content; the content is numpy arrays only, so reading it
runs no code. The file's name is a hash of everything the model depends on: examples, seed, our own source, versions
of the libraries. A file that is damaged in any way is trained anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import inspect
import io
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np

from connectors import intent_text, local_model, term_scores
from connectors.local_model import LocalIntentModel, TrainedModel, train
from streams.errors import ConfigurationError, MiddlewareError

_LIBRARIES = ("numpy", "scipy", "scikit-learn")
_HASH_BYTES = 64  # a SHA-256 in hexadecimal, followed by a line feed
_TERM_SEPARATOR = "\n"  # no term holds one: prepared text has blanks only


class ModelFileDamaged(MiddlewareError):
    """A stored model is not what was written. Train it anew."""


def fingerprint(examples: Mapping[str, Sequence[str]], *, seed: int = 0) -> str:
    """64 hexadecimal digits that change with whatever would change the trained model."""
    inputs = {
        "examples": {intent: list(messages) for intent, messages in examples.items()},
        "seed": seed,
        "source": [inspect.getsource(module) for module in (intent_text, local_model, term_scores)],
        "versions": {name: version(name) for name in _LIBRARIES},
        "machine": [platform.python_version(), platform.machine()],
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def save(model: TrainedModel, path: Path) -> None:
    """Write ``model`` to ``path``, at once or not at all (rename); equal models give equal bytes."""
    content = _encode(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def load(path: Path) -> TrainedModel:
    """The model in ``path``. Raises FileNotFoundError, or ModelFileDamaged when its hash or content is wrong."""
    raw = path.read_bytes()
    stated, content = raw[:_HASH_BYTES], raw[_HASH_BYTES + 1 :]
    if stated != hashlib.sha256(content).hexdigest().encode():
        raise ModelFileDamaged(f"{path} does not match its own hash")
    try:
        return _decode(content)
    except (ValueError, KeyError, OSError) as exc:
        raise ModelFileDamaged(f"{path} is no model of this version") from exc


def load_or_train(
    examples: Mapping[str, Sequence[str]],
    cache: Path,
    *,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
) -> LocalIntentModel:
    """The model for ``examples`` from folder ``cache``, trained into it on first use (``say`` tells so once).

    Processes that start together train once: the others wait for the file. Raises ConfigurationError when the
    folder cannot be used, or for examples that cannot be learnt from.
    """
    key = fingerprint(examples, seed=seed)
    path = cache / f"intents-{key[:16]}.model"
    name = f"local-{key[:12]}"
    try:
        model = _load_if_sound(path)
        if model is None:
            with _only_one(path.with_suffix(".lock")):
                model = _load_if_sound(path)
                if model is None:
                    say(f"training the local model on {sum(map(len, examples.values()))} examples, once ...")
                    model = train(examples, seed=seed)
                    save(model, path)
    except OSError as exc:
        raise ConfigurationError(
            f"the model cache {cache} cannot be used ({exc.strerror}): set MW_CACHE to a folder that can"
        ) from exc
    return LocalIntentModel(model, name=name)


def _load_if_sound(path: Path) -> TrainedModel | None:
    try:
        return load(path)
    except (FileNotFoundError, ModelFileDamaged):
        return None


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``; the kernel releases it however the process ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _encode(model: TrainedModel) -> bytes:
    buffer = io.BytesIO()
    np.savez(
        buffer,
        allow_pickle=False,
        labels=_pack(model.labels),
        word_terms=_pack(model.word_terms),
        char_terms=_pack(model.char_terms),
        word_idf=model.word_idf,
        char_idf=model.char_idf,
        word_weights=model.word_weights,
        char_weights=model.char_weights,
        intercepts=model.intercepts,
        calibration=model.calibration,
    )
    return buffer.getvalue()


def _decode(content: bytes) -> TrainedModel:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return TrainedModel(
            labels=_unpack(arrays["labels"]),
            word_terms=_unpack(arrays["word_terms"]),
            char_terms=_unpack(arrays["char_terms"]),
            word_idf=arrays["word_idf"],
            char_idf=arrays["char_idf"],
            word_weights=arrays["word_weights"],
            char_weights=arrays["char_weights"],
            intercepts=arrays["intercepts"],
            calibration=arrays["calibration"],
        )


def _pack(terms: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.frombuffer(_TERM_SEPARATOR.join(terms).encode(), dtype=np.uint8)


def _unpack(packed: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> tuple[str, ...]:
    return tuple(packed.tobytes().decode().split(_TERM_SEPARATOR))
