"""One stage's pure function on Quix Streams: ``python -m bench.engines.quix_stage STAGE``, settings as for ``mw``."""

from __future__ import annotations

import sys

from quixstreams import Application  # type: ignore[import-not-found]  # it has an environment of its own

from bench.engines.pure import pure
from bench.hop import COMMIT_S
from control.flags import first_values
from control.settings import load
from streams.decision import ControlView
from streams.reasons import Stage
from streams.topics import STAGE_TOPICS, Names


def main() -> None:
    """Run until SIGTERM."""
    stage, settings = Stage(sys.argv[1]), load()
    names = Names(settings.topic_prefix)
    source, sink = (names.topic(name) for name in STAGE_TOPICS[stage])
    values = {name: value for name, value in first_values().items() if name in ControlView.model_fields}
    work = pure(stage, settings, ControlView(epoch=1, stale=False, **values))
    app = Application(
        broker_address=settings.kafka_bootstrap_servers,
        consumer_group=names.group(stage),
        auto_offset_reset="earliest",
        commit_interval=COMMIT_S,
        auto_create_topics=False,
        use_changelog_topics=False,
        loglevel="WARNING",
        producer_extra_config={"linger.ms": 5, "enable.idempotence": True},
    )
    stream = app.dataframe(app.topic(source, value_deserializer="bytes"))
    stream.apply(work).to_topic(app.topic(sink, value_serializer="bytes"))
    app.run()


if __name__ == "__main__":
    main()
