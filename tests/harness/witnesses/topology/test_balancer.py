"""HAProxy's own CSV becomes a state for each server, of batches alone."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from harness.ledger.kinds.monitoring.topology import BalancedServerState
from harness.witnesses.topology.balancer import Balancer, states

HEAD = "# pxname,svname,qcur,scur,stot,econ,eresp,status,hrsp_2xx,"
ANSWER = f"""{HEAD}
front,FRONTEND,,3,90,,,OPEN,80,
batches,ingest-1,1,2,30,1,2,UP 1/2,25,
batches,ingest-2,0,0,31,0,0,MAINT,31,
batches,BACKEND,0,2,61,1,2,UP,56,
others,ingest-1,0,0,7,0,0,no check,7,
"""
ONE = BalancedServerState(
    pid=7, part="server-1", status="UP", batches=30, acknowledged=25, under_way=3, failed=3
)
OTHER = BalancedServerState(
    pid=7, part="server-2", status="MAINT", batches=31, acknowledged=31, under_way=0, failed=0
)


def test_each_server_s_batches_are_counted_and_nothing_else() -> None:
    assert states(ANSWER, 7) == [ONE, OTHER]


@pytest.mark.parametrize("text", ["", HEAD, f"{HEAD}\nbatches,BACKEND,0,2,61,1,2,UP,56,\n"])
def test_an_answer_without_a_server_is_none(text: str) -> None:
    with pytest.raises(OSError, match="names no server"):
        states(text, 7)


@pytest.mark.parametrize("column", ["qcur", "scur", "stot", "econ", "eresp", "hrsp_2xx"])
def test_a_counter_that_is_left_out_is_not_0(column: str) -> None:
    place = HEAD.removeprefix("# ").split(",").index(column)
    lines = [line.split(",") for line in ANSWER.splitlines()[1:]]
    for fields in lines:
        fields[place] = ""
    text = "\n".join([HEAD, *(",".join(fields) for fields in lines)])
    with pytest.raises(OSError, match=f"does not count {column} of ingest-1"):
        states(text, 7)


def test_it_is_asked_over_its_socket_and_one_that_is_gone_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "admin"
    with pytest.raises(OSError, match="No such file"):
        Balancer(path).look(7)
    asked: list[bytes] = []

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            asked.append(connection.recv(100))
            connection.sendall(ANSWER.encode())

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        answering = threading.Thread(target=answer)
        answering.start()
        assert Balancer(path).look(7) == [ONE, OTHER]
        answering.join()
    assert asked == [b"show stat\n"]
