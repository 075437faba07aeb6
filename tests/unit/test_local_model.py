"""The local model: its examples, what it learns, that it learns the same every time, and its cache."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from connectors.intent_text import MAX_PARTS, parts, prepare
from connectors.local_model import TOP, LocalIntentModel, train
from connectors.model_cache import ModelFileDamaged, fingerprint, load, load_or_train, save
from control.playbooks import load_examples, load_playbook
from streams.errors import ConfigurationError
from tests.unit.models import FEW_EXAMPLES

HELD_OUT = yaml.safe_load((Path(__file__).parent / "data" / "held_out_messages.yaml").read_text())
PRESENT = 0.30  # an intent is present in a message from here (contracts: "Confidences")


@pytest.fixture(scope="module")
def shipped() -> LocalIntentModel:
    """The model of the shipped examples."""
    return LocalIntentModel(train(load_examples()))


def test_every_intent_has_fifty_examples() -> None:
    counts = {intent: len(messages) for intent, messages in load_examples().items()}
    assert set(counts) == {intent.name for intent in load_playbook().taxonomy.intents}
    assert {intent: count for intent, count in counts.items() if count < 50} == {}


def test_no_example_stands_twice() -> None:
    prepared = [prepare(text) for messages in load_examples().values() for text in messages]
    assert sorted({text for text in prepared if prepared.count(text) > 1}) == []


def test_held_out_messages_are_not_examples() -> None:
    known = {prepare(text) for messages in load_examples().values() for text in messages}
    assert [message["text"] for message in HELD_OUT if prepare(message["text"]) in known] == []


def test_most_held_out_messages_are_understood(shipped: LocalIntentModel) -> None:
    top = [scores[0].intent for scores in shipped.predict([message["text"] for message in HELD_OUT])]
    right = [intent in message["intents"] for intent, message in zip(top, HELD_OUT, strict=True)]
    assert sum(right) / len(right) >= 0.85


@pytest.mark.parametrize(
    "message", [m for m in HELD_OUT if len(m["intents"]) > 1], ids=lambda m: "+".join(m["intents"])
)
def test_a_message_with_two_requests_shows_both(shipped: LocalIntentModel, message: dict[str, list[str]]) -> None:
    (scores,) = shipped.predict([str(message["text"])])
    assert set(message["intents"]) <= {score.intent for score in scores if score.confidence >= PRESENT}


def test_confident_answers_are_mostly_right(shipped: LocalIntentModel) -> None:
    answers = shipped.predict([message["text"] for message in HELD_OUT])
    sure = [(a[0].intent in m["intents"]) for a, m in zip(answers, HELD_OUT, strict=True) if a[0].confidence >= 0.6]
    assert len(sure) >= len(HELD_OUT) / 2
    assert sum(sure) / len(sure) >= 0.9


def test_nonsense_is_not_routed_with_confidence(shipped: LocalIntentModel) -> None:
    for scores in shipped.predict(["xqzv wplk", "🙂🙂", "1", "…"]):
        assert all(score.confidence < 0.6 for score in scores if score.intent != "unknown_other")


def test_five_intents_best_first_and_none_for_no_text(shipped: LocalIntentModel) -> None:
    some, none = shipped.predict(["my parcel came broken and I want my money back", "  \n "])
    confidences = [score.confidence for score in some]
    assert len(some) == TOP
    assert confidences == sorted(confidences, reverse=True)
    assert none == ()
    assert shipped.predict([]) == []


def test_a_message_scores_the_same_alone_and_in_a_batch(shipped: LocalIntentModel) -> None:
    texts = [message["text"] for message in HELD_OUT[:20]]
    assert [shipped.predict([text])[0] for text in texts] == shipped.predict(texts)


def test_placeholders_and_numbers_are_one_word_of_their_kind() -> None:
    assert prepare("Order [ORDER_1],  [EMAIL_12] № 1234567") == prepare("order [ORDER_7], [EMAIL_3] № 7654321")
    assert "phnumber" in prepare("[ORDER_1]")


def test_parts_never_exceed_their_limit_and_keep_the_end() -> None:
    found = parts(" ".join(f"this is sentence number {n}." for n in range(100)) + " the last words count.")
    assert len(found) <= MAX_PARTS
    assert found[-1].endswith("the last words count.")


def test_training_twice_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        save(train(FEW_EXAMPLES), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_saved_model_predicts_as_before(tmp_path: Path) -> None:
    model = train(FEW_EXAMPLES)
    save(model, tmp_path / "model")
    texts = ["a broken cup", "where is it now", "thanks"]
    assert LocalIntentModel(load(tmp_path / "model")).predict(texts) == LocalIntentModel(model).predict(texts)


@pytest.mark.parametrize("examples", [{}, {"refund_request": ["refund"] * 9}, {"a_b": ["x y"] * 9, "c_d": ["z"]}])
def test_too_few_examples_are_refused(examples: dict[str, list[str]]) -> None:
    with pytest.raises(ConfigurationError, match="needed"):
        train(examples)


def test_the_fingerprint_changes_with_examples_and_seed() -> None:
    more = {**FEW_EXAMPLES, "unknown_other": [*FEW_EXAMPLES["unknown_other"], "bye"]}
    assert len({fingerprint(FEW_EXAMPLES), fingerprint(more), fingerprint(FEW_EXAMPLES, seed=1)}) == 3


def test_the_second_start_reads_the_cache(tmp_path: Path) -> None:
    said: list[str] = []
    first = load_or_train(FEW_EXAMPLES, tmp_path, say=said.append)
    second = load_or_train(FEW_EXAMPLES, tmp_path, say=said.append)
    assert said == ["training the local model on 24 examples, once ..."]
    assert first.name == second.name
    assert first.predict(["a broken cup"]) == second.predict(["a broken cup"])


def _flip_a_byte(raw: bytes) -> bytes:
    return raw[:500] + bytes([raw[500] ^ 1]) + raw[501:]


@pytest.mark.parametrize(
    "damage",
    [_flip_a_byte, lambda raw: raw[: len(raw) // 2], lambda _: b"", lambda _: b"not a model at all"],
    ids=["one bit", "cut short", "empty", "another file"],
)
def test_a_damaged_cache_is_trained_anew(tmp_path: Path, damage) -> None:
    load_or_train(FEW_EXAMPLES, tmp_path)
    (path,) = tmp_path.glob("*.model")
    sound = path.read_bytes()
    path.write_bytes(damage(sound))
    with pytest.raises(ModelFileDamaged):
        load(path)
    said: list[str] = []
    load_or_train(FEW_EXAMPLES, tmp_path, say=said.append)
    assert len(said) == 1
    assert path.read_bytes() == sound


def test_a_pickle_with_a_right_hash_is_not_run(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, labels=np.array([{"a": 1}], dtype=object))
    path = tmp_path / "model"
    path.write_bytes(hashlib.sha256(buffer.getvalue()).hexdigest().encode() + b"\n" + buffer.getvalue())
    with pytest.raises(ModelFileDamaged):
        load(path)


def test_a_cache_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="MW_CACHE"):
        load_or_train(FEW_EXAMPLES, tmp_path / "file" / "models")


def test_processes_that_start_together_train_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from connectors.model_cache import load_or_train\n"
        "from tests.unit.models import FEW_EXAMPLES\n"
        "print(load_or_train(FEW_EXAMPLES, Path(sys.argv[1]), say=print).name)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    lines = [process.communicate(timeout=120)[0].splitlines() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert len({own[-1] for own in lines}) == 1
    assert sum(own[0].startswith("training") for own in lines) == 1
    assert [path.name for path in tmp_path.iterdir() if path.suffix not in (".model", ".lock")] == []
