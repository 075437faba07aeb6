"""Quix Streams, as its documentation writes a stateless pipeline. Runs in the environment of bench/quix."""

from __future__ import annotations

from typing import Any

from quixstreams import Application  # type: ignore[import-not-found]  # it has an environment of its own

from bench.hop import COMMIT_S, HopArguments


def main() -> None:
    """Run until SIGTERM."""
    args = HopArguments.from_command_line()
    app = Application(
        broker_address=args.brokers,
        consumer_group=args.group,
        auto_offset_reset="earliest",
        commit_interval=COMMIT_S,
        auto_create_topics=False,
        use_changelog_topics=False,
        loglevel="WARNING",
        producer_extra_config={"linger.ms": 5, "enable.idempotence": True},
    )

    def carry(value: Any) -> Any:
        value["stage"] = args.hop
        return value

    stream = app.dataframe(app.topic(args.source, value_deserializer="json"))
    stream.apply(carry).to_topic(app.topic(args.sink, value_serializer="json"))
    app.run()


if __name__ == "__main__":
    main()
