"""RabbitMQ's metrics become one state; the queue of the trace is none of the batches'."""

from __future__ import annotations

import pytest

from harness.ledger.kinds.monitoring.topology import BrokerState
from harness.witnesses.topology.broker import WatchedBroker, depth, state, waiting

TEXT = """\
# TYPE rabbitmq_global_messages_received_total counter
rabbitmq_global_messages_received_total{protocol="amqp091"} 12
rabbitmq_global_messages_received_total{protocol="amqp10"} 0
rabbitmq_global_messages_confirmed_total{protocol="amqp091"} 11
rabbitmq_global_messages_unroutable_returned_total{protocol="amqp091"} 2
rabbitmq_global_messages_unroutable_dropped_total{protocol="amqp091"} 1
rabbitmq_global_messages_delivered_total{protocol="amqp091",queue_type="rabbit_classic_queue"} 99
rabbitmq_global_messages_delivered_total{protocol="amqp091",queue_type="rabbit_quorum_queue"} 9
rabbitmq_global_messages_delivered_consume_auto_ack_total{queue_type="rabbit_classic_queue"} 99
rabbitmq_global_messages_redelivered_total{protocol="amqp091",queue_type="rabbit_quorum_queue"} 3
rabbitmq_global_messages_acknowledged_total{protocol="amqp091",queue_type="rabbit_quorum_queue"} 8
rabbitmq_global_messages_dead_lettered_delivery_limit_total{queue_type="rabbit_quorum_queue"} 1
rabbitmq_queue_messages_ready 40
rabbitmq_queue_messages_ready{vhost="/",queue="impressions"} 4
rabbitmq_queue_messages_ready{vhost="/",queue="impressions.dead"} 7
rabbitmq_queue_messages_unacked{vhost="/",queue="impressions"} 5
"""


def test_counters_of_the_node_and_depths_of_one_queue() -> None:
    assert state(TEXT, 7) == BrokerState(
        part="broker",
        pid=7,
        published=12,
        confirmed=11,
        returned=2,
        dropped=1,
        delivered=9,
        unguarded=0,
        redelivered=3,
        settled=8,
        dead=1,
        ready=4,
        unsettled=5,
    )


def test_the_depth_of_a_queue_that_is_not_named_is_unknown() -> None:
    assert depth(TEXT) == 9
    restarted = "\n".join(line for line in TEXT.splitlines() if '"impressions"' not in line)
    with pytest.raises(OSError, match="do not name the queue"):
        depth(restarted)
    again = state(restarted, 7)
    assert (again.published, again.ready, again.unsettled) == (12, None, None)


def test_what_counts_no_messages_is_an_error() -> None:
    with pytest.raises(OSError, match="count no messages"):
        state("up 1\n", 7)


def test_one_that_is_gone_is_an_error_in_one_line() -> None:
    for ask in (
        lambda: WatchedBroker("http://127.0.0.1:1/x").look(7),
        lambda: [waiting("http://127.0.0.1:1/x")],
    ):
        with pytest.raises(OSError, match="refused") as gone:
            ask()
        assert "\n" not in str(gone.value)
